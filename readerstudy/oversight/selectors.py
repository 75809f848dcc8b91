"""What the pages of oversight show of a study's conduct. No answer is among it."""

from dataclasses import dataclass

from django.db.models import QuerySet

from readerstudy.conduct.models import Reopening
from readerstudy.reads.models import Read
from readerstudy.reads.policies import state_of
from readerstudy.reads.selectors import pending_reopenings
from readerstudy.reads.states import ReadState
from readerstudy.studies.models import Assignment, Study


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
