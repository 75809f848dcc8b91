"""Making a study, opening it, locking it. Once open, nothing of what it is can change."""

import hashlib
import secrets
from collections.abc import Sequence

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.accounts.states import Role
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import BadInput, Conflict, Refused
from readerstudy.exams.models import Exam
from readerstudy.predictions import shams
from readerstudy.studies import freezing, policies, protocol, readiness, selectors
from readerstudy.studies.models import Case, Enrolment, Protocol, Study
from readerstudy.studies.states import StudyState


@transaction.atomic
def create_study(*, actor: User, name: str, document: protocol.Document | None = None) -> Study:
    """A draft with this protocol, or the template *Paper (Gao 2022)*. Raises BadInput as set_protocol."""
    study = Study.objects.create(name=name, created_by=actor, created_at=clock.now())
    Protocol.objects.create(study=study, template=protocol.PAPER, document={}, sha256="")
    audit.record(actor=actor, action="study.created", target=study, study_id=study.pk, after={"name": name})
    set_protocol(actor=actor, study=study, document=document or protocol.make())
    return study


@transaction.atomic
def set_protocol(*, actor: User, study: Study, document: protocol.Document) -> list[str]:
    """State a draft's protocol anew and say what became different.

    Raises BadInput with `problems` when it contradicts itself. Readers beyond those it casts are let go.
    """
    _draft(study)
    try:
        protocol.check(document)
    except protocol.ProtocolError as error:
        raise BadInput(str(error), code="protocol", problems=error.problems) from error
    current = selectors.protocol_of(study)
    changed = protocol.differences(current.document, document) if current.document else []
    current.document, current.sha256 = document, protocol.fingerprint(document)
    current.template = document["template"]
    current.save(update_fields=["document", "sha256", "template"])
    _cast_anew(study, document)
    readiness.follow(study, document)
    audit.record(
        actor=actor,
        action="study.protocol-set",
        target=study,
        study_id=study.pk,
        after={"sha256": current.sha256, "template": current.template, "changes": changed},
    )
    return changed


def _cast_anew(study: Study, document: protocol.Document) -> None:
    """The enrolled keep their numbers, as far as the protocol has them, and take the roles it gives these."""
    roles = {reader["index"]: reader for reader in document["readers"]}
    study.enrolments.exclude(index__in=roles).delete()
    study.enrolments.update(baseline=False)
    baseline = [index for index, role in roles.items() if role["baseline"]]
    study.enrolments.filter(index__in=baseline).update(baseline=True)


@transaction.atomic
def set_cases(*, actor: User, study: Study, exams: Sequence[Exam]) -> None:
    """Make these released exams the cases of a draft, in place of any before, numbered by pseudonym."""
    _draft(study)
    allowed = set(
        selectors.released_exams().filter(pk__in=[e.pk for e in exams]).values_list("pk", flat=True)
    )
    refused = sorted(exam.pseudonym for exam in exams if exam.pk not in allowed)
    if refused:
        raise BadInput(f"Only a released exam can be a case: {', '.join(refused)}.", code="not-released")
    strata = dict(study.cases.values_list("exam", "stratum"))
    study.cases.all().delete()
    chosen = sorted(set(exams), key=lambda exam: exam.pseudonym)
    Case.objects.bulk_create(
        Case(study=study, exam=exam, number=number, stratum=strata.get(exam.pk, ""))
        for number, exam in enumerate(chosen, start=1)
    )
    study.synthetic = any(exam.synthetic for exam in chosen)
    study.save(update_fields=["synthetic"])
    names = [exam.pseudonym for exam in chosen]
    audit.record(
        actor=actor, action="study.cases-set", target=study, study_id=study.pk, after={"exams": names}
    )


@transaction.atomic
def enrol_readers(*, actor: User, study: Study, readers: Sequence[User]) -> None:
    """Make these persons readers 1, 2, … of a draft in place of any before, as the protocol casts them."""
    _draft(study)
    roles = selectors.protocol_of(study).document["readers"]
    if len(readers) != len(roles) or len({reader.pk for reader in readers}) != len(roles):
        raise BadInput(f"This protocol takes {len(roles)} different readers.", code="readers")
    if any(reader.role != Role.READER or not reader.is_active for reader in readers):
        raise BadInput("Only a person who signs in as a reader can be enrolled.", code="readers")
    study.enrolments.all().delete()
    Enrolment.objects.bulk_create(
        Enrolment(study=study, reader=reader, index=role["index"], baseline=role["baseline"])
        for reader, role in zip(readers, roles, strict=True)
    )
    enrolled = {f"R{role['index']}": reader.pk for reader, role in zip(readers, roles, strict=True)}
    audit.record(actor=actor, action="study.readers-set", target=study, study_id=study.pk, after=enrolled)


@transaction.atomic
def set_up_study(
    *,
    actor: User,
    study: Study | None,
    name: str,
    exams: Sequence[Exam],
    readers: Sequence[User],
    document: protocol.Document,
) -> Study:
    """All of a draft at once, as its page sends it; a new draft where `study` is None."""
    if study is None:
        study = create_study(actor=actor, name=name, document=document)
    else:
        _draft(study)
        study.name = name
        study.save(update_fields=["name"])
        set_protocol(actor=actor, study=study, document=document)
    set_cases(actor=actor, study=study, exams=exams)
    enrol_readers(actor=actor, study=study, readers=readers)
    return study


