from django.db import migrations

from readerstudy.common.database import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial"), ("audit", "0002_append_only")]
    operations = [
        AppendOnly("reports_lock"),
        AppendOnly("reports_analysis"),
    ]
