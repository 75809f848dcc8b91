from django.db import migrations, models

from readerstudy.common.database import Refuse

_STATES = ("ahead", "opened", "draft", "submitted")
_ANOTHER_IS_AHEAD = """NEW.state = 'ahead' AND EXISTS (
    SELECT 1 FROM reads_read other JOIN studies_assignment theirs ON theirs.id = other.assignment_id
    WHERE other.state = 'ahead' AND theirs.enrolment_id =
        (SELECT enrolment_id FROM studies_assignment WHERE id = NEW.assignment_id))"""


class Migration(migrations.Migration):
    """One case at most is sent ahead of its turn to each reader of a study, and only before it is opened."""

    dependencies = [("reads", "0006_corrections_need_a_reason")]
    operations = [
        migrations.RemoveConstraint(model_name="read", name="reads_state_stored"),
        migrations.AlterField(
            model_name="read",
            name="state",
            field=models.CharField(choices=[(s, s) for s in _STATES], default="opened", max_length=10),
        ),
        migrations.AlterField(
            model_name="read",
            name="opened_at",
            field=models.DateTimeField(help_text="Of a case sent ahead, when that was"),
        ),
        migrations.AddConstraint(
            model_name="read",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", _STATES)), name="reads_state_stored"
            ),
        ),
        Refuse("reads_read", "insert", "one_ahead", _ANOTHER_IS_AHEAD),
        Refuse("reads_read", "update", "opened_once", "NEW.state = 'ahead' AND OLD.state <> 'ahead'"),
    ]
