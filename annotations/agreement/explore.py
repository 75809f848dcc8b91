"""An analysis beyond the plan: chosen pairs, units, coefficient and weights, on readings that are frozen.

Nothing here is adjusted for how many such analyses are made; whoever shows a result says that it is
exploratory. Change of a coefficient: its difference on the same units, jackknife over exams, t(K-1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from annotations.agreement import coefficients as known
from annotations.agreement.coefficients import Coefficient
from annotations.agreement.jackknife import jackknifed, left_one_out
from annotations.agreement.kappa import NO_UNITS, ONE_CATEGORY
from annotations.agreement.pairs import Mask, pair_answers, tables_of
from annotations.agreement.readings import Readings
from annotations.agreement.result import Result
from annotations.agreement.sections.truth import against_truth
from annotations.agreement.table import Counts
from annotations.agreement.two_readers import against_rest, two_readers
from annotations.agreement.weights import agreement_weights

COEFFICIENTS: dict[str, tuple[str, Coefficient]] = {
    "cohen_kappa": ("Cohen's kappa", known.COHEN),
    "gwet_ac": ("Gwet's AC1 (AC2 with weights)", known.GWET),
    "scott_pi": ("Scott's pi", known.SCOTT),
    "brennan_prediger": ("Brennan and Prediger (PABAK of two categories)", known.BRENNAN_PREDIGER),
    "krippendorff_alpha": ("Krippendorff's alpha", known.ALPHA),
    "percent_agreement": ("Share of units on which both agree", known.PERCENT),
}
WEIGHTS = {"unweighted": "none: only the same grade agrees", "linear": "linear", "quadratic": "quadratic"}
NO_UNITS_LEFT = "No unit is left: choose more of the study."


class ExplorationError(ValueError):
    """A question that cannot be asked; the message says what to choose."""


@dataclass(frozen=True)
class Question:
    """What is asked. pairs: of readers. keep: values kept by column of the unit; a column that is absent
    keeps all. group: "all" categories, "present" (any but the first) or one category by name, against the
    rest. accuracy: whether readers are also held against truth."""

    pairs: tuple[tuple[str, str], ...]
    coefficient: str = "cohen_kappa"
    weights: str = "unweighted"
    group: str = "all"
    keep: Mapping[str, tuple[str, ...]] | None = None
    accuracy: bool = False

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "pairs": [list(pair) for pair in self.pairs],
            "coefficient": self.coefficient,
            "weights": self.weights,
            "group": self.group,
            "keep": {column: list(values) for column, values in (self.keep or {}).items()},
            "accuracy": self.accuracy,
        }


def explore(readings: Readings, question: Question) -> dict[str, Any]:
    """The question, how many units and exams it rests on, rows by pair, and accuracy where asked for.

    Each row: readers, units, exams, the coefficient before and after, and its change, as results. Raises
    ExplorationError on a question that names what is not there.
    """
    _check(readings, question)
    part = subset(readings, kept_units(readings, question.keep or {}))
    accuracy = against_truth(part) if question.accuracy else None
    return {
        "question": question.to_json(),
        "exploratory": True,
        "arms": list(part.plan.arms),
        "n_units": len(part.exam_of),
        "n_exams": len(part.exams),
        "rows": [_row(part, pair, question) for pair in question.pairs],
        "accuracy": accuracy,
    }


def _check(readings: Readings, question: Question) -> None:
    plan = readings.plan
    if not question.pairs:
        raise ExplorationError("Choose at least one pair of readers.")
    if any(len(set(pair)) != 2 or not set(pair) <= set(plan.readers) for pair in question.pairs):
        raise ExplorationError(f"A pair names two of the readers {', '.join(plan.readers)}.")
    if question.coefficient not in COEFFICIENTS or question.weights not in WEIGHTS:
        raise ExplorationError("Choose one of the coefficients and one of the weights.")
    groups = ("all", "present", *map(str, plan.categories[1:]))
    if question.group not in groups:
        raise ExplorationError(f"Grades are taken as one of {', '.join(groups)}.")
    if unknown := set(question.keep or {}) - set(plan.key):
        raise ExplorationError(f"The units have no {', '.join(sorted(unknown))}.")


def kept_units(readings: Readings, keep: Mapping[str, Sequence[str]]) -> Mask:
    """Which units are kept, shape (U,). Raises ExplorationError where none is."""
    mask = np.ones(len(readings.exam_of), dtype=bool)
    for column, values in keep.items():
        mask &= readings.units[column].astype(str).isin(list(values)).to_numpy()
    if not mask.any():
        raise ExplorationError(NO_UNITS_LEFT)
    return mask


def subset(readings: Readings, units: Mask) -> Readings:
    """The same study with some of its units; exams without a unit drop out."""
    held, exam_of = np.unique(readings.exam_of[units], return_inverse=True)
    return replace(
        readings,
        units=readings.units[units].reset_index(drop=True),
        exams=tuple(readings.exams[position] for position in held),
        exam_of=exam_of.astype(np.int64),
        grades=readings.grades[units],
        reasons=readings.reasons[units],
        in_bulk=readings.in_bulk[units],
        ai=None if readings.ai is None else readings.ai[units],
        truth=None if readings.truth is None else readings.truth[units],
        measures={name: values[units] for name, values in readings.measures.items()},
    )


def _row(readings: Readings, pair: tuple[str, str], question: Question) -> dict[str, Any]:
    plan, answers = readings.plan, pair_answers(readings, *pair)
    tables = [
        _grouped(tables_of(readings, side, answers.complete), plan.categories, question.group)
        for side in answers.sides(len(plan.arms))
    ]
    coefficient, weights = COEFFICIENTS[question.coefficient][1], question.weights
    each = [two_readers(table, coefficient, weights, plan.confidence) for table in tables]
    change = _change(tables, coefficient, weights, plan.confidence) if plan.two_arms else None
    return {
        "readers": list(pair),
        "n_units": int(answers.complete.sum()),
        "n_exams": int((tables[0].sum(axis=(1, 2)) > 0).sum()),
        "before": each[0].to_json(),
        "after": each[1].to_json() if plan.two_arms else None,
        "change": None if change is None else change.to_json(),
    }


def _grouped(tables: Counts, categories: Sequence[int | str], group: str) -> Counts:
    if group == "all":
        return tables
    names = list(map(str, categories))
    positions = list(range(1, len(names))) if group == "present" else [names.index(group)]
    return against_rest(tables, positions)


def _change(tables: Sequence[Counts], coefficient: Coefficient, weights: str, confidence: float) -> Result:
    held = tables[0].sum(axis=(1, 2)) > 0
    before, after = (table[held].astype(np.float64) for table in tables)
    result = Result(
        confidence=confidence,
        test=f"change of {coefficient.name} = 0",
        n_units=int(before.sum()),
        n_clusters=int(held.sum()),
        reason=NO_UNITS,
        reference=coefficient.reference,
    )
    if not held.any():
        return result
    matrix = agreement_weights(before.shape[-1], weights)
    whole = [float(coefficient.value(table.sum(axis=0), matrix)) for table in (before, after)]
    if not np.isfinite(whole).all():
        return replace(result, reason=ONE_CATEGORY)
    without = [coefficient.value(left_one_out(table), matrix) for table in (before, after)]
    return jackknifed(result, whole[1] - whole[0], without[1] - without[0])
