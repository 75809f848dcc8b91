from django.db import migrations

_SETTLED = (
    "(EXISTS (SELECT 1 FROM reads_read r WHERE r.assignment_id = a.id AND r.state = 'submitted') "
    "OR EXISTS (SELECT 1 FROM studies_casewithdrawal w WHERE w.case_id = a.case_id))"
)
_SETTLED_TO = f"COALESCE(MIN(CASE WHEN {_SETTLED} THEN NULL ELSE a.position END) - 1, MAX(a.position))"


class Migration(migrations.Migration):
    """The places of readers who have begun."""

    dependencies = [("reads", "0013_places")]
    operations = [
        migrations.RunSQL(
            "INSERT INTO reads_place (enrolment_id, period_id, settled_to) "
            f"SELECT a.enrolment_id, a.period_id, {_SETTLED_TO} FROM studies_assignment a "
            f"GROUP BY a.enrolment_id, a.period_id HAVING {_SETTLED_TO} > 0",
            reverse_sql=migrations.RunSQL.noop,
        )
    ]
