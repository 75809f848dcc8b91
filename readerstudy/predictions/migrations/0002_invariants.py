from django.db import migrations

from readerstudy.common.database import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("predictions", "0001_initial"), ("audit", "0002_append_only")]
    operations = [
        AppendOnly("predictions_modicmap"),
    ]
