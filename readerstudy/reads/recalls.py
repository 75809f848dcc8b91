"""The recall probe: after a case of the last period its reader says whether it was seen before."""

from uuid import UUID

from django.db import transaction
from django.db.models import Max

from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import BadInput, Conflict, NotThere, Refused
from readerstudy.reads import guard, policies
from readerstudy.reads.models import Read, Recall
from readerstudy.reads.states import RECALL_WORDS, ReadState
from readerstudy.studies.models import Assignment, Enrolment
from readerstudy.studies.selectors import document_in_force
from readerstudy.studies.states import StudyState


def _is_probed(enrolment: Enrolment) -> bool:
    return "recall_probe" in document_in_force(enrolment.study)


def unanswered(enrolment: Enrolment) -> Read | None:
    """The case that was handed in and that the reader is still to be asked about, if any."""
    if not _is_probed(enrolment):
        return None
    last = enrolment.periods.aggregate(last=Max("number"))["last"]
    handed_in = Read.objects.filter(
        assignment__enrolment=enrolment,
        assignment__period__number=last,
        state=ReadState.SUBMITTED,
        recall__isnull=True,
    )
    related = handed_in.select_related("assignment__enrolment__study", "assignment__period")
    return next((read for read in related.order_by("-submitted_at") if _is_asked(read)), None)


def _is_asked(read: Read) -> bool:
    assignment = read.assignment
    return policies.asks_recall(
        is_probed=_is_probed(assignment.enrolment),
        state=ReadState(read.state),
        number=read.number,
        period=assignment.period.number,
        periods=list(assignment.enrolment.periods.values_list("number", flat=True)),
        last_part=assignment.part == 2 or not _has_second_part(assignment),
    )


def _has_second_part(assignment: Assignment) -> bool:
    same = Assignment.objects.filter(enrolment=assignment.enrolment, period=assignment.period)
    return same.filter(case=assignment.case, part=2).exists()


@transaction.atomic
def answer_recall(*, reader: User, read_id: UUID, answer: int) -> Read:
    """Keep what the reader says of a case handed in. The same answer twice is once.

    Raises NotThere for what is not asked, BadInput for an unknown answer, Conflict for another than was
    given, Refused once the study is locked.
    """
    read = guard.find(user=reader, read_id=read_id, lock=True)
    if not _is_asked(read):
        raise NotThere
    if answer not in RECALL_WORDS:
        raise BadInput("Say how sure you are: 1, 2, 3 or 4.", code="recall")
    given = Recall.objects.filter(read=read).first()
    if given is not None and given.answer == answer:
        return read
    if given is not None:
        raise Conflict("What was said of this case stands.", code="recall")
    if read.assignment.enrolment.study.state != StudyState.OPEN:
        raise Refused("The study is locked: nothing more is asked in it.", code="study-locked")
    Recall.objects.create(read=read, answer=answer, at=clock.now())
    audit.record(
        actor=reader,
        action="read.recall-answered",
        target=read,
        study_id=read.assignment.enrolment.study_id,
        after={"position": read.assignment.position},
    )
    return read
