from django.db import migrations

from readerstudy.common.database import AppendOnly, CaptureChanges, Refuse

_OF_ENROLMENT = (
    "SELECT s.state FROM studies_study s JOIN studies_enrolment e ON e.study_id = s.id WHERE e.id = "
)
_PARTS = {
    "studies_protocol": "SELECT state FROM studies_study WHERE id = {row}.study_id",
    "studies_period": "SELECT state FROM studies_study WHERE id = {row}.study_id",
    "studies_case": "SELECT state FROM studies_study WHERE id = {row}.study_id",
    "studies_enrolment": "SELECT state FROM studies_study WHERE id = {row}.study_id",
    "studies_enrolment_periods": _OF_ENROLMENT + "{row}.enrolment_id",
    "studies_assignment": _OF_ENROLMENT + "{row}.enrolment_id",
}
"""Tables that say what a study is, with the state of their study."""


def _frozen() -> list[Refuse]:
    """Nothing of these is added, changed or taken away once the study has left its draft."""
    return [
        Refuse(table, verb, "frozen", f"({state.format(row=row)}) <> 'draft'")
        for table, state in _PARTS.items()
        for verb, row in (("insert", "NEW"), ("update", "OLD"), ("delete", "OLD"))
    ]


class Migration(migrations.Migration):
    dependencies = [("studies", "0001_initial"), ("audit", "0002_append_only")]
    operations = [
        *_frozen(),
        Refuse("studies_study", "delete", "kept_once_open", "OLD.state <> 'draft'"),
        Refuse(
            "studies_study",
            "update",
            "only_forward",
            "OLD.state <> NEW.state AND NOT (OLD.state = 'draft' AND NEW.state = 'open') "
            "AND NOT (OLD.state = 'open' AND NEW.state = 'locked')",
        ),
        Refuse(
            "studies_study",
            "update",
            "frozen",
            "OLD.state <> 'draft' AND (OLD.seed <> NEW.seed OR OLD.seed_commitment <> NEW.seed_commitment "
            "OR OLD.opened_at <> NEW.opened_at OR NEW.opened_at IS NULL "
            "OR OLD.synthetic <> NEW.synthetic OR OLD.name <> NEW.name)",
        ),
        AppendOnly("studies_protocol", unless="OLD.frozen_at IS NULL"),
        CaptureChanges("studies_study", ["state", "name", "opened_at", "locked_at"]),
        CaptureChanges("studies_protocol", ["version", "sha256", "frozen_at"]),
        CaptureChanges("studies_assignment", ["enrolment_id", "period_id", "case_id", "position"]),
    ]
