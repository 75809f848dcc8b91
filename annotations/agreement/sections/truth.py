"""Readers and model against truth: the paper's Table 2, and the arms compared over several readers."""

from typing import Any

import numpy as np

from annotations.agreement.accuracy import accuracy
from annotations.agreement.mrmc import obuchowski_rockette
from annotations.agreement.pairs import tables_of
from annotations.agreement.readings import Readings
from annotations.agreement.sections.shape import Section, filled, left_out
from annotations.agreement.table import Counts

INTERVALS = ("wald", "wilson", "clustered", "plain")
NO_TRUTH = "no truth was given: accuracy needs a true grade of every unit"
UNITS_AS_CASES = "takes units of one exam as independent cases"


def against_truth(readings: Readings) -> Section:
    """Rows: who (a reader, or "AI"), arm, group ("overall", "present", each category but the first), units,
    and by measure the intervals of `annotations.agreement.accuracy`."""
    if readings.truth is None or not (readings.truth >= 0).any():
        return left_out(NO_TRUTH)
    plan = readings.plan
    voices = [
        (reader, arm, readings.of(reader, arm))
        for reader in plan.readers
        for arm in dict.fromkeys(plan.slots(reader))
    ]
    if readings.ai is not None:
        voices.append(("AI", "", readings.ai))
    rows = [row for who, arm, answers in voices for row in _rows(readings, who, arm, answers)]
    return filled(rows, readers_compared=_compared(readings, readings.truth))


def _rows(readings: Readings, who: str, arm: str, answers: Counts) -> list[dict[str, Any]]:
    assert readings.truth is not None
    plan, truth = readings.plan, readings.truth
    units = (truth >= 0) & (answers >= 0)
    tables = tables_of(readings, (truth, answers), units)
    return [
        {
            "who": who,
            "arm": arm,
            "group": group,
            "n_units": int(units.sum()),
            "measures": {
                measure: {how: found.to_json() for how, found in intervals.items() if how in INTERVALS}
                for measure, intervals in measures.items()
            },
        }
        for group, measures in accuracy(tables, plan.categories, plan.confidence).items()
    ]


def _compared(readings: Readings, truth: Counts) -> list[dict[str, Any]]:
    """Later arm less earlier, presence of any change, over the readers who read in both arms."""
    plan = readings.plan
    readers = [index for index, reader in enumerate(plan.readers) if reader != plan.baseline]
    if not plan.two_arms or len(readers) < 2:
        return []
    answers = np.moveaxis(readings.grades[:, readers, ::-1], 0, -1).swapaxes(0, 1)
    scores = np.where(answers < 0, np.nan, (answers > 0).astype(float))
    known = np.where(truth < 0, np.nan, (truth > 0).astype(float))
    rows = []
    for metric in ("sensitivity", "specificity"):
        found = obuchowski_rockette(scores, known, metric, confidence=plan.confidence).to_json()
        found["warnings"].append(UNITS_AS_CASES)
        rows.append({"metric": metric, "difference": found})
    return rows
