"""Locking a study with an electronic signature, freezing its data and its analysis."""

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from annotations.agreement.analysis import analyse, code_version
from annotations.agreement.plan import Plan
from annotations.agreement.recall import recall_analysis
from annotations.formats.errors import FormatError
from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import BadInput, NotThere, Refused
from readerstudy.conduct.selectors import undecided
from readerstudy.reports import dataset, selectors, washouts
from readerstudy.reports.models import Analysis, Lock, Truth
from readerstudy.reports.policies import check_can_lock, check_can_state_truth, statistics_plan
from readerstudy.reports.services.unlocking import unlocks_before
from readerstudy.reports.standing import deviations_counted, exclusions, kept_inputs_counted
from readerstudy.reports.truth import read_truth, render_truth
from readerstudy.studies import services as studies
from readerstudy.studies.models import Protocol, Study
from readerstudy.studies.protocol import order_is_fixed, primary_read
from readerstudy.studies.selectors import protocol_of
from readerstudy.studies.states import StudyState

SCHEMA = "reader-study-report/1"
FIXED_ORDER = (
    "Every reader who read twice read {first} first and {second} later: a change of agreement may come from "
    "the order, from learning or from time as well as from the Modic map."
)
BASELINE = (
    "{reader} read once ({first}): that single reading is the comparator in both arms. It is a reader's "
    "opinion, not the truth."
)


def lock_study(*, study_id: UUID, person: User, password: str, meaning: str, reason: str = "") -> Analysis:
    """Lock an open study, signed by the coordinator's password entered again, and freeze data and analysis.

    Raises NotThere, Refused for a wrong password (which is logged) or role, Conflict unless the study is
    open, BadInput while reads are missing and no reason is given or where nothing is left to analyse. Nothing
    is written unless all of it is.
    """
    if not person.check_password(password):
        _note_refused_signature(person, study_id)
        raise Refused("The password is not right: the study was not locked.", code="signature")
    with transaction.atomic():
        study = Study.objects.select_for_update().filter(pk=study_id).first()
        if study is None:
            raise NotThere
        slots = selectors.slots_of(study)
        check_can_lock(
            role=person.role,
            state=study.state,
            slots=slots,
            undecided=undecided(study),
            meaning=meaning,
            reason=reason,
        )
        protocol = protocol_of(study)
        lock = _freeze_dataset(study, protocol, person, meaning, reason.strip())
        return _freeze_analysis(lock, protocol)


def _note_refused_signature(person: User, study_id: UUID) -> None:
    with transaction.atomic():
        audit.record(actor=person, action="study.lock-signature-refused", target=person, study_id=study_id)


def _freeze_dataset(study: Study, protocol: Protocol, person: User, meaning: str, reason: str) -> Lock:
    study = studies.lock_study(actor=person, study=study, reason=reason)
    rows = selectors.dataset_rows(study, protocol.document)
    table = dataset.render(rows, synthetic=study.synthetic)
    slots = [slot.to_json() for slot in selectors.slots_of(study)]
    lock = Lock.objects.create(
        study=study,
        number=study.locks.count() + 1,
        signed_by=person,
        signed_at=study.locked_at,
        meaning=meaning,
        reason=reason,
        dataset=table,
        dataset_sha256=dataset.sha256(table),
        flow={
            "slots": slots,
            "missing": sum(slot["missing"] for slot in slots),
            "exclusions": exclusions(study, protocol.document),
            "deviations": deviations_counted(study),
            "kept_inputs": kept_inputs_counted(study),
        },
    )
    audit.record(
        actor=person,
        action="study.lock-signed",
        target=lock,
        study_id=study.pk,
        after={
            "number": lock.number,
            "meaning": meaning,
            "dataset_sha256": lock.dataset_sha256,
            "missing_reads": lock.flow["missing"],
        },
        reason=reason,
    )
    return lock


def _freeze_analysis(lock: Lock, protocol: Protocol) -> Analysis:
    plan = statistics_plan(protocol.document)
    version = code_version()
    readings = dataset.compared(dataset.parse(lock.dataset), plan["arms"])
    readings = dataset.analysed(readings, protocol.document["statistics"]["analysis_set"])
    if readings.empty:
        raise BadInput(
            "No case is left in the set that the protocol analyses, so there is nothing to lock. "
            "See under Conduct what was withdrawn or excluded, or amend the protocol's analysis set.",
            code="nothing-analysed",
        )
    agreement = analyse(readings, plan, dataset_sha256=lock.dataset_sha256)
    said = dataset.remembered(lock.dataset)
    recall = recall_analysis(readings, Plan.from_json(plan), said) if said else None
    result = canonical({**_result(lock, protocol, agreement, version), "recall": recall})
    analysis = Analysis.objects.create(
        lock=lock,
        plan=plan,
        seed=plan["seed"],
        code_version=version,
        result=result,
        sha256=dataset.sha256(result),
        created_at=clock.now(),
    )
    audit.record(
        actor=None,
        action="study.analysed",
        target=analysis,
        study_id=lock.study_id,
        after={"sha256": analysis.sha256, "dataset_sha256": lock.dataset_sha256, "code_version": version},
    )
    return analysis


