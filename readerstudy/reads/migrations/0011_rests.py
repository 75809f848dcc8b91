from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reads", "0010_attention")]
    operations = [
        migrations.AddField("attention", "resting_ms", models.PositiveIntegerField(default=0)),
        migrations.AddField("attention", "longest_rest_ms", models.PositiveIntegerField(default=0)),
    ]
