from django.db import migrations

from readerstudy.common.database import AppendOnly, CaptureChanges


class Migration(migrations.Migration):
    dependencies = [("studies", "0001_initial"), ("audit", "0002_append_only")]
    operations = [
        AppendOnly("studies_protocol", unless="OLD.frozen_at IS NULL"),
        CaptureChanges("studies_study", ["state", "name", "opened_at", "locked_at"]),
        CaptureChanges("studies_protocol", ["version", "sha256", "frozen_at"]),
        CaptureChanges("studies_assignment", ["enrolment_id", "period_id", "case_id", "position"]),
    ]
