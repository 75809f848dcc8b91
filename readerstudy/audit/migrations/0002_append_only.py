from django.db import migrations

from readerstudy.common.database import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [AppendOnly("audit_event"), AppendOnly("audit_change")]
