"""What stands before the first case, for the reading room's door."""

from django.urls import reverse

from readerstudy.preparation import calibrating, selectors
from readerstudy.preparation.states import CalibrationState
from readerstudy.reads.gates import Closed
from readerstudy.studies.models import Enrolment


def instructions(enrolment: Enrolment) -> Closed | None:
    """The instructions in force, until this reader has acknowledged them."""
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
