from typing import Any

from django.db import migrations, models

from readerstudy.studies.states import Arm

_ARMS = [(arm, arm) for arm in Arm]


def _from_period(apps: Any, schema_editor: Any) -> None:
    """An arm belonged to a whole period before. PostgreSQL's triggers would refuse to fill frozen rows."""
    on_postgres = schema_editor.connection.vendor == "postgresql"
    if on_postgres:
        schema_editor.execute("ALTER TABLE studies_assignment DISABLE TRIGGER USER")
    for period in apps.get_model("studies", "Period").objects.all():
        period.assignments.update(arm=period.arm, arm_name=period.arm)
    if on_postgres:
        schema_editor.execute("ALTER TABLE studies_assignment ENABLE TRIGGER USER")


class Migration(migrations.Migration):
    dependencies = [("studies", "0002_invariants")]
    operations = [
        migrations.AddField(
            "assignment",
            "arm",
            models.CharField(choices=_ARMS, default="unaided", help_text="What decides what is seen", max_length=12),
            preserve_default=False,
        ),
        migrations.AddField(
            "assignment",
            "arm_name",
            models.CharField(
                default="unaided", help_text="As the protocol and every export name the arm", max_length=31
            ),
            preserve_default=False,
        ),
        migrations.RunPython(_from_period),
        migrations.RemoveField("period", "arm"),
    ]
