from django.db import migrations

from readerstudy.common.database import AppendOnly, CaptureChanges


class Migration(migrations.Migration):
    dependencies = [("reads", "0001_initial"), ("audit", "0002_append_only")]
    operations = [
        AppendOnly("reads_read", unless="OLD.state <> 'submitted'"),
        AppendOnly("reads_grade"),
        CaptureChanges("reads_read", ["assignment_id", "state", "submitted_at"]),
        CaptureChanges("reads_grade", ["read_id", "level", "half", "reader_id", "at"]),
    ]
