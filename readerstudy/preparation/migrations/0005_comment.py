from django.db import migrations, models

from readerstudy.common.database import Refuse


class Migration(migrations.Migration):
    dependencies = [("preparation", "0004_calibration_kept")]
    operations = [
        migrations.AddField(
            model_name="calibrationread",
            name="comment",
            field=models.TextField(blank=True, default="", help_text="The reader's on this case"),
            preserve_default=False,
        ),
        Refuse(
            "preparation_calibrationread",
            "update",
            "comment_stays",
            "OLD.state = 'submitted' AND NEW.comment <> OLD.comment",
        ),
    ]
