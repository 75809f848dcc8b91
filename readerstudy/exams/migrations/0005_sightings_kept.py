from django.db import migrations

from readerstudy.common.database import AppendOnly, Refuse


class Migration(migrations.Migration):
    dependencies = [("exams", "0004_sightings")]
    operations = [
        AppendOnly("exams_sighting"),
        Refuse(
            "exams_lastlook",
            "update",
            "never_backwards",
            "NEW.at < OLD.at OR NEW.person_id <> OLD.person_id",
        ),
        Refuse("exams_lastlook", "delete", "kept", "OLD.id IS NOT NULL"),
    ]
