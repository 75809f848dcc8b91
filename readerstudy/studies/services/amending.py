"""Amending an open study: another version of its protocol, signed; what was decided before stays."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common.errors import BadInput, Conflict
from readerstudy.exams.models import Exam
from readerstudy.studies import amending, freezing, protocol, selectors
from readerstudy.studies.models import Case, Enrolment, Protocol, Study
from readerstudy.studies.protocol import timeline
from readerstudy.studies.protocol.amendment import Underway, for_whom


@transaction.atomic
def amend(
    *,
    actor: User,
    study: Study,
    document: protocol.Document,
    underway: Underway,
    exams: Sequence[Exam],
    readers: Sequence[User],
    reason: str,
    effective_at: datetime | None = None,
    seen_version: int | None = None,
) -> Protocol:
    """Put the next version of the protocol in force. The room that takes the signature calls it.

    document: the statements as they shall be; exams and readers are added. effective_at: None for at once.
    Versions that wait for a later time are carried over under the same signature. Raises BadInput without a
    reason, Conflict with `problems` where a rule forbids it.
    """
    study = Study.objects.select_for_update().get(pk=study.pk)
    if not reason.strip():
        raise BadInput("Say why the protocol is amended.", code="reason")
    new = amending.proposed(study, document, readers)
    problems = amending.problems_with(study, new, underway, exams, readers, effective_at, seen_version)
    if problems:
        raise Conflict(
            "The protocol was not amended. " + " ".join(problems), code="amendment", problems=problems
        )
    first, *carried = timeline.steps(
        selectors.versions_of(study), new, now=underway.now, effective_at=effective_at
    )
    amended = _write(actor, study, first, underway, exams, readers, reason.strip())
    for step in carried:
        _write(actor, study, step, underway, (), (), study.protocols.get(version=step.carries).reason)
    return amended


def _write(
    actor: User,
    study: Study,
    step: timeline.Step,
    underway: Underway,
    exams: Sequence[Exam],
    readers: Sequence[User],
    reason: str,
) -> Protocol:
    """One more version with its event."""
    last = study.protocols.order_by("-version")[0]
    base = study.protocols.get(version=step.base) if step.base else last
    new = {**step.document, **({"cases": last.document["cases"]} if step.carries else {})}
    amended = Protocol.objects.create(
        study=study,
        version=last.version + 1,
        template=last.template,
        document=new,
        sha256="",
        reason=reason,
        signed_by=actor,
        effective_at=step.effective_at,
    )
    amended.document = {**new, "cases": [*new["cases"], *_add_cases(study, amended, exams)]}
    _add_readers(study, new, readers)
    new_rows = freezing.write_plan(study, amended.document)
    freezing.freeze(amended)
    audit.record(
        actor=actor,
        action="study.amended",
        target=amended,
        study_id=study.pk,
        before={"version": base.version, "sha256": base.sha256},
        after={
            "version": amended.version,
            "sha256": amended.sha256,
            "effective_at": amended.in_force_from.isoformat() if amended.in_force_from else "",
            "changes": for_whom(base.document, new, underway, cases_added=len(exams)),
            "reads_added": new_rows,
            **({"carries": step.carries} if step.carries else {}),
        },
        reason=amended.reason,
    )
    return amended


def _add_cases(study: Study, amended: Protocol, exams: Sequence[Exam]) -> list[dict[str, Any]]:
    """Rows for added exams, numbered after the others; returns them as the protocol states them."""
    maps = selectors.latest_maps(exams)
    last = max(study.cases.values_list("number", flat=True))
    added = []
    for number, exam in enumerate(sorted(exams, key=lambda exam: exam.pseudonym), start=last + 1):
        case = Case(study=study, exam=exam, number=number)
        freezing.fix_case(case, maps.get(str(exam.pk)), amended.document)
        case.save()
        added.append({**freezing.stated(case), "added_by": amended.version})
    return added


def _add_readers(study: Study, new: protocol.Document, readers: Sequence[User]) -> None:
    roles = new["readers"][len(new["readers"]) - len(readers) :]
    for role, reader in zip(roles, readers, strict=True):
        Enrolment.objects.create(study=study, reader=reader, index=role["index"])


def note_refused_signature(*, actor: User, study: Study) -> None:
    """A record of a wrong password under an amendment."""
    with transaction.atomic():
        audit.record(actor=actor, action="study.amendment-signature-refused", target=study, study_id=study.pk)
