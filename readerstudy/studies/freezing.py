"""Fixing what a study is: its protocol with maps and level names, its periods, its plan of reading."""

from collections import defaultdict
from typing import Any

from readerstudy.accounts.models import User
from readerstudy.common import clock
from readerstudy.predictions.models import ModicMap
from readerstudy.studies import protocol, selectors
from readerstudy.studies.models import Assignment, Case, Period, Protocol, Study
from readerstudy.studies.order import lures
from readerstudy.studies.reading_plan import Planned, reading_plan


def freeze_protocol(study: Study, *, signed_by: User) -> Protocol:
    """Take the draft's cases into its protocol with their maps and level names, and hash it."""
    current = selectors.protocol_of(study)
    maps = selectors.latest_maps(case.exam for case in selectors.cases_of(study))
    cases, numbers = [], list(study.cases.values_list("number", flat=True))
    drawn = lures(study.seed, cases=numbers, count=protocol.lure_count(current.document, len(numbers)))
    for case in selectors.cases_of(study):
        fix_case(case, maps.get(str(case.exam_id)), current.document)
        case.save()
        cases.append({**stated(case), **({"lure": True} if case.number in drawn else {})})
    current.document = {**current.document, "cases": cases, "seed_commitment": study.seed_commitment}
    current.signed_by = signed_by
    return freeze(current)


def freeze(current: Protocol) -> Protocol:
    """Hash a protocol as it stands; from then on the database lets nobody change it."""
    current.sha256, current.frozen_at = protocol.fingerprint(current.document), clock.now()
    current.save()
    return current


def fix_case(case: Case, modic_map: ModicMap | None, document: protocol.Document) -> None:
    """Tie a case to its map, its sham where an arm shows one, and its confirmed names; not saved."""
    case.modic_map = modic_map
    case.modic_map_sha256 = modic_map.sha256 if modic_map else ""
    case.sham_map = getattr(modic_map, "sham", None) if selectors.shows_shams(document) else None
    case.sham_map_sha256 = case.sham_map.sha256 if case.sham_map else ""
    case.levels = case.exam.confirmed_levels


def stated(case: Case) -> dict[str, Any]:
    """A fixed case as the protocol states it.

    With a sham both hashes stand there, not saying which is which while the study is open.
    """
    if case.sham_map is None:
        maps: dict[str, Any] = {"modic_map_sha256": case.modic_map_sha256}
    else:
        maps = {"map_sha256s": sorted([case.modic_map_sha256, case.sham_map_sha256])}
    return {"number": case.number, "exam": case.exam.pseudonym, **maps, "levels": case.levels}


def write_periods(study: Study, document: protocol.Document) -> None:
    """A row for every period."""
    Period.objects.bulk_create(
        Period(study=study, **{field: period[field] for field in ("number", "name", "washout_hours")})
        for period in document["periods"]
    )


def plan_of(study: Study, document: protocol.Document) -> list[Planned]:
    """The reading plan that follows from a protocol that states its cases."""
    by_version: dict[int, list[int]] = defaultdict(list)
    for case in document["cases"]:
        by_version[case.get("added_by", 0)].append(case["number"])
    opened = study.protocols.get(version=1).sha256
    cases = by_version.pop(0)
    return list(reading_plan(document, sha256=opened, seed=study.seed, cases=cases, added=by_version))


def write_plan(study: Study, document: protocol.Document) -> int:
    """Store what of the plan is not stored yet, and each reader's periods; returns how many rows were new."""
    periods = {period.number: period for period in study.periods.all()}
    enrolments = {enrolment.index: enrolment for enrolment in study.enrolments.all()}
    cases = {case.number: case for case in study.cases.all()}
    kinds = {arm["name"]: arm["kind"] for arm in document["arms"]}
    held = set(
        Assignment.objects.filter(enrolment__study=study).values_list(
            "enrolment__index", "period__number", "position", "case__number", "arm_name", "part"
        )
    )
    new = [
        row
        for row in plan_of(study, document)
        if (row.reader, row.period, row.position, row.case, row.arm, row.part) not in held
    ]
    for role in document["readers"]:
        if not enrolments[role["index"]].periods.exists():
            enrolments[role["index"]].periods.set([periods[number] for number in role["periods"]])
    Assignment.objects.bulk_create(
        Assignment(
            enrolment=enrolments[row.reader],
            period=periods[row.period],
            case=cases[row.case],
            position=row.position,
            arm=kinds[row.arm],
            arm_name=row.arm,
            part=row.part,
        )
        for row in new
    )
    return len(new)
