from django.db import migrations

from readerstudy.common.database import AppendOnly, CaptureChanges, Refuse


class Migration(migrations.Migration):
    dependencies = [("reads", "0001_initial"), ("audit", "0002_append_only")]
    operations = [
        AppendOnly("reads_read", unless="OLD.state <> 'submitted'"),
        AppendOnly("reads_grade"),
        Refuse(
            "reads_grade",
            "insert",
            "submitted_is_final",
            "(SELECT state FROM reads_read WHERE id = NEW.read_id) = 'submitted'",
        ),
        Refuse("reads_read", "delete", "kept", "OLD.id IS NOT NULL"),
        Refuse("reads_read", "update", "one_assignment", "OLD.assignment_id <> NEW.assignment_id"),
        Refuse("reads_exposure", "delete", "kept", "OLD.id IS NOT NULL"),
        Refuse(
            "reads_exposure",
            "update",
            "never_backwards",
            "NEW.last_at < OLD.last_at OR NEW.first_at <> OLD.first_at OR NEW.read_id <> OLD.read_id "
            "OR NEW.item <> OLD.item",
        ),
        CaptureChanges("reads_read", ["assignment_id", "state", "submitted_at"]),
        CaptureChanges("reads_grade", ["read_id", "level", "half", "reader_id", "at"]),
    ]
