from django.db import migrations, models

from readerstudy.common.database import Refuse


class Migration(migrations.Migration):
    dependencies = [("studies", "0010_absences_kept")]
    operations = [
        migrations.AddField(
            model_name="protocol",
            name="effective_at",
            field=models.DateTimeField(help_text="Of an amendment that takes effect later", null=True),
        ),
        migrations.AlterField(
            model_name="protocol",
            name="frozen_at",
            field=models.DateTimeField(
                help_text="In force from then on, unless effective later", null=True
            ),
        ),
        Refuse(
            "studies_protocol",
            "update",
            "effective_after_signing",
            "NEW.effective_at IS NOT NULL AND (NEW.version = 1 OR NEW.effective_at <= NEW.frozen_at)",
        ),
    ]
