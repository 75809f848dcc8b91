from django.db import migrations

from readerstudy.common.database import Refuse


class Migration(migrations.Migration):
    dependencies = [("reads", "0005_corrections"), ("conduct", "0002_invariants")]
    operations = [
        Refuse(
            "reads_read",
            "insert",
            "follows_a_reopening",
            "NEW.number > 1 AND NOT EXISTS (SELECT 1 FROM conduct_reopening r "
            "WHERE r.assignment_id = NEW.assignment_id AND r.number = NEW.number)",
        ),
        Refuse("reads_read", "update", "keeps_its_number", "OLD.number <> NEW.number"),
    ]
