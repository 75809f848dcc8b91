from django.db import migrations

from readerstudy.common.database import Refuse, WithdrawAppendOnly


class Migration(migrations.Migration):
    dependencies = [("preparation", "0005_comment"), ("studies", "0002_invariants")]
    operations = [
        WithdrawAppendOnly("preparation_instructions", "delete"),
        Refuse(
            "preparation_instructions",
            "delete",
            "kept_once_open",
            "(SELECT state FROM studies_study WHERE id = OLD.study_id) <> 'draft'",
        ),
    ]