def _result(lock: Lock, protocol: Protocol, agreement: dict[str, Any], version: str) -> dict[str, Any]:
    study, document = lock.study, protocol.document
    return {
        "schema": SCHEMA,
        "notice": dataset.notice(synthetic=study.synthetic),
        "synthetic": study.synthetic,
        "study": {
            "id": str(study.pk),
            "name": study.name,
            "opened_at": selectors.iso(study.opened_at),
            "order_seed": study.seed,
            "order_seed_sha256": study.seed_commitment,
        },
        "protocol": {"title": document["title"], "version": protocol.version, "sha256": protocol.sha256},
        "lock": {
            "number": lock.number,
            "signed_at": selectors.iso(lock.signed_at),
            "signed_by": lock.signed_by.username,
            "meaning": lock.meaning,
            "reason": lock.reason,
            "seen_before": unlocks_before(lock),
            "demo": settings.DEMO,
            "clock_offset_s": int(clock.offset().total_seconds()),
        },
        "dataset_sha256": lock.dataset_sha256,
        "analysis_set": document["statistics"]["analysis_set"],
        "truth": _stated(selectors.latest_truth(study)),
        "code_version": version,
        "readers_described": selectors.readers_described(study),
        "conduct": {
            **lock.flow,
            "primary_read": primary_read(document),
            "periods": document["periods"],
            "withdrawn_cases": selectors.withdrawn_cases(study),
            "washout_gaps": washouts.washout_gaps(study),
            "washout_weeks": washouts.washout_weeks(study),
            "frozen_maps": selectors.frozen_maps(study),
        },
        "limits": [*_design_limits(document, agreement["plan"]), *agreement["limits"]],
        "agreement": agreement,
    }


def _stated(truth: Truth | None) -> dict[str, Any] | None:
    """Where the truth in the frozen table comes from; None where there is none."""
    if truth is None:
        return None
    return {
        "number": truth.number,
        "source": truth.source,
        "sha256": truth.sha256,
        "halves": truth.halves,
        "stated_at": selectors.iso(truth.stated_at),
    }


@transaction.atomic
def state_truth(*, study_id: UUID, person: User, data: bytes, source: str) -> Truth:
    """Keep a study's true grades from a CSV file, with how they were made.

    Stated before the lock, it is frozen with the lock's data set; after it, only exploratory analyses use it.
    Raises NotThere, Refused, Conflict and BadInput as the policy does, and BadInput naming the file's lines.
    Readers never see it, and the audit trail holds its hash alone.
    """
    study = Study.objects.select_for_update().filter(pk=study_id).first()
    if study is None:
        raise NotThere
    check_can_state_truth(role=person.role, state=study.state, source=source)
    question = protocol_of(study).document["question"]
    cases, sites = selectors.names_of_cases(study), question["sites"]
    try:
        grades = [grade["value"] for grade in question["grades"]]
        told = read_truth(data, cases=cases, sites=sites, grades=grades)
    except FormatError as error:
        raise BadInput(f"{error} Nothing was kept.", code="truth") from error
    table = render_truth(selectors.all_halves(study) | told)
    truth = Truth.objects.create(
        study=study,
        number=study.truths.count() + 1,
        source=source.strip(),
        table=table,
        sha256=dataset.sha256(table),
        halves=len(told),
        after_lock=study.state == StudyState.LOCKED,
        stated_by=person,
        stated_at=clock.now(),
    )
    audit.record(
        actor=person,
        action="study.truth-stated",
        target=truth,
        study_id=study.pk,
        after={
            "number": truth.number,
            "sha256": truth.sha256,
            "halves": truth.halves,
            "after_lock": truth.after_lock,
        },
        reason=truth.source,
    )
    return truth


def _design_limits(document: dict[str, Any], plan: dict[str, Any]) -> list[str]:
    first, second = plan["arms"]
    limits = [FIXED_ORDER.format(first=first, second=second)] if order_is_fixed(document) else []
    if plan["baseline"]:
        limits.append(BASELINE.format(reader=plan["baseline"], first=first))
    return limits


def canonical(value: Any) -> str:
    """JSON with sorted keys and a final line end; never NaN."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


@transaction.atomic
def note_seen(*, analysis: Analysis, person: User, form: str) -> None:
    """An event for every look at a result and every file taken away."""
    audit.record(
        actor=person,
        action="report.seen" if form == "page" else "report.exported",
        target=analysis,
        study_id=analysis.lock.study_id,
        after={"form": form, "sha256": analysis.sha256},
    )
