"""Readers who are away: what is on record, and what it moves."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from readerstudy.studies import policies
from readerstudy.studies.models import Absence, Enrolment, Study


def away(enrolment: Enrolment) -> list[tuple[datetime, datetime]]:
    """When this reader is away, as policies take it."""
    return list(enrolment.absences.values_list("begins_at", "ends_at"))


def away_in(study: Study) -> dict[UUID, list[tuple[datetime, datetime]]]:
    """The same for every reader of a study, in one query."""
    found: dict[UUID, list[tuple[datetime, datetime]]] = defaultdict(list)
    rows = Absence.objects.filter(enrolment__study=study)
    for enrolment, begins_at, ends_at in rows.values_list("enrolment", "begins_at", "ends_at"):
        found[enrolment].append((begins_at, ends_at))
    return found


def closed_for(enrolment: Enrolment, document: Mapping[str, Any], *, now: datetime) -> list[int]:
    """The periods that have closed for this reader; asks for absences only where one ever closes."""
    if not any(row.get("closes_at") for row in document["periods"]):
        return []
    return policies.closed_periods(document, now=now, away=away(enrolment))
