from django.db import migrations

from readerstudy.common.database import AppendOnly, Refuse, Withdraw

_STILL_LOCKED = (
    "(SELECT COUNT(*) FROM reports_lock l WHERE l.study_id = OLD.id) <> "
    "(SELECT COUNT(*) FROM reports_unlock u JOIN reports_lock l ON u.lock_id = l.id WHERE l.study_id = OLD.id)"
)
"""A locked study opens again only after every lock of it was opened with a signature."""


class Migration(migrations.Migration):
    dependencies = [("reports", "0005_unlock"), ("studies", "0002_invariants")]
    operations = [
        AppendOnly("reports_unlock"),
        Withdraw("studies_study", "update", "only_forward"),
        Refuse(
            "studies_study",
            "update",
            "only_as_the_states_say",
            "OLD.state <> NEW.state AND NOT (OLD.state = 'draft' AND NEW.state = 'open') "
            "AND NOT (OLD.state = 'open' AND NEW.state = 'locked') "
            "AND NOT (OLD.state = 'locked' AND NEW.state = 'open')",
        ),
        Refuse(
            "studies_study",
            "update",
            "opens_again_with_a_signature",
            f"OLD.state = 'locked' AND NEW.state = 'open' AND ({_STILL_LOCKED})",
        ),
    ]
