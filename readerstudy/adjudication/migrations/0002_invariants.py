from django.db import migrations

from readerstudy.adjudication.states import ADJUDICATION_TRANSITIONS
from readerstudy.common.database import AppendOnly, CaptureChanges, Refuse

_STUDY = (
    "(SELECT s.state FROM studies_study s JOIN reports_lock l ON l.study_id = s.id WHERE l.id = NEW.lock_id)"
)
_ADJUDICATION = (
    "(SELECT a.state FROM adjudication_adjudication a JOIN adjudication_seat s ON s.adjudication_id = a.id "
    "JOIN adjudication_place p ON p.seat_id = s.id WHERE p.id = NEW.place_id)"
)
_MOVES = " OR ".join(
    f"(OLD.state = '{state.value}' AND NEW.state = '{following.value}')"
    for state, all_following in ADJUDICATION_TRANSITIONS.items()
    for following in all_following
)
_FIXED = ("lock_id", "number", "takes_agreed", "seed", "seed_commitment", "opened_by_id", "opened_at")


class Migration(migrations.Migration):
    dependencies = [
        ("adjudication", "0001_adjudication"),
        ("audit", "0002_append_only"),
        ("reports", "0006_unlock_kept"),
    ]
    operations = [
        *(AppendOnly(f"adjudication_{table}") for table in ("question", "seat", "place")),
        Refuse("adjudication_adjudication", "insert", "of_a_locked_study", f"{_STUDY} <> 'locked'"),
        Refuse("adjudication_adjudication", "delete", "kept", "OLD.id IS NOT NULL"),
        Refuse(
            "adjudication_adjudication",
            "update",
            "only_as_the_states_say",
            f"OLD.state <> NEW.state AND NOT ({_MOVES})",
        ),
        Refuse(
            "adjudication_adjudication",
            "update",
            "stays_what_it_was",
            " OR ".join(f"OLD.{column} <> NEW.{column}" for column in _FIXED),
        ),
        Refuse(
            "adjudication_adjudication",
            "update",
            "ended_stays",
            "OLD.state IN ('stated', 'stopped')",
        ),
        Refuse(
            "reports_unlock",
            "insert",
            "no_adjudication_runs",
            "EXISTS (SELECT 1 FROM adjudication_adjudication a WHERE a.lock_id = NEW.lock_id "
            "AND a.state IN ('open', 'discussion'))",
        ),
        AppendOnly("adjudication_opinion", unless="OLD.state <> 'submitted'"),
        Refuse("adjudication_opinion", "delete", "kept", "OLD.id IS NOT NULL"),
        Refuse("adjudication_opinion", "update", "stays_in_place", "OLD.place_id <> NEW.place_id"),
        *(
            Refuse(
                "adjudication_opinion",
                verb,
                "while_it_runs",
                f"{_ADJUDICATION} NOT IN ('open', 'discussion')",
            )
            for verb in ("insert", "update")
        ),
        CaptureChanges("adjudication_adjudication", ["lock_id", "number", "state", "truth_id"]),
        CaptureChanges("adjudication_opinion", ["place_id", "state", "submitted_by_id"]),
    ]
