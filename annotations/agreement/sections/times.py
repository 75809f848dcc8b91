"""How long exams were read, by reader and arm, and what assistance did to it."""

from typing import Any

import numpy as np

from annotations.agreement.mixed import reading_time
from annotations.agreement.readings import Readings, ReadingsError
from annotations.agreement.sections.shape import Section, filled, left_out
from annotations.agreement.table import Floats


def reading_times(readings: Readings) -> Section:
    """Rows: reader, arm, exam, position (None where unknown), seconds (from opening to handing in) and
    active_seconds (of them, those in which the exam was looked at; None where nobody told).

    measure: what the effect is of: active_seconds where every reading has them, else seconds. effect: of the
    later arm on the log of that, readers and exams crossed; None where one arm. beside: the effect on seconds
    where measure is the other. Raises ReadingsError where one reading of an exam has two times or two
    positions."""
    if "seconds" not in readings.measures:
        return left_out("no reading times were given")
    plan = readings.plan
    seconds = _by_exam(readings, "seconds")
    active, position = (
        _by_exam(readings, name) if name in readings.measures else np.full_like(seconds, np.nan)
        for name in ("active_seconds", "position")
    )
    rows = [
        {
            "reader": reader,
            "arm": arm,
            "exam": exam,
            "position": None if np.isnan(position[k, r, a]) else int(position[k, r, a]),
            "seconds": float(seconds[k, r, a]),
            "active_seconds": float(active[k, r, a]) if active[k, r, a] > 0 else None,
        }
        for r, reader in enumerate(plan.readers)
        for a, arm in enumerate(plan.arms)
        for k, exam in enumerate(readings.exams)
        if seconds[k, r, a] > 0
    ]
    if not rows:
        return left_out("no reading time is positive")
    told = all(row["active_seconds"] is not None for row in rows)
    measure = "active_seconds" if told else "seconds"
    beside = _effect(readings, rows, "seconds") if told else None
    return filled(rows, measure=measure, effect=_effect(readings, rows, measure), beside=beside)


def _by_exam(readings: Readings, name: str) -> Floats:
    """One value per exam, reader and arm (K, R, A) from a column that repeats it on every row."""
    values = readings.measures[name]
    n_exams = len(readings.exams)
    low, high = (np.full((n_exams, *values.shape[1:]), edge) for edge in (np.inf, -np.inf))
    np.minimum.at(low, readings.exam_of, np.where(np.isnan(values), np.inf, values))
    np.maximum.at(high, readings.exam_of, np.where(np.isnan(values), -np.inf, values))
    differ = np.argwhere((high > low) & np.isfinite(low) & np.isfinite(high))
    if len(differ):
        k, r, a = differ[0]
        raise ReadingsError(
            f"The column of {name} belongs to the reading of a whole exam, but differs within "
            f"{len(differ)} of them: first {readings.exams[k]}, {readings.plan.readers[r]}, "
            f"{readings.plan.arms[a]}."
        )
    found: Floats = np.where(np.isfinite(low), low, np.nan)
    return found


def _effect(readings: Readings, rows: list[dict[str, Any]], measure: str) -> dict[str, Any] | None:
    plan = readings.plan
    if not plan.two_arms:
        return None
    return reading_time(
        [row[measure] for row in rows],
        [row["reader"] for row in rows],
        [row["exam"] for row in rows],
        [float(row["arm"] == plan.arms[1]) for row in rows],
        plan.confidence,
    ).to_json()
