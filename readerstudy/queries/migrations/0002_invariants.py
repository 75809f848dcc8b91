from django.db import migrations

from readerstudy.common.database import AppendOnly, CaptureChanges, Refuse


class Migration(migrations.Migration):
    dependencies = [("queries", "0001_initial"), ("audit", "0002_append_only")]
    operations = [
        AppendOnly("queries_message"),
        AppendOnly("queries_query", unless="OLD.state <> 'closed'"),
        Refuse("queries_query", "delete", "kept", "OLD.id IS NOT NULL"),
        Refuse(
            "queries_query",
            "update",
            "one_matter",
            "OLD.enrolment_id <> NEW.enrolment_id OR OLD.kind <> NEW.kind OR OLD.raised_at <> NEW.raised_at "
            "OR COALESCE(OLD.read_id, NEW.read_id) <> NEW.read_id "
            "OR (OLD.read_id IS NULL) <> (NEW.read_id IS NULL)",
        ),
        Refuse(
            "queries_message",
            "insert",
            "closed_is_final",
            "(SELECT state FROM queries_query WHERE id = NEW.query_id) = 'closed'",
        ),
        CaptureChanges("queries_query", ["enrolment_id", "read_id", "kind", "state", "closed_at"]),
    ]
