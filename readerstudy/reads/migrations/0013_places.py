import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from readerstudy.common.database import Refuse

_ITS_READ = (
    "EXISTS (SELECT 1 FROM reads_read r JOIN studies_assignment a ON a.id = r.assignment_id "
    "JOIN studies_enrolment e ON e.id = a.enrolment_id JOIN studies_case c ON c.id = a.case_id "
    "WHERE r.id = NEW.read_id AND e.reader_id = NEW.reader_id AND c.exam_id = NEW.exam_id "
    "AND a.enrolment_id = NEW.enrolment_id AND a.period_id = NEW.period_id)"
)
_LEADS = (
    "EXISTS (SELECT 1 FROM studies_assignment a WHERE a.enrolment_id = NEW.enrolment_id "
    "AND a.period_id = NEW.period_id AND a.position > {from_} AND a.position <= NEW.settled_to "
    "AND NOT EXISTS (SELECT 1 FROM reads_read r WHERE r.assignment_id = a.id AND r.state = 'submitted') "
    "AND NOT EXISTS (SELECT 1 FROM studies_casewithdrawal w WHERE w.case_id = a.case_id))"
)
_INTO_WHAT_IS_SETTLED = (
    "EXISTS (SELECT 1 FROM reads_place p WHERE p.enrolment_id = NEW.enrolment_id "
    "AND p.period_id = NEW.period_id AND p.settled_to >= NEW.position)"
)


def _column(to: str) -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=to
    )


class Migration(migrations.Migration):
    """A washout is decided by looking into an index, and so is the next case of the stored order."""

    dependencies = [
        ("reads", "0012_exposure_columns"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AlterField("exposure", "reader", _column(settings.AUTH_USER_MODEL)),
        migrations.AlterField("exposure", "exam", _column("exams.exam")),
        migrations.AlterField("exposure", "enrolment", _column("studies.enrolment")),
        migrations.AlterField("exposure", "period", _column("studies.period")),
        *(
            migrations.AddIndex("exposure", models.Index(fields=fields, name=f"reads_exposure_{name}"))
            for name, fields in (
                ("of_exam", ["reader", "exam"]),
                ("began", ["enrolment", "period", "first_at"]),
                ("last", ["enrolment", "period", "-last_at"]),
            )
        ),
        Refuse("reads_exposure", "insert", "its_reads", f"NOT {_ITS_READ}"),
        Refuse(
            "reads_exposure",
            "update",
            "its_reads",
            "NEW.reader_id <> OLD.reader_id OR NEW.exam_id <> OLD.exam_id "
            "OR NEW.enrolment_id <> OLD.enrolment_id OR NEW.period_id <> OLD.period_id",
        ),
        migrations.CreateModel(
            name="Place",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("settled_to", models.PositiveSmallIntegerField()),
                ("enrolment", _column("studies.enrolment")),
                ("period", _column("studies.period")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("enrolment", "period"), name="reads_place_once")
                ],
            },
        ),
        Refuse("reads_place", "insert", "never_leads", _LEADS.format(from_="0")),
        Refuse(
            "reads_place",
            "update",
            "never_leads",
            "NEW.enrolment_id <> OLD.enrolment_id OR NEW.period_id <> OLD.period_id "
            f"OR NEW.settled_to < OLD.settled_to OR {_LEADS.format(from_='OLD.settled_to')}",
        ),
        Refuse("studies_assignment", "insert", "behind_what_is_settled", _INTO_WHAT_IS_SETTLED),
    ]
