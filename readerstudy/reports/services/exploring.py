"""Exploratory analyses of a locked study: computed, kept and logged; the frozen report stays as it is."""

import json
from typing import Any
from uuid import UUID

from django.db import transaction

from annotations.agreement.analysis import code_version
from annotations.agreement.explore import ExplorationError, Question, explore
from annotations.agreement.plan import Plan
from annotations.agreement.readings import Readings, read_table
from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import BadInput
from readerstudy.reports import dataset, selectors
from readerstudy.reports.models import Analysis, Exploration, Lock, Truth
from readerstudy.reports.policies import check_can_explore
from readerstudy.reports.truth import parse_truth

SCHEMA = "reader-study-exploration/1"


def readings_of(analysis: Analysis, *, truth: Truth | None = None) -> Readings:
    """The frozen readings; with the truth given in place of the frozen one, if any is given."""
    frozen = json.loads(analysis.result)
    frame = dataset.analysed(dataset.parse(analysis.lock.dataset), frozen["analysis_set"])
    if truth is not None:
        known = parse_truth(truth.table)
        keys = zip(frame["exam"], frame["level"], frame["half"], strict=True)
        frame = frame.assign(truth=[known.get(key, "") for key in keys])
    plan = Plan.from_json(frozen["agreement"]["plan"])
    return read_table(dataset.compared(frame, plan.arms), plan)


@transaction.atomic
def make_exploration(*, study_id: UUID, person: User, question: Question, reason: str) -> Exploration:
    """Compute an analysis beyond the plan from the frozen readings and keep it, whatever comes out.

    Where accuracy is asked for, the truth stated last is used, before or after the lock. Raises NotThere,
    Refused while results are sealed, and BadInput saying what to choose.
    """
    study = selectors.study_for(person, study_id)
    check_can_explore(role=person.role, state=study.state, reason=reason)
    analysis = selectors.analysis_for(person, study_id)
    lock = Lock.objects.select_for_update().get(pk=analysis.lock_id)
    truth = selectors.latest_truth(study) if question.accuracy else None
    try:
        found = explore(readings_of(analysis, truth=truth), question)
    except ExplorationError as error:
        raise BadInput(str(error), code="question") from error
    made = _kept(lock, person, truth, found, reason.strip())
    audit.record(
        actor=person,
        action="study.explored",
        target=made,
        study_id=study.pk,
        after={"number": made.number, "sha256": made.sha256, "question": found["question"]},
        reason=made.reason,
    )
    return made


def _kept(lock: Lock, person: User, truth: Truth | None, found: dict[str, Any], reason: str) -> Exploration:
    version, now = code_version(), clock.now()
    number = lock.explorations.count() + 1
    whole = {
        "schema": SCHEMA,
        "notice": dataset.notice(synthetic=lock.study.synthetic),
        "number": number,
        "made_at": selectors.iso(now),
        "reason": reason,
        "dataset_sha256": lock.dataset_sha256,
        "truth_sha256": None if truth is None else truth.sha256,
        "code_version": version,
        "exploration": found,
    }
    result = json.dumps(whole, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    return Exploration.objects.create(
        lock=lock,
        number=number,
        made_by=person,
        made_at=now,
        reason=reason,
        truth=truth,
        code_version=version,
        result=result,
        sha256=dataset.sha256(result),
    )


@transaction.atomic
def note_seen(*, exploration: Exploration, person: User, form: str) -> None:
    """An event for every look at an exploration, and for its file taken away."""
    audit.record(
        actor=person,
        action="exploration.seen" if form == "page" else "exploration.exported",
        target=exploration,
        study_id=exploration.lock.study_id,
        after={"form": form, "number": exploration.number, "sha256": exploration.sha256},
    )
