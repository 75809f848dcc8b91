from django.db import migrations

from readerstudy.common.database import AppendOnly, Refuse


class Migration(migrations.Migration):
    dependencies = [("conduct", "0001_initial")]
    operations = [
        *(
            AppendOnly(f"conduct_{table}")
            for table in (
                "override",
                "overridedecision",
                "reopening",
                "withdrawal",
                "noteddeviation",
                "deviationdecision",
            )
        ),
        Refuse(
            "conduct_overridedecision",
            "insert",
            "takes_two_persons",
            "NEW.by_id = (SELECT requested_by_id FROM conduct_override WHERE id = NEW.override_id)",
        ),
    ]
