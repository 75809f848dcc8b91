"""What the pages of oversight show of a study's conduct. No answer is among it."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from readerstudy.audit.models import Event
from readerstudy.common.errors import NotThere
from readerstudy.conduct.models import Reopening
from readerstudy.oversight.verify_study import EXPORTED
from readerstudy.reads.models import Read
from readerstudy.reads.next_up import pending_reopenings
from readerstudy.reads.policies import state_of
from readerstudy.reads.states import ReadState
from readerstudy.studies.models import Assignment, Study
from readerstudy.studies.states import StudyState


def reads_handed_in(study: Study) -> QuerySet[Assignment]:
    """Cases that can be read once more: handed in, not reopened already, reader and case still there."""
    handed_in = Assignment.objects.filter(
        enrolment__study=study,
        enrolment__withdrawal__isnull=True,
        case__withdrawal__isnull=True,
        read__state=ReadState.SUBMITTED,
    ).exclude(reopenings__in=pending_reopenings())
    related = handed_in.select_related("enrolment", "period", "case").distinct()
    return related.order_by("enrolment__index", "period__number", "position")


@dataclass(frozen=True)
class Correction:
    """A reopening and how far its read is."""

    reopening: Reopening
    state: ReadState


def corrections_of(study: Study) -> list[Correction]:
    """Every reopening of a study, the newest first, with the state of the read it asks for."""
    related = ("assignment__enrolment", "assignment__period", "assignment__case", "by")
    reopenings = Reopening.objects.filter(assignment__enrolment__study=study).select_related(*related)
    reads = {
        (read.assignment_id, read.number): ReadState(read.state)
        for read in Read.objects.filter(assignment__enrolment__study=study, number__gt=1)
    }
    asked = {(reopening.assignment_id, reopening.number) for reopening in reopenings}
    return [
        Correction(
            reopening,
            state_of(
                reads.get((reopening.assignment_id, reopening.number)),
                reopened=(reopening.assignment_id, reopening.number + 1) in asked,
                replaced=reads.get((reopening.assignment_id, reopening.number + 1)) is ReadState.SUBMITTED,
            ),
        )
        for reopening in reopenings.order_by("-at")
    ]


def study_overseen(study_id: UUID) -> Study:
    """A study that has opened. Raises NotThere for a draft and for none."""
    study = Study.objects.exclude(state=StudyState.DRAFT).filter(pk=study_id).first()
    if study is None:
        raise NotThere
    return study


def events_of(study: Study, *, action: str, person: str) -> QuerySet[Event]:
    """The study's events, the newest first; all actions or persons where the text is empty."""
    events = Event.objects.filter(study_id=str(study.pk)).order_by("-seq")
    if action:
        events = events.filter(action=action)
    return events.filter(actor=person) if person else events


def actions_in(study: Study) -> list[str]:
    """The kinds of what was done in a study, in alphabetical order."""
    kinds = Event.objects.filter(study_id=str(study.pk)).order_by("action")
    return list(kinds.values_list("action", flat=True).distinct())


def exports_of(study: Study) -> QuerySet[Event]:
    """The events that tell of audit exports, the newest first; each bears the head of its export."""
    return events_of(study, action=EXPORTED, person="")
