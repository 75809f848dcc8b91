from django.db import migrations

from readerstudy.common.database import AppendOnly, CaptureChanges, Refuse


class Migration(migrations.Migration):
    dependencies = [("studies", "0005_strata_and_withdrawals"), ("audit", "0002_append_only")]
    operations = [
        AppendOnly("studies_casewithdrawal"),
        Refuse(
            "studies_casewithdrawal",
            "insert",
            "from_an_open_study",
            "(SELECT s.state FROM studies_study s JOIN studies_case c ON c.study_id = s.id "
            "WHERE c.id = NEW.case_id) <> 'open'",
        ),
        CaptureChanges("studies_casewithdrawal", ["case_id", "reason", "by_id", "at"]),
    ]
