"""Setting calibration up, reading its cases, looking at the comparison. Outside every analysis."""

import uuid
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from annotations.grades import Grade as Answer
from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import BadInput, Conflict, NotThere, Refused
from readerstudy.exams.models import Exam
from readerstudy.exams.selectors import known_as
from readerstudy.exams.sightings import note_sighting
from readerstudy.exams.states import ExamState, Occasion
from readerstudy.preparation import calibrating, policies, selectors
from readerstudy.preparation.models import (
    Calibration,
    CalibrationCase,
    CalibrationRead,
    FurtherAttempt,
)
from readerstudy.preparation.states import CalibrationState, Measure
from readerstudy.reads import policies as read_policies
from readerstudy.reads.states import SHOWS_THE_CASE, Item, Phase, ReadState, Viewer
from readerstudy.studies import protocol
from readerstudy.studies.models import Study
from readerstudy.studies.selectors import protocol_of
from readerstudy.studies.states import Arm, StudyState


@transaction.atomic
def set_rule(*, actor: User, study: Study, measure: Measure, threshold: float, attempts: int) -> Calibration:
    """Ask for calibration in a draft, or change what passes it. Raises BadInput, Conflict once open and
    where the protocol states it."""
    _draft(study)
    if "calibration" in protocol_of(study).document:
        raise Conflict("The protocol states what passes calibration: change it in its editor.", code="stated")
    policies.check_rule(threshold=threshold, attempts=attempts)
    rule = {"measure": measure, "threshold": threshold, "attempts": attempts}
    calibration, _ = Calibration.objects.update_or_create(study=study, defaults=rule)
    _record(actor, "calibration.rule-set", study, after=rule)
    return calibration


def follow(*, study: Study, document: protocol.Document) -> None:
    """Take over what a draft's protocol states about calibration; called whenever it is stated."""
    if stated := document.get("calibration"):
        rule = {key: stated[key] for key in ("measure", "threshold", "attempts")}
        Calibration.objects.update_or_create(study=study, defaults=rule)


def lacking(*, study: Study, document: protocol.Document) -> list[str]:
    """Why a draft whose protocol states calibration can't open yet."""
    wanted = document.get("calibration", {}).get("cases", 0)
    chosen = CalibrationCase.objects.filter(calibration__study=study).count()
    if not wanted or chosen == wanted:
        return []
    remedy = f"add {wanted - chosen}" if chosen < wanted else f"take {chosen - wanted} out"
    return [
        f"The protocol asks for {wanted} calibration cases and {chosen} are chosen: {remedy} on the "
        "calibration page, or change the protocol."
    ]


@transaction.atomic
def add_case(
    *, actor: User, study: Study, exam: Exam, answers: list[dict[str, Any]], note: str = ""
) -> CalibrationCase:
    """Take a released exam with the expert's answer to every half into a draft's calibration.

    Raises Conflict once open, BadInput for a missing answer and for an exam that is, under whatever id,
    a case of the study or of its calibration: what was seen in calibration can't be read freshly.
    """
    _draft(study)
    calibration = Calibration.objects.filter(study=study).first()
    if calibration is None:
        raise BadInput("State first what passes calibration.", code="rule")
    if exam.state != ExamState.RELEASED:
        raise BadInput(f"{exam.pseudonym} is not released: release it first.", code="not-released")
    known = known_as(exam.pk)
    if study.cases.filter(exam__in=known).exists() or calibration.cases.filter(exam__in=known).exists():
        raise BadInput(
            f"{exam.pseudonym} shows a patient or pictures that are in the study already: take another.",
            code="in-the-study",
        )
    number = max(calibration.cases.values_list("number", flat=True), default=0) + 1
    case = CalibrationCase.objects.create(
        calibration=calibration,
        exam=exam,
        number=number,
        answers=_complete(study, answers),
        note=note.strip(),
    )
    _record(actor, "calibration.case-added", study, after={"exam": exam.pseudonym, "number": number})
    return case


