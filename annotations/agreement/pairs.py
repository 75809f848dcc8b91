"""One reader pair: agreement before and after on the same units, its change, and what was left out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotations.agreement.delta import kappa_difference
from annotations.agreement.kappa import clustered_kappa
from annotations.agreement.mcnemar import clustered_mcnemar, mcnemar
from annotations.agreement.readings import NOT_GRADABLE, Readings
from annotations.agreement.resampling import bootstrap_difference
from annotations.agreement.result import Result
from annotations.agreement.table import Counts, collapse

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class PairAnswers:
    """Answers of both readers as they enter the earlier and the later comparison, each of shape (U,)."""

    before: tuple[Counts, Counts]
    after: tuple[Counts, Counts]

    @property
    def complete(self) -> Mask:
        """Units graded by both readers in both arms: the analysis set."""
        mask: Mask = np.all([answers >= 0 for answers in (*self.before, *self.after)], axis=0)
        return mask


def pair_answers(readings: Readings, first: str, second: str) -> PairAnswers:
    """The answers of a pair; the baseline's single reading stands in both comparisons."""
    slots = [readings.plan.slots(reader) for reader in (first, second)]
    before, after = (
        (readings.of(first, slots[0][phase]), readings.of(second, slots[1][phase])) for phase in (0, 1)
    )
    return PairAnswers(before, after)


def _tables(readings: Readings, answers: tuple[Counts, Counts], units: Mask, k: int) -> Counts:
    exams = readings.exam_of[units]
    flat = (exams * k + answers[0][units]) * k + answers[1][units]
    counted = np.bincount(flat, minlength=len(readings.exams) * k * k)
    tables: Counts = counted.reshape(len(readings.exams), k, k)
    return tables


def analyse_pair(readings: Readings, first: str, second: str) -> dict[str, Any]:
    """Every figure of one pair as plain JSON values; p values adjusted over pairs are added by the caller."""
    plan = readings.plan
    answers = pair_answers(readings, first, second)
    k, units = len(plan.categories), answers.complete
    before, after = (_tables(readings, side, units, k) for side in (answers.before, answers.after))
    bootstrap = bootstrap_difference(
        before, after, resamples=plan.resamples, seed=plan.seed, confidence=plan.confidence
    )
    return {
        "readers": [first, second],
        "arms": {reader: list(plan.slots(reader)) for reader in (first, second)},
        "n_units": int(units.sum()),
        "n_exams": int((before.sum(axis=(1, 2)) > 0).sum()),
        "before": _side(before, plan.confidence),
        "after": _side(after, plan.confidence),
        "delta": kappa_difference(before, after, confidence=plan.confidence).to_json(),
        "bootstrap": bootstrap.to_json(),
        "mcnemar": _mcnemar(readings, answers, units),
        "sensitivity": _sensitivity(readings, answers, k),
        "left_out": _left_out(readings, (first, second), units),
        "warnings": _warnings(readings, before + after),
    }


def _side(tables: Counts, confidence: float) -> dict[str, Any]:
    presence = collapse(tables, [[0], list(range(1, tables.shape[1]))])
    return {
        "table": tables.sum(axis=0).tolist(),
        "kappa": clustered_kappa(tables, confidence=confidence).to_json(),
        "kappa_presence": clustered_kappa(presence, confidence=confidence).to_json(),
    }


def _mcnemar(readings: Readings, answers: PairAnswers, units: Mask) -> dict[str, Any]:
    old = answers.before[0][units] == answers.before[1][units]
    new = answers.after[0][units] == answers.after[1][units]
    kind = np.select([old & new, old, new], [0, 1, 2], 3)
    counted = np.bincount(readings.exam_of[units] * 4 + kind, minlength=len(readings.exams) * 4)
    abcd = counted.reshape(-1, 4)
    both, lost, gained, neither = (int(count) for count in abcd.sum(axis=0))
    plain, clustered = mcnemar(lost, gained), clustered_mcnemar(abcd)
    return {
        "table": {"both": both, "before_only": lost, "after_only": gained, "neither": neither},
        "plain": {name: result.to_json() for name, result in plain.items()},
        "clustered": {name: result.to_json() for name, result in clustered.items()},
    }


def _sensitivity(readings: Readings, answers: PairAnswers, k: int) -> dict[str, Any]:
    """Not gradable as a category of its own, and every unit available in each arm; empty where no unit was
    left out."""
    sides = (answers.before, answers.after)
    if answers.complete.all():
        return {}
    held = [np.all([answer >= 0 for answer in side], axis=0) for side in sides]
    available = [_tables(readings, side, mask, k) for side, mask in zip(sides, held, strict=True)]
    read = np.all([answer >= NOT_GRADABLE for side in sides for answer in side], axis=0)
    own = [_tables(readings, (np.where(x < 0, k, x), np.where(y < 0, k, y)), read, k + 1) for x, y in sides]
    return {
        "all_available": _compared(readings, available),
        "not_gradable_as_category": _compared(readings, own),
    }


def _compared(readings: Readings, tables: list[Counts]) -> dict[str, Any]:
    confidence = readings.plan.confidence
    before, after = tables
    difference: Result = kappa_difference(before, after, confidence=confidence)
    return {
        "before": clustered_kappa(before, confidence=confidence).to_json(),
        "after": clustered_kappa(after, confidence=confidence).to_json(),
        "delta": difference.to_json(),
    }


def _left_out(readings: Readings, pair: tuple[str, str], units: Mask) -> dict[str, Any]:
    rows = [
        {"reader": reader, "arm": arm, "reason": reason, "units": count}
        for reader in pair
        for arm in dict.fromkeys(readings.plan.slots(reader))
        for reason, count in readings.left_out(reader, arm).items()
    ]
    return {"units": int((~units).sum()), "by_reason": rows}


def _warnings(readings: Readings, tables: Counts) -> list[str]:
    pooled = tables.sum(axis=0)
    used = pooled.sum(axis=0) + pooled.sum(axis=1)
    total = int(used.sum())
    if total == 0:
        return ["no unit was graded by both readers in both arms"]
    unused = [c for c, count in zip(readings.plan.categories, used, strict=True) if count == 0]
    rare = [c for c, count in zip(readings.plan.categories, used, strict=True) if 0 < count < 20]
    dominant = int(used.argmax())
    warnings = []
    if unused:
        warnings.append(f"neither reader used grade {', '.join(map(str, unused))}")
    if rare:
        warnings.append(f"grade {', '.join(map(str, rare))} occurs fewer than 20 times in the four readings")
    if used[dominant] / total >= 0.75:
        warnings.append(
            f"{used[dominant] / total:.0%} of the grades are {readings.plan.categories[dominant]}: where one "
            "category dominates, kappa is low even when raw agreement is high"
        )
    n_exams = int((tables.sum(axis=(1, 2)) > 0).sum())
    if n_exams < 30:
        warnings.append(
            f"{n_exams} exams: with about 20, nominal 95% intervals by t(K\N{MINUS SIGN}1) cover about 94%, "
            "percentile bootstrap intervals about 92%"
        )
    return warnings
