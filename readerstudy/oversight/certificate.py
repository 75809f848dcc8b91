"""The washout certificate: every gap of a study, by the same code that `verify_study.py` verifies it with."""

from collections import Counter, defaultdict
from statistics import median
from typing import Any

from readerstudy.audit.models import Event
from readerstudy.conduct.policies import by_week
from readerstudy.oversight.facts import Facts
from readerstudy.oversight.verify_study import Gap, gaps_of, shortest_gaps
from readerstudy.studies.models import Enrolment

SCHEMA = "reader-study-washout/1"
_DAY_S = 86_400


def certificate(facts: Facts) -> dict[str, Any]:
    """All gaps with their spread, refusals and overrides, as plain values. Times in UTC, gaps in days."""
    gaps = shortest_gaps(gaps_of(facts))
    return {
        "schema": SCHEMA,
        "study": facts["study"],
        "protocol_sha256": facts["protocol"]["sha256"],
        **_required(facts["protocol"]["document"]),
        "amended": [
            {"version": one["version"], "effective_at": one["effective_at"], **_required(one["document"])}
            for one in facts["amendments"]
        ],
        "kept": not any(gap.short for gap in gaps),
        "short": [_row(gap) for gap in gaps if gap.short],
        "readers": _by_reader(gaps),
        "histogram": by_week(_days(gap) for gap in gaps),
        "refusals": _refusals(facts["study"]["id"]),
        "overrides": facts["overrides"],
        "gaps": [_row(gap) for gap in gaps],
    }


def _required(document: dict[str, Any]) -> dict[str, Any]:
    """The washouts that one version of the protocol asks for."""
    return {
        "required": [
            {"period": row["number"], "washout_hours": row["washout_hours"]} for row in document["periods"]
        ],
        "mode": document["washout_mode"],
    }


def _row(gap: Gap) -> dict[str, Any]:
    return {
        "reader": gap.reader,
        "period": gap.period,
        "case": gap.case,
        "first_sent_at": gap.at.isoformat(),
        "days_since_case": None if gap.since_case is None else gap.since_case.total_seconds() / _DAY_S,
        "days_since_counted": gap.since_counted.total_seconds() / _DAY_S,
        "required_days": gap.required.total_seconds() / _DAY_S,
        "under_override": gap.short and gap.permitted,
    }


def _days(gap: Gap) -> float:
    return (gap.since_counted if gap.since_case is None else gap.since_case).total_seconds() / _DAY_S


def _by_reader(gaps: list[Gap]) -> list[dict[str, Any]]:
    found: dict[tuple[int, int], list[float]] = defaultdict(list)
    for gap in gaps:
        found[gap.reader, gap.period].append(_days(gap))
    return [
        {
            "reader": reader,
            "period": period,
            "gaps": len(days),
            "min_days": min(days),
            "median_days": median(days),
            "max_days": max(days),
        }
        for (reader, period), days in sorted(found.items())
    ]


def _refusals(study_id: str) -> list[dict[str, Any]]:
    """How often each reader asked for a case before its washout had passed, and was refused."""
    refused = Event.objects.filter(
        study_id=study_id, action="read.refused", after__rule="washout", object_type="studies.enrolment"
    )
    counted = Counter(refused.values_list("object_id", flat=True))
    enrolments = Enrolment.objects.filter(pk__in=counted).order_by("index")
    return [
        {"reader": enrolment.index, "enrolment": str(enrolment.pk), "times": counted[str(enrolment.pk)]}
        for enrolment in enrolments
    ]
