import django.db.models.deletion
from django.db import migrations, models

from readerstudy.common.database import AppendOnly, CaptureChanges, Refuse

_FIRST_PART_LOCKED = (
    "EXISTS (SELECT 1 FROM studies_assignment second JOIN studies_assignment first "
    "ON first.enrolment_id = second.enrolment_id AND first.period_id = second.period_id "
    "AND first.case_id = second.case_id AND first.part = 1 "
    "JOIN reads_read r ON r.assignment_id = first.id AND r.state = 'submitted' "
    "WHERE second.id = NEW.assignment_id)"
)


class Migration(migrations.Migration):
    dependencies = [("reads", "0003_sightings"), ("studies", "0004_second_reads")]
    operations = [
        migrations.CreateModel(
            name="Reveal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "read",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reveals", to="reads.read"
                    ),
                ),
            ],
            options={"ordering": ["read", "at"]},
        ),
        AppendOnly("reads_reveal"),
        CaptureChanges("reads_reveal", ["read_id", "at"]),
        Refuse(
            "reads_read",
            "insert",
            "unaided_answer_first",
            "(SELECT part FROM studies_assignment WHERE id = NEW.assignment_id) = 2 "
            f"AND NOT {_FIRST_PART_LOCKED}",
        ),
    ]
