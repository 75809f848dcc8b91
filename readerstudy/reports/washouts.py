"""The washout that was: days between two readings of a case by one reader, for the report."""

from collections import defaultdict
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any

from django.db.models import Max, Min

from readerstudy.conduct.policies import by_week
from readerstudy.reads.models import Exposure
from readerstudy.reports.policies import name_of
from readerstudy.studies.models import Study


def washout_gaps(study: Study) -> list[dict[str, Any]]:
    """How many there were of each reader, and the shortest, median and longest."""
    return [
        {
            "reader": name_of(index),
            "cases": len(days),
            "min_days": min(days),
            "median_days": median(days),
            "max_days": max(days),
        }
        for index, days in sorted(_days_between(study).items())
    ]


def washout_weeks(study: Study) -> list[dict[str, int]]:
    """How many there were by whole weeks, of all readers together."""
    return by_week(gap for days in _days_between(study).values() for gap in days)


def _days_between(study: Study) -> dict[int, list[float]]:
    """Days between a reader's last exposure to a case in one period and the first in the next, by reader."""
    seen = (
        Exposure.objects.filter(read__assignment__enrolment__study=study)
        .values(
            "read__assignment__enrolment__index", "read__assignment__case", "read__assignment__period__number"
        )
        .annotate(first=Min("first_at"), last=Max("last_at"))
        .order_by("read__assignment__period__number")
    )
    by_case: dict[tuple[int, int], list[tuple[datetime, datetime]]] = defaultdict(list)
    for row in seen:
        key = (row["read__assignment__enrolment__index"], row["read__assignment__case"])
        by_case[key].append((row["first"], row["last"]))
    gaps: dict[int, list[float]] = defaultdict(list)
    for (index, _), spans in by_case.items():
        for (_, last), (first, _) in pairwise(spans):
            gaps[index].append((first - last).total_seconds() / 86400)
    return gaps
