from typing import Any

from django.db import migrations, models

from readerstudy.common.database import LiftTriggers, RestoreTriggers
from readerstudy.studies.states import Arm

_ARMS = [(arm, arm) for arm in Arm]


def _from_period(apps: Any, schema_editor: Any) -> None:
    """An arm belonged to a whole period before."""
    for period in apps.get_model("studies", "Period").objects.all():
        period.assignments.update(arm=period.arm, arm_name=period.arm)


class Migration(migrations.Migration):
    dependencies = [("studies", "0002_invariants")]
    operations = [
        LiftTriggers("studies_assignment"),
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
        RestoreTriggers("studies_assignment"),
        migrations.RemoveField("period", "arm"),
    ]
