"""One reader pair: agreement in one arm or before and after on the same units, its change, what was left
out."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotations.agreement.delta import kappa_difference
from annotations.agreement.kappa import clustered_kappa
from annotations.agreement.mcnemar import clustered_mcnemar, mcnemar
from annotations.agreement.readings import NOT_GRADABLE, Readings
from annotations.agreement.resampling import bootstrap_difference
from annotations.agreement.result import Result
from annotations.agreement.secondary import secondary
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

    def sides(self, n_arms: int) -> tuple[tuple[Counts, Counts], ...]:
        """The comparisons in their order: one for a plan with one arm."""
        return (self.before, self.after)[:n_arms]


def pair_answers(readings: Readings, first: str, second: str) -> PairAnswers:
    """The answers of a pair; the baseline's single reading stands in both comparisons."""
    slots = [readings.plan.slots(reader) for reader in (first, second)]
    before, after = (
        (readings.of(first, slots[0][phase]), readings.of(second, slots[1][phase])) for phase in (0, 1)
    )
    return PairAnswers(before, after)


def tables_of(
    readings: Readings, answers: tuple[Counts, Counts], units: Mask, k: int | None = None
) -> Counts:
    """Counts (K, k, k) of two readers' answers (U,) over the units where the mask is true."""
    k = k or len(readings.plan.categories)
    exams = readings.exam_of[units]
    flat = (exams * k + answers[0][units]) * k + answers[1][units]
    counted = np.bincount(flat, minlength=len(readings.exams) * k * k)
    tables: Counts = counted.reshape(len(readings.exams), k, k)
    return tables


UNPAIRED = (
    "the arms are unpaired: no unit was graded by both readers in both arms, and the test needs the same "
    "units twice"
)


def pair_tables(readings: Readings, first: str, second: str) -> list[Counts]:
    """Counts (K, k, k) of the analysis set, earlier arm and later, or of the only arm."""
    answers = pair_answers(readings, first, second)
    sides = answers.sides(len(readings.plan.arms))
    return [tables_of(readings, side, answers.complete) for side in sides]


def analyse_pair(readings: Readings, first: str, second: str) -> dict[str, Any]:
    """Every figure of one pair as plain JSON values; p values adjusted over pairs are added by the caller.

    What speaks of a change (after, delta, bootstrap, mcnemar) is None where the plan has one arm.
    """
    plan = readings.plan
    answers = pair_answers(readings, first, second)
    units, tables = answers.complete, pair_tables(readings, first, second)
    change: dict[str, Any] = dict.fromkeys(("after", "delta", "bootstrap", "mcnemar"))
    if plan.two_arms:
        change = _change(readings, answers, tables)
    return {
        "readers": [first, second],
        "arms": {reader: list(plan.slots(reader))[: len(plan.arms)] for reader in (first, second)},
        "n_units": int(units.sum()),
        "n_exams": int((tables[0].sum(axis=(1, 2)) > 0).sum()),
        "before": _side(tables[0], plan.confidence),
        **change,
        "sensitivity": _sensitivity(readings, answers, len(plan.categories)) if plan.two_arms else {},
        "left_out": _left_out(readings, (first, second), units),
        "warnings": _warnings(readings, np.sum(tables, axis=0)),
    }


def _change(readings: Readings, answers: PairAnswers, tables: list[Counts]) -> dict[str, Any]:
    plan, (before, after) = readings.plan, tables
    bootstrap = bootstrap_difference(
        before, after, resamples=plan.resamples, seed=plan.seed, confidence=plan.confidence
    )
    return {
        "after": _side(after, plan.confidence),
        "delta": kappa_difference(before, after, confidence=plan.confidence).to_json(),
        "bootstrap": bootstrap.to_json(),
        "mcnemar": _mcnemar(readings, answers, answers.complete),
    }


def _side(tables: Counts, confidence: float) -> dict[str, Any]:
    return {
        "table": tables.sum(axis=0).tolist(),
        "kappa": clustered_kappa(tables, confidence=confidence).to_json(),
        "kappa_presence": clustered_kappa(presence(tables), confidence=confidence).to_json(),
        "secondary": secondary(tables, confidence),
    }


def presence(tables: Counts) -> Counts:
    """Tables (K, 2, 2) of absence (the first category) against all others."""
    return collapse(tables, [[0], list(range(1, tables.shape[-1]))])


def _mcnemar(readings: Readings, answers: PairAnswers, units: Mask) -> dict[str, Any]:
    old = answers.before[0][units] == answers.before[1][units]
    new = answers.after[0][units] == answers.after[1][units]
    kind = np.select([old & new, old, new], [0, 1, 2], 3)
    counted = np.bincount(readings.exam_of[units] * 4 + kind, minlength=len(readings.exams) * 4)
    abcd = counted.reshape(-1, 4)
    both, lost, gained, neither = (int(count) for count in abcd.sum(axis=0))
    plain, clustered = mcnemar(lost, gained), clustered_mcnemar(abcd)
    if not units.any():
        plain, clustered = (
            {
                name: replace(r, p=None, statistic=None, df=None, warnings=(), reason=UNPAIRED)
                for name, r in group.items()
            }
            for group in (plain, clustered)
        )
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
    available = [tables_of(readings, side, mask, k) for side, mask in zip(sides, held, strict=True)]
    read = np.all([answer >= NOT_GRADABLE for side in sides for answer in side], axis=0)
    own = [tables_of(readings, (np.where(x < 0, k, x), np.where(y < 0, k, y)), read, k + 1) for x, y in sides]
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
        return ["no unit was graded by both readers in every arm"]
    unused = [c for c, count in zip(readings.plan.categories, used, strict=True) if count == 0]
    rare = [c for c, count in zip(readings.plan.categories, used, strict=True) if 0 < count < 20]
    dominant = int(used.argmax())
    warnings = []
    if unused:
        warnings.append(f"neither reader used grade {', '.join(map(str, unused))}")
    if rare:
        warnings.append(f"grade {', '.join(map(str, rare))} occurs fewer than 20 times in all")
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
