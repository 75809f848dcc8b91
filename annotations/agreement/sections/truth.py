"""Readers and model against truth: the paper's Table 2, and the arms compared over several readers."""

from typing import Any

import numpy as np

from annotations.agreement.accuracy import accuracy
from annotations.agreement.mrmc import obuchowski_rockette
from annotations.agreement.pairs import tables_of
from annotations.agreement.readings import Readings
from annotations.agreement.result import Result
from annotations.agreement.sections.shape import Section, filled, left_out
from annotations.agreement.table import Counts, Floats

INTERVALS = ("wald", "wilson", "clustered", "plain")
NO_TRUTH = "no truth was given: accuracy needs a true grade of every unit"
MOST_PAIRS = 50_000_000
TOO_MANY_PAIRS = (
    "left out: the area needs every positive unit beside every negative one, and there are too many"
)


def against_truth(readings: Readings) -> Section:
    """Rows: who (a reader, or "AI"), arm, group ("overall", "present", each category but the first), units,
    and by measure the intervals of `annotations.agreement.accuracy`."""
    if readings.truth is None:
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
    """Later arm less earlier, presence of any change, over the readers who read in both arms; exams are
    clusters. The area under the curve is there where confidences are."""
    plan = readings.plan
    readers = [index for index, reader in enumerate(plan.readers) if reader != plan.baseline]
    if not plan.two_arms or len(readers) < 2:
        return []
    answers = _cases_last(readings.grades[:, readers])
    called = np.where(answers < 0, np.nan, (answers > 0).astype(float))
    scores = {"sensitivity": called, "specificity": called}
    sure = readings.measures.get("confidence")
    if sure is not None and np.isfinite(sure).any():
        sure = _cases_last(sure[:, readers])
        scores["auc"] = np.where(np.isnan(called), np.nan, np.where(called > 0, sure, -sure))
    known = np.where(truth < 0, np.nan, (truth > 0).astype(float))
    return [
        {"metric": metric, "difference": _difference(readings, values, known, metric)}
        for metric, values in scores.items()
    ]


def _cases_last(values: Any) -> Any:
    """From (units, readers, arms) to (arms, readers, units), the later arm first."""
    return np.moveaxis(values[:, :, ::-1], 0, -1).swapaxes(0, 1)


def _difference(readings: Readings, scores: Floats, known: Floats, metric: str) -> dict[str, Any]:
    pairs = float((known > 0).sum() * (known == 0).sum()) * scores.shape[0] * scores.shape[1]
    if metric == "auc" and pairs > MOST_PAIRS:
        return Result(reason=TOO_MANY_PAIRS).to_json()
    clusters = readings.exam_of.tolist()
    confidence = readings.plan.confidence
    return obuchowski_rockette(scores, known, metric, clusters=clusters, confidence=confidence).to_json()
