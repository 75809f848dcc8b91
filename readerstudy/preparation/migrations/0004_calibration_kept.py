from django.db import migrations

from readerstudy.common.database import AppendOnly, CaptureChanges, Refuse

_OF_CASE = (
    "(SELECT s.state FROM studies_study s JOIN preparation_calibration k ON k.study_id = s.id "
    "WHERE k.id = {row}.calibration_id) <> 'draft'"
)
_OF_RULE = "(SELECT state FROM studies_study WHERE id = {row}.study_id) <> 'draft'"


class Migration(migrations.Migration):
    dependencies = [("preparation", "0003_calibration"), ("audit", "0002_append_only")]
    operations = [
        *(
            Refuse(table, verb, "frozen", state.format(row=row))
            for table, state in (
                ("preparation_calibration", _OF_RULE),
                ("preparation_calibrationcase", _OF_CASE),
            )
            for verb, row in (("insert", "NEW"), ("update", "OLD"), ("delete", "OLD"))
        ),
        AppendOnly(
            "preparation_calibrationread", unless="OLD.state <> 'submitted' OR OLD.feedback_at IS NULL"
        ),
        Refuse("preparation_calibrationread", "delete", "kept", "OLD.id IS NOT NULL"),
        Refuse(
            "preparation_calibrationread",
            "update",
            "submitted_stays",
            "OLD.enrolment_id <> NEW.enrolment_id OR OLD.case_id <> NEW.case_id "
            "OR OLD.attempt <> NEW.attempt OR (OLD.state = 'submitted' AND (NEW.state <> OLD.state "
            "OR NEW.version <> OLD.version OR NEW.submitted_at <> OLD.submitted_at "
            "OR CAST(NEW.draft AS text) <> CAST(OLD.draft AS text)))",
        ),
        AppendOnly("preparation_furtherattempt"),
        CaptureChanges("preparation_calibrationread", ["enrolment_id", "case_id", "attempt", "state"]),
        CaptureChanges("preparation_furtherattempt", ["enrolment_id", "by_id", "at"]),
    ]
