from django.db import migrations

from readerstudy.common.database import CaptureChanges


class Migration(migrations.Migration):
    dependencies = [("exams", "0001_initial"), ("audit", "0002_append_only")]
    operations = [
        CaptureChanges("exams_exam", ["state", "pseudonym", "released_by_id", "released_at"]),
    ]
