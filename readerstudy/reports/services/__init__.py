"""Writing reports: the lock with what it freezes; unlocking and exploring in the modules beside."""

from readerstudy.reports.services.locking import SCHEMA, canonical, lock_study, note_seen, state_truth

__all__ = ["SCHEMA", "canonical", "lock_study", "note_seen", "state_truth"]
