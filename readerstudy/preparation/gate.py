"""What stands before the first case, for the reading room's door."""

from django.urls import reverse

from readerstudy.preparation import selectors
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
