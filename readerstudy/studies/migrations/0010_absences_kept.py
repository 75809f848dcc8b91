from django.db import migrations

from readerstudy.common.database import AppendOnly, CaptureChanges


class Migration(migrations.Migration):
    dependencies = [("studies", "0009_absences"), ("audit", "0002_append_only")]
    operations = [
        AppendOnly("studies_absence"),
        CaptureChanges("studies_absence", ["enrolment_id", "begins_at", "ends_at", "by_id", "at"]),
    ]