def _complete(study: Study, answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sent = read_policies.Sent(lease="", version=0, answers=answers)
    sites = calibrating.sites_of(study)
    given = read_policies.answers_of(sent, sites=sites)
    gaps = read_policies.missing(sites, given)
    if gaps:
        names = ", ".join(f"{gap['level']} {gap['half']}" for gap in gaps)
        raise BadInput(f"The expert's answer is missing for {names}.", code="gaps")
    return [answer.to_json() for answer in given]


@transaction.atomic
def remove_case(*, actor: User, study: Study, number: int) -> None:
    """Take a case out of a draft's calibration. Raises NotThere, Conflict once open."""
    _draft(study)
    case = CalibrationCase.objects.filter(calibration__study=study, number=number).first()
    if case is None:
        raise NotThere
    case.delete()
    _record(actor, "calibration.case-removed", study, after={"number": number})


def _draft(study: Study) -> None:
    row = Study.objects.select_for_update().get(pk=study.pk)
    if row.state != StudyState.DRAFT:
        raise Conflict(f"The study is {row.state}: its calibration stays as it is.", code="study-state")


@transaction.atomic
def grant_attempt(*, actor: User, study: Study, enrolment_id: UUID, reason: str) -> None:
    """Let a reader who has failed go through calibration once more. Raises NotThere, BadInput, Conflict."""
    enrolment = study.enrolments.select_for_update().filter(pk=enrolment_id).first()
    standing = calibrating.standing_of(enrolment) if enrolment else None
    if enrolment is None or standing is None:
        raise NotThere
    if standing.state is not CalibrationState.FAILED or study.state != StudyState.OPEN:
        raise Conflict("Only a reader who has failed calibration needs another attempt.", code="attempts")
    if not reason.strip():
        raise BadInput("Say why another attempt is allowed.", code="reason")
    FurtherAttempt.objects.create(enrolment=enrolment, reason=reason.strip(), by=actor, at=clock.now())
    _record(actor, "calibration.attempt-granted", study, after={"reader": enrolment.index}, reason=reason)


def _record(actor: User, action: str, study: Study, *, after: dict[str, Any], reason: str = "") -> None:
    audit.record(
        actor=actor, action=action, target=study, study_id=study.pk, after=after, reason=reason.strip()
    )


@dataclass(frozen=True)
class Nothing:
    """No case to read now, and why."""

    message: str


@transaction.atomic
def next_read(*, reader: User, enrolment_id: UUID) -> CalibrationRead | Nothing:
    """Open, or open again, the next calibration case, and take its lease. Raises NotThere for another's."""
    enrolment = selectors.enrolment_for(reader, enrolment_id)
    enrolment = type(enrolment).objects.select_for_update(of=("self",)).get(pk=enrolment.pk)
    standing = calibrating.standing_of(enrolment)
    if standing is None or enrolment.study.state != StudyState.OPEN:
        raise NotThere
    instructions = selectors.standing_of(enrolment)
    if instructions is not None and instructions.acknowledgement is None:
        return Nothing("Read the study's instructions and acknowledge them first.")
    if calibrating.unseen_feedback(enrolment) is not None:
        return Nothing("The case is handed in. See how it compares with the expert's answers.")
    case = calibrating.next_case(standing)
    if standing.state is not CalibrationState.TO_DO or case is None:
        return Nothing("There is no calibration case left to read.")
    read, is_new = CalibrationRead.objects.get_or_create(
        enrolment=enrolment, case=case, attempt=standing.current, defaults={"opened_at": clock.now()}
    )
    if not is_new:
        read.lease = uuid.uuid4()
        read.save(update_fields=["lease"])
    audit.record(
        actor=reader,
        action="calibration.opened" if is_new else "calibration.resumed",
        target=read,
        study_id=enrolment.study_id,
        after={"case": case.number, "attempt": read.attempt},
    )
    return read


def _find(reader: User, read_id: UUID, *, lock: bool = False) -> CalibrationRead:
    own = CalibrationRead.objects.filter(enrolment__reader=reader).select_related(
        "enrolment__study", "case__exam"
    )
    if lock:
        own = own.select_for_update(of=("self",))
    read = own.filter(pk=read_id).first()
    if read is None:
        raise NotThere
    return read


def _phase(read: CalibrationRead) -> Phase:
    study, state = StudyState(read.enrolment.study.state), ReadState(read.state)
    phase = read_policies.phase_of(study=study, read=state, washed_out=True)
    return Phase.COMPARING if phase is Phase.SUBMITTED and read.feedback_at else phase


def see(*, reader: User, read_id: UUID, item: Item) -> CalibrationRead:
    """The read, if `item` of it may be sent to its reader now; what shows the case is kept as a sighting,
    beside the expert's answers too.

    Raises NotThere for another's read, Conflict once it is handed in until its comparison is looked at,
    Refused once the study is locked.
    """
    read = _find(reader, read_id)
    phase = _phase(read)
    seen = read_policies.what_may_be_seen(viewer=Viewer.ITS_READER, arm=Arm.UNAIDED, phase=phase)
    if item not in seen:
        raise _closed(phase)
    if item in SHOWS_THE_CASE:
        note_sighting(person=reader, exam=read.case.exam, occasion=Occasion.CALIBRATION)
    return read


def _closed(phase: Phase) -> Refused:
    if phase is Phase.STUDY_LOCKED:
        return Refused("The study is locked: nothing more can be read in it.", code="study-locked")
    return Conflict("This case is handed in. Go on with the next one.", code="submitted")


@transaction.atomic
def save_draft(*, reader: User, read_id: UUID, sent: read_policies.Sent) -> int:
    """Keep the answers so far and return the version's number. Raises as a read's draft does."""
    read = _find(reader, read_id, lock=True)
    answers = _checked(read, sent)
    read.draft, read.comment = [answer.to_json() for answer in answers], sent.comment
    read.state, read.version = ReadState.DRAFT, read.version + 1
    read.save(update_fields=["draft", "comment", "state", "version"])
    return read.version


@transaction.atomic
def submit(*, reader: User, read_id: UUID, sent: read_policies.Sent, idempotency_key: str) -> CalibrationRead:
    """Hand in a complete reading; sent again with the same key it changes nothing. Raises as a read's."""
    read = _find(reader, read_id, lock=True)
    if read.state == ReadState.SUBMITTED and read.idempotency_key == idempotency_key:
        return read
    answers = _checked(read, sent)
    read_policies.check_complete(protocol_of(read.enrolment.study).document, answers, sent.comment)
    read.draft, read.comment = [answer.to_json() for answer in answers], sent.comment
    read.state, read.submitted_at, read.version = ReadState.SUBMITTED, clock.now(), read.version + 1
    read.idempotency_key = idempotency_key
    read.save(update_fields=["draft", "comment", "state", "submitted_at", "version", "idempotency_key"])
    audit.record(
        actor=reader,
        action="calibration.submitted",
        target=read,
        study_id=read.enrolment.study_id,
        after={"case": read.case.number, "attempt": read.attempt, "version": read.version},
    )
    return read


def _checked(read: CalibrationRead, sent: read_policies.Sent) -> tuple[Answer, ...]:
    phase = _phase(read)
    if phase is not Phase.READING:
        raise _closed(phase)
    read_policies.check_current(
        sent, lease=read.lease, version=read.version, draft=read.draft, comment=read.comment
    )
    return read_policies.answers_under(protocol_of(read.enrolment.study).document, sent)


@transaction.atomic
def look_at_feedback(*, reader: User, read_id: UUID) -> CalibrationRead:
    """The submitted read, now compared with the expert's answers. Raises NotThere for any other."""
    read = _find(reader, read_id, lock=True)
    if read.state != ReadState.SUBMITTED:
        raise NotThere
    if read.feedback_at is None:
        read.feedback_at = clock.now()
        read.save(update_fields=["feedback_at"])
        audit.record(
            actor=reader,
            action="calibration.feedback-seen",
            target=read,
            study_id=read.enrolment.study_id,
            after={"case": read.case.number, "attempt": read.attempt},
        )
    return read
