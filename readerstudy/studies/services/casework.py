"""Cases in bulk: taken into a draft, stratified, taken out of it; withdrawn once the study is open."""

from collections.abc import Collection, Iterable

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import BadInput, Conflict, NotThere
from readerstudy.exams.models import Exam
from readerstudy.studies import policies, selectors, services
from readerstudy.studies.models import Case, CaseWithdrawal, Study
from readerstudy.studies.states import Stratify, StudyState, WithdrawalReason


@transaction.atomic
def add_cases(*, actor: User, study: Study, exams: Iterable[Exam]) -> int:
    """Take these exams into a draft beside its cases, and answer how many are new.

    Raises Conflict for a study that is open, BadInput for an exam that is not released.
    """
    _draft(study)
    known = {case.exam_id: case.exam for case in selectors.cases_of(study)}
    new = [exam for exam in exams if exam.pk not in known]
    services.set_cases(actor=actor, study=study, exams=[*known.values(), *new])
    return len(new)


@transaction.atomic
def remove_cases(*, actor: User, study: Study, cases: Collection[int]) -> int:
    """Take the cases with these numbers out of a draft. Raises Conflict for a study that is open."""
    _draft(study)
    kept = [case.exam for case in selectors.cases_of(study) if case.number not in cases]
    removed = study.cases.count() - len(kept)
    services.set_cases(actor=actor, study=study, exams=kept)
    return removed


@transaction.atomic
def stratify(*, actor: User, study: Study, cases: Collection[int], by: Stratify, label: str) -> None:
    """Give the cases with these numbers of a draft their stratum: `label`, or what the exam says.

    Raises Conflict for a study that is open.
    """
    _draft(study)
    chosen = [case for case in selectors.cases_of(study) if case.number in cases]
    for case in chosen:
        case.stratum = policies.stratum_of(by, label=label, sex=case.exam.sex, age=case.exam.age_years)
    Case.objects.bulk_update(chosen, ["stratum"])
    audit.record(
        actor=actor,
        action="study.cases-stratified",
        target=study,
        study_id=study.pk,
        after={"by": by, "strata": {case.exam.pseudonym: case.stratum for case in chosen}},
    )


def _draft(study: Study) -> None:
    row = Study.objects.select_for_update().get(pk=study.pk)
    if row.state != StudyState.DRAFT:
        raise Conflict(
            "The study is open: its cases may have been read, and what was read is never deleted. Withdraw a "
            "case with a reason instead; others are added by an amendment.",
            code="kept",
        )


@transaction.atomic
def withdraw_case(
    *, actor: User, study: Study, case_id: int, reason: WithdrawalReason, words: str
) -> CaseWithdrawal:
    """Take a case out of an open study for good. Nobody is offered it any more; reads of it are kept.

    Raises NotThere, Conflict unless the study is open and the case in it, BadInput without words.
    """
    row = Study.objects.select_for_update().get(pk=study.pk)
    case = row.cases.filter(pk=case_id).first()
    if case is None:
        raise NotThere
    if row.state != StudyState.OPEN:
        raise Conflict(f"The study is {row.state}: a case is withdrawn from an open one.", code="study-state")
    if CaseWithdrawal.objects.filter(case=case).exists():
        raise Conflict("This case is withdrawn already.", code="withdrawn")
    if not words.strip():
        raise BadInput("Say in a few words what was found.", code="words")
    withdrawal = CaseWithdrawal.objects.create(
        case=case, reason=reason, words=words.strip(), by=actor, at=clock.now()
    )
    audit.record(
        actor=actor,
        action="case.withdrawn",
        target=case,
        study_id=study.pk,
        after={"case": case.number, "reason": reason},
        reason=withdrawal.words,
    )
    return withdrawal
