"""Instructions and calibration on a study's page and on a reader's own."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from readerstudy.preparation import calibrating, selectors
from readerstudy.reads.selectors import enrolments_visible_to
from readerstudy.studies.models import Study
from readerstudy.studies.states import StudyState


def instructions_panel(request: HttpRequest, study: Study) -> str:
    """The version in force and who has acknowledged it."""
    context = {
        "study": study,
        "instructions": selectors.instructions_of(study),
        "standings": selectors.standings_of(study),
    }
    return render_to_string("preparation/_panel.html", context, request)


def readers_panel(request: HttpRequest) -> str:
    """A reader's instructions, study by study; nothing where none were written."""
    reading = enrolments_visible_to(request.user).filter(study__state=StudyState.OPEN)
    standings = [standing for one in reading if (standing := selectors.standing_of(one))]
    return render_to_string("preparation/_own.html", {"standings": standings}, request) if standings else ""


def calibration_panel(request: HttpRequest, study: Study) -> str:
    """What passes calibration, and where every reader stands; not what was answered in the study."""
    context = {
        "study": study,
        "calibration": calibrating.calibration_of(study),
        "standings": calibrating.standings_of(study) if study.state != StudyState.DRAFT else [],
    }
    return render_to_string("preparation/_calibration.html", context, request)


def own_calibration_panel(request: HttpRequest) -> str:
    """A reader's calibrations, study by study; nothing where none is asked for."""
    reading = enrolments_visible_to(request.user).filter(study__state=StudyState.OPEN)
    standings = [standing for one in reading if (standing := calibrating.standing_of(one))]
    context = {"standings": standings}
    return render_to_string("preparation/_own_calibration.html", context, request) if standings else ""
