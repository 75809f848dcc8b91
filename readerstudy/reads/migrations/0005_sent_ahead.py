import django.db.models
from django.db import migrations

from readerstudy.common.database import Refuse
from readerstudy.reads.states import ReadState

_ANOTHER_IS_AHEAD = """NEW.state = 'ahead' AND EXISTS (
    SELECT 1 FROM reads_read other JOIN studies_assignment theirs ON theirs.id = other.assignment_id
    WHERE other.state = 'ahead' AND theirs.enrolment_id =
        (SELECT enrolment_id FROM studies_assignment WHERE id = NEW.assignment_id))"""


class Migration(migrations.Migration):
    """One case at most is sent ahead of its turn to each reader of a study, and only before it is opened."""

    dependencies = [("reads", "0004_reveals")]
    operations = [
        migrations.AlterField(
            model_name="read",
            name="state",
            field=django.db.models.CharField(
                choices=[(s, s) for s in ReadState], default=ReadState.OPENED, max_length=10
            ),
        ),
        migrations.AlterField(
            model_name="read",
            name="opened_at",
            field=django.db.models.DateTimeField(help_text="Of a case sent ahead, when that was"),
        ),
        Refuse("reads_read", "insert", "one_ahead", _ANOTHER_IS_AHEAD),
        Refuse("reads_read", "update", "opened_once", "NEW.state = 'ahead' AND OLD.state <> 'ahead'"),
    ]
