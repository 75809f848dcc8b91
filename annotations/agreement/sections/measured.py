"""Measured volumes of each pair: Bland and Altman's limits, and correlation."""

from typing import Any

import numpy as np

from annotations.agreement.readings import Readings
from annotations.agreement.sections.shape import Section, filled, left_out
from annotations.agreement.volumes import bland_altman, pearson


def volumes(readings: Readings) -> Section:
    """Rows: readers, arm, `points` (mean and difference first - second of each unit, mm3), limits,
    correlation.
    """
    if "volume" not in readings.measures:
        return left_out("no measured volumes were given")
    plan = readings.plan
    rows = [_row(readings, pair, phase) for pair in plan.pairs for phase in range(len(plan.arms))]
    return filled(rows)


def _row(readings: Readings, pair: tuple[str, str], phase: int) -> dict[str, Any]:
    plan, values = readings.plan, readings.measures["volume"]
    first, second = (
        values[:, plan.readers.index(reader), plan.arms.index(plan.slots(reader)[phase])] for reader in pair
    )
    held = np.isfinite(first) & np.isfinite(second)
    points = np.stack([(first + second)[held] / 2, (first - second)[held]], axis=1)
    return {
        "readers": list(pair),
        "arm": plan.arms[phase],
        "points": points.tolist(),
        "limits": bland_altman(first, second, readings.exam_of.tolist(), plan.confidence).to_json(),
        "correlation": pearson(first, second, plan.confidence).to_json(),
    }
