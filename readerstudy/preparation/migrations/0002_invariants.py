from django.db import migrations

from readerstudy.common.database import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("preparation", "0001_instructions"), ("audit", "0002_append_only")]
    operations = [AppendOnly("preparation_instructions"), AppendOnly("preparation_acknowledgement")]
