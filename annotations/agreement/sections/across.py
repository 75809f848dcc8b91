"""Agreement across all readers of an arm at once."""

from typing import Any

import numpy as np

from annotations.agreement.alpha import LEVELS, krippendorff_alpha, krippendorff_alpha_irr
from annotations.agreement.fleiss import category_kappas
from annotations.agreement.multi import light_kappa, numbers, several_readers
from annotations.agreement.readings import Readings
from annotations.agreement.sections.shape import Section, filled, left_out

COEFFICIENTS: dict[str, tuple[str, str | None]] = {
    "fleiss_kappa": ("fleiss", None),
    "fleiss_kappa_quadratic": ("fleiss", "quadratic"),
    "conger_kappa": ("conger", None),
    "conger_kappa_linear": ("conger", "linear"),
    "conger_kappa_quadratic": ("conger", "quadratic"),
    "gwet_ac1": ("gwet", None),
    "gwet_ac2_quadratic": ("gwet", "quadratic"),
    "brennan_prediger": ("brennan_prediger", None),
    "percent_agreement": ("percent", None),
}
MOST_READERS_FOR_LIGHT = 12


def across_readers(readings: Readings) -> Section:
    """Rows by arm: each coefficient, Krippendorff's alpha by level, and kappa of each category.

    Clustered by exam; where every exam is one unit, by unit. A
    baseline reader's single reading counts in both arms. Units that only one reader graded are left out of
    a coefficient and counted there. Alpha at the interval and ratio levels takes the categories as numbers
    where they are numbers, else their positions.
    """
    if len(readings.plan.readers) < 3:
        return left_out("there are two readers: see the pair")
    return filled([_row(readings, phase) for phase in range(len(readings.plan.arms))])


def _row(readings: Readings, phase: int) -> dict[str, Any]:
    plan = readings.plan
    answers = np.stack([readings.of(reader, plan.slots(reader)[phase]) for reader in plan.readers], axis=1)
    answers = np.where(answers < 0, -1, answers)
    ratings = np.where(answers < 0, np.nan, answers)
    asked: dict[str, Any] = {
        "categories": list(range(len(plan.categories))),
        "clusters": None if len(readings.exams) == len(readings.exam_of) else readings.exam_of,
        "confidence": plan.confidence,
    }
    row: dict[str, Any] = {"arm": plan.arms[phase], "readers": list(plan.readers)}
    for name, (key, weights) in COEFFICIENTS.items():
        row[name] = several_readers(ratings, key, weights=weights, **asked).to_json()
    values = np.array([*(numbers(plan.categories) or range(len(plan.categories))), np.nan])
    scale = {**asked, "categories": values[:-1].tolist()}
    for level in LEVELS:
        row[f"krippendorff_alpha_{level}"] = krippendorff_alpha(values[answers], level, **scale).to_json()
    as_irr = krippendorff_alpha_irr(ratings, "ordinal", categories=asked["categories"])
    row["krippendorff_alpha_ordinal_irr"] = as_irr.to_json()
    if len(plan.readers) <= MOST_READERS_FOR_LIGHT:
        row["light_kappa"] = light_kappa(ratings, **asked).to_json()
    row["kappa_of_categories"] = [result.to_json() for result in category_kappas(ratings, **asked)]
    return row
