from django.db import migrations

from readerstudy.common.database import AppendOnly, Refuse


class Migration(migrations.Migration):
    dependencies = [("reminders", "0001_initial"), ("audit", "0002_append_only")]
    operations = [
        AppendOnly("reminders_reminder", unless="OLD.sent_at IS NULL"),
        Refuse("reminders_reminder", "delete", "kept", "OLD.id IS NOT NULL"),
    ]