@transaction.atomic
def open_study(*, actor: User, study: Study) -> Study:
    """Freeze protocol, cases, maps, level names and orders, and let the readers in.

    Who opens it signs its protocol; `sign_and_open` asks for the password first. Raises Conflict with
    `problems` where something is missing, or when the study is no draft.
    """
    study = _draft(study)
    problems = selectors.problems_with_opening(study)
    if problems:
        raise Conflict("The study can't open yet. " + " ".join(problems), code="not-ready", problems=problems)
    seed = secrets.token_hex(32)
    study.seed, study.seed_commitment = seed, hashlib.sha256(seed.encode()).hexdigest()
    frozen = freezing.freeze_protocol(study, signed_by=actor)
    freezing.write_periods(study, frozen.document)
    freezing.write_plan(study, frozen.document)
    study.state, study.opened_at = StudyState.OPEN, frozen.frozen_at
    study.save()
    audit.record(
        actor=actor,
        action="study.opened",
        target=study,
        study_id=study.pk,
        before={"state": StudyState.DRAFT},
        after={
            "state": StudyState.OPEN,
            "protocol_sha256": frozen.sha256,
            "seed_commitment": study.seed_commitment,
            "cases": len(frozen.document["cases"]),
            "meaning": policies.OPENING_MEANING,
        },
    )
    return study


def sign_and_open(*, actor: User, study: Study, password: str) -> Study:
    """Open a study under its coordinator's signature. Raises Refused for a wrong password, which is kept;
    else as open_study."""
    if actor.check_password(password):
        return open_study(actor=actor, study=study)
    with transaction.atomic():
        audit.record(actor=actor, action="study.opening-signature-refused", target=study, study_id=study.pk)
    raise Refused("The password is not right: the study was not opened.", code="signature")


@transaction.atomic
def delete_draft(*, actor: User, study: Study, name: str) -> None:
    """Delete a draft and all that was prepared for it; exams, maps and the audit trail stay.

    name: the study's, written again. Raises Conflict once it has opened, BadInput for another name.
    """
    row = Study.objects.select_for_update().get(pk=study.pk)
    policies.check_can_delete(StudyState(row.state))
    if name.strip() != row.name:
        raise BadInput("Write the study's name as it stands: nothing was deleted.", code="name")
    stated = selectors.protocol_of(row)
    audit.record(
        actor=actor,
        action="study.deleted",
        target=row,
        study_id=row.pk,
        before={
            "state": row.state,
            "name": row.name,
            "protocol_sha256": stated.sha256,
            "cases": row.cases.count(),
            "readers": row.enrolments.count(),
        },
    )
    readiness.forget(row)
    for parts in (row.enrolments, row.cases, row.protocols):
        parts.all().delete()
    row.delete()


@transaction.atomic
def make_shams(*, actor: User, study: Study) -> int:
    """Have the sham maps made that a draft's cases lack; returns how many were asked for."""
    _draft(study)
    asked = shams.ask_for_shams(maps=selectors.shams_missing(study))
    audit.record(
        actor=actor, action="study.shams-asked-for", target=study, study_id=study.pk, after={"maps": asked}
    )
    return asked


@transaction.atomic
def lock_study(*, actor: User, study: Study, reason: str = "") -> Study:
    """Close reading for good and reveal the seed; for the room that takes the signature."""
    study = _on_its_way(study, to=StudyState.LOCKED)
    study.state, study.locked_at = StudyState.LOCKED, clock.now()
    study.save(update_fields=["state", "locked_at"])
    audit.record(
        actor=actor,
        action="study.locked",
        target=study,
        study_id=study.pk,
        before={"state": StudyState.OPEN},
        after={"state": StudyState.LOCKED, "seed": study.seed},
        reason=reason,
    )
    return study


@transaction.atomic
def unlock_study(*, actor: User, study: Study, reason: str) -> Study:
    """Let reading go on after a lock; for the room that takes the signature. The seed stays revealed."""
    study = _on_its_way(study, to=StudyState.OPEN)
    if study.opened_at is None:
        raise Conflict("The study is a draft: open it instead.", code="study-state")
    study.state, study.locked_at = StudyState.OPEN, None
    study.save(update_fields=["state", "locked_at"])
    audit.record(
        actor=actor,
        action="study.unlocked",
        target=study,
        study_id=study.pk,
        before={"state": StudyState.LOCKED},
        after={"state": StudyState.OPEN},
        reason=reason,
    )
    return study


def _draft(study: Study) -> Study:
    """The study's row under lock. Raises Conflict unless it is a draft."""
    row = Study.objects.select_for_update().get(pk=study.pk)
    if row.state != StudyState.DRAFT:
        raise Conflict(f"The study is {row.state}: only a draft can be changed.", code="study-state")
    return row


def _on_its_way(study: Study, *, to: StudyState) -> Study:
    """The study's row under lock. Raises Conflict unless it may become `to`."""
    row = Study.objects.select_for_update().get(pk=study.pk)
    if not policies.can_become(StudyState(row.state), to):
        raise Conflict(f"The study is {row.state}: it can't become {to}.", code="study-state")
    return row
