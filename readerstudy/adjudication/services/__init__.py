"""Writing adjudications: opened, decided, stopped, stated as truth."""

from readerstudy.adjudication.services.adjudications import (
    next_opinion,
    note_seen,
    open_adjudication,
    save_draft,
    see,
    state_outcome,
    stop,
    stop_for_unlock,
    submit,
)

__all__ = [
    "next_opinion",
    "note_seen",
    "open_adjudication",
    "save_draft",
    "see",
    "state_outcome",
    "stop",
    "stop_for_unlock",
    "submit",
]
