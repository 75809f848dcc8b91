import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_OF_ITS_READ = (
    "FROM reads_read r JOIN studies_assignment a ON a.id = r.assignment_id "
    "JOIN studies_enrolment e ON e.id = a.enrolment_id JOIN studies_case c ON c.id = a.case_id "
    "WHERE r.id = reads_exposure.read_id"
)
_FILL = (
    f"UPDATE reads_exposure SET reader_id = (SELECT e.reader_id {_OF_ITS_READ}), "
    f"exam_id = (SELECT c.exam_id {_OF_ITS_READ}), "
    f"enrolment_id = (SELECT a.enrolment_id {_OF_ITS_READ}), "
    f"period_id = (SELECT a.period_id {_OF_ITS_READ})"
)


def _column(to: str) -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=to
    )


class Migration(migrations.Migration):
    """Every exposure says whose it is, of which exam, in which session; filled from its read."""

    dependencies = [
        ("reads", "0011_rests"),
        ("studies", "0010_absences_kept"),
        ("exams", "0005_sightings_kept"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField("exposure", "reader", _column(settings.AUTH_USER_MODEL)),
        migrations.AddField("exposure", "exam", _column("exams.exam")),
        migrations.AddField("exposure", "enrolment", _column("studies.enrolment")),
        migrations.AddField("exposure", "period", _column("studies.period")),
        migrations.RunSQL(_FILL, reverse_sql=migrations.RunSQL.noop),
    ]
