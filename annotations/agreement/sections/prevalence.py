"""How often each grade was given, in all and within each part of the unit's name."""

from typing import Any

import numpy as np

from annotations.agreement.readings import Readings
from annotations.agreement.sections.shape import Section, filled
from annotations.agreement.sections.strata import ordered, stratifying

EVERY = "all"


def prevalence(readings: Readings) -> Section:
    """Rows: column and value ("" and "all" for the whole), who (a reader, "AI", "truth"), arm, counts by
    category of the graded units."""
    rows = []
    for who, arm, answers in _voices(readings):
        rows.append(_row("", EVERY, who, arm, answers, readings))
        for column in stratifying(readings):
            values = readings.units[column].to_numpy().astype(str)
            rows += [
                _row(column, value, who, arm, answers[values == value], readings) for value in ordered(values)
            ]
    return filled(rows)


def _voices(readings: Readings) -> list[tuple[str, str, Any]]:
    plan = readings.plan
    voices = [
        (reader, arm, readings.of(reader, arm))
        for reader in plan.readers
        for arm in dict.fromkeys(plan.slots(reader))
    ]
    if readings.ai is not None:
        voices.append(("AI", "", readings.ai))
    if readings.truth is not None:
        voices.append(("truth", "", readings.truth))
    return voices


def _row(column: str, value: str, who: str, arm: str, answers: Any, readings: Readings) -> dict[str, Any]:
    counts = np.bincount(answers[answers >= 0], minlength=len(readings.plan.categories))
    return {"column": column, "value": value, "who": who, "arm": arm, "counts": counts.tolist()}
