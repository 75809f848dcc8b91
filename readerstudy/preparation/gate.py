"""What stands before the first case, for the reading room's door."""

from django.urls import reverse

from readerstudy.common.statements import rows
from readerstudy.preparation import calibrating, selectors
from readerstudy.preparation.states import CalibrationState
from readerstudy.reads.gates import Closed
from readerstudy.studies.models import Enrolment, Study

_WHAT_STANDS = """
SELECT EXISTS (SELECT 1 FROM preparation_instructions i WHERE i.study_id = %(study)s), EXISTS (
    SELECT 1 FROM preparation_calibration c JOIN preparation_calibrationcase k ON k.calibration_id = c.id
    WHERE c.study_id = %(study)s)
"""
"""Whether a study has instructions, and calibration: what it has none of is asked at every case, and stands
before none."""


def _what_stands(study: Study) -> tuple[bool, bool]:
    """Asked once for each study object, as its protocol is."""
    held: tuple[bool, bool] | None = getattr(study, "_what_stands_before_cases", None)
    if held is None:
        ((written, calibrates),) = rows(_WHAT_STANDS, study=study.pk)
        held = study._what_stands_before_cases = bool(written), bool(calibrates)
    return held


def instructions(enrolment: Enrolment) -> Closed | None:
    """The instructions in force, until this reader has acknowledged them."""
    if not _what_stands(enrolment.study)[0]:
        return None
    standing = selectors.standing_of(enrolment)
    if standing is None or standing.acknowledgement is not None:
        return None
    return Closed(
        "Read the study's instructions and acknowledge them before you go on.",
        code="instructions",
        url=reverse("preparation:instructions", args=[enrolment.pk]),
    )


def calibration(enrolment: Enrolment) -> Closed | None:
    """Calibration, until this reader has passed it."""
    if not _what_stands(enrolment.study)[1]:
        return None
    standing = calibrating.standing_of(enrolment)
    if standing is None or standing.state is CalibrationState.PASSED:
        return None
    detail = (
        "Calibration was not passed: the coordinator can allow another attempt."
        if standing.state is CalibrationState.FAILED
        else "Go through the calibration cases first; the study's own cases follow once you have passed."
    )
    url = reverse("preparation:calibration", args=[enrolment.pk])
    return Closed(detail, code="calibration", url=url)
