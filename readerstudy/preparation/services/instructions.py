"""Writing instructions and acknowledging them."""

import hashlib
from uuid import UUID

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import Conflict
from readerstudy.preparation import policies, selectors
from readerstudy.preparation.models import Acknowledgement, Calibration, CalibrationCase, Instructions
from readerstudy.studies.models import Study
from readerstudy.studies.selectors import protocol_of
from readerstudy.studies.states import StudyState


@transaction.atomic
def write_instructions(*, actor: User, study: Study, text: str, reason: str = "") -> Instructions:
    """A new version, in force from now on: every reader is asked again. The same text changes nothing.

    Raises BadInput for what can't be instructions and for a change without a reason, Conflict once locked.
    """
    study = Study.objects.select_for_update().get(pk=study.pk)
    current = selectors.instructions_of(study)
    words = policies.plain(text)
    if current is not None and current.text == words:
        return current
    policies.check_write(state=StudyState(study.state), reason=reason, is_first=current is None)
    written = Instructions.objects.create(
        study=study,
        number=current.number + 1 if current else 1,
        text=words,
        sha256=hashlib.sha256(words.encode()).hexdigest(),
        reason=reason.strip(),
        written_by=actor,
        written_at=clock.now(),
    )
    audit.record(
        actor=actor,
        action="instructions.written",
        target=written,
        study_id=study.pk,
        before={"number": current.number, "sha256": current.sha256} if current else None,
        after={"number": written.number, "sha256": written.sha256},
        reason=written.reason,
    )
    return written


def forget(study: Study) -> None:
    """Delete what was prepared for a draft, which the database lets nobody do once it has opened."""
    CalibrationCase.objects.filter(calibration__study=study).delete()
    Calibration.objects.filter(study=study).delete()
    Instructions.objects.filter(study=study).delete()


@transaction.atomic
def acknowledge(*, reader: User, enrolment_id: UUID, number: int, protocol_version: int) -> Acknowledgement:
    """A reader has read version `number` under this version of the protocol. Twice is once.

    Raises NotThere, or Conflict when either has changed since the page was sent.
    """
    enrolment = selectors.enrolment_for(reader, enrolment_id)
    instructions, protocol = selectors.instructions_of(enrolment.study), protocol_of(enrolment.study)
    if instructions is None or (instructions.number, protocol.version) != (number, protocol_version):
        raise Conflict("The instructions have changed: read them as they are now.", code="instructions")
    given, is_new = Acknowledgement.objects.get_or_create(
        enrolment=enrolment, instructions=instructions, protocol=protocol, defaults={"at": clock.now()}
    )
    if is_new:
        audit.record(
            actor=reader,
            action="instructions.acknowledged",
            target=enrolment,
            study_id=enrolment.study_id,
            after={"number": number, "sha256": instructions.sha256, "protocol": protocol.sha256},
        )
    return given
