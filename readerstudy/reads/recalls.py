"""The recall probe: after a case of the last period its reader says whether it was seen before."""

from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet

from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import BadInput, Conflict, NotThere, Refused
from readerstudy.reads import guard
from readerstudy.reads.models import Exposure, Read, Recall
from readerstudy.reads.states import RECALL_WORDS, ReadState
from readerstudy.studies.models import Assignment, Enrolment
from readerstudy.studies.protocol import lures_of
from readerstudy.studies.selectors import document_in_force
from readerstudy.studies.states import StudyState


def unanswered(enrolment: Enrolment) -> Read | None:
    """The case that was handed in and that the reader is still to be asked about, if any."""
    if "recall_probe" not in document_in_force(enrolment.study):
        return None
    waiting = _asked_about(enrolment).filter(recall__isnull=True)
    related = waiting.select_related("assignment__enrolment__study", "assignment__period")
    return related.order_by("-submitted_at").first()


def _asked_about(enrolment: Enrolment) -> QuerySet[Read]:
    """The reads after which a reader is asked whether the case was seen before in the study.

    Those of the last of the reader's several periods, once handed in and locked, so that the question can't
    change an answer; not between the two parts of a second read, and not a correction. Asked of what was seen
    in an earlier period and of the lures that were drawn, and of nothing else: a case that its reader was
    given in no earlier period after all, as when that closed, is neither. It would count as remembered or
    forgotten though nobody saw it, or as a lure that no draw from the seed explains.
    """
    document = document_in_force(enrolment.study)
    numbers = enrolment.periods.aggregate(first=Min("number"), last=Max("number"))
    if "recall_probe" not in document or numbers["first"] == numbers["last"]:
        return Read.objects.none()
    handed_in = Read.objects.filter(
        assignment__enrolment=enrolment,
        assignment__period__number=numbers["last"],
        state=ReadState.SUBMITTED,
        number=1,
    )
    second_part = Assignment.objects.filter(
        enrolment=enrolment,
        period=OuterRef("assignment__period"),
        case=OuterRef("assignment__case"),
        part__gt=OuterRef("assignment__part"),
    )
    seen_before = Exposure.objects.filter(
        reader=enrolment.reader_id,
        exam=OuterRef("assignment__case__exam"),
        enrolment=enrolment,
        period__number__lt=numbers["last"],
        first_at__lt=OuterRef("submitted_at"),
    )
    is_lure = Q(assignment__case__number__in=lures_of(document))
    return handed_in.filter(~Exists(second_part), is_lure | Exists(seen_before))


@transaction.atomic
def answer_recall(*, reader: User, read_id: UUID, answer: int) -> Read:
    """Keep what the reader says of a case handed in. The same answer twice is once.

    Raises NotThere for what is not asked, BadInput for an unknown answer, Conflict for another than was
    given, Refused once the study is locked.
    """
    read = guard.find(user=reader, read_id=read_id, lock=True)
    if not _asked_about(read.assignment.enrolment).filter(pk=read.pk).exists():
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
