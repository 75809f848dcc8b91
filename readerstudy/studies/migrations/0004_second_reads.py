from django.db import migrations, models

from readerstudy.studies.states import Arm


class Migration(migrations.Migration):
    dependencies = [("studies", "0003_arm_of_assignment")]
    operations = [
        migrations.AlterModelOptions(
            "assignment", options={"ordering": ["enrolment", "period", "position", "part"]}
        ),
        migrations.AlterField(
            "assignment",
            "arm",
            models.CharField(
                choices=[(arm, arm) for arm in Arm], help_text="What decides what is seen", max_length=12
            ),
        ),
        migrations.AddField(
            "assignment",
            "part",
            models.PositiveSmallIntegerField(
                default=1,
                help_text="2 for the answer with the map after the locked unaided one of a second read",
            ),
        ),
        migrations.RemoveConstraint("assignment", "studies_assignment_once"),
        migrations.RemoveConstraint("assignment", "studies_position_once"),
        migrations.AddConstraint(
            "assignment",
            models.UniqueConstraint(
                fields=("enrolment", "period", "case", "part"), name="studies_assignment_once"
            ),
        ),
        migrations.AddConstraint(
            "assignment",
            models.UniqueConstraint(
                fields=("enrolment", "period", "position", "part"), name="studies_position_once"
            ),
        ),
        migrations.AddConstraint(
            "assignment",
            models.CheckConstraint(
                condition=models.Q(("part__in", [1, 2])), name="studies_one_or_two_parts"
            ),
        ),
    ]
