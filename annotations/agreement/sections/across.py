"""Agreement across all readers of an arm at once."""

from typing import Any

import numpy as np

from annotations.agreement.alpha import krippendorff_alpha
from annotations.agreement.multi import light_kappa, several_readers
from annotations.agreement.readings import Readings
from annotations.agreement.sections.shape import Section, filled, left_out

COEFFICIENTS = {
    "fleiss_kappa": "fleiss",
    "conger_kappa": "conger",
    "gwet_ac1": "gwet",
    "brennan_prediger": "brennan_prediger",
    "percent_agreement": "percent",
}
MOST_READERS_FOR_LIGHT = 12


def across_readers(readings: Readings) -> Section:
    """Rows by arm: each coefficient, and Krippendorff's alpha (nominal, ordinal), clustered by exam.

    A baseline reader's single reading counts in both arms. Units that only one reader graded are left out of
    a coefficient and counted there.
    """
    if len(readings.plan.readers) < 3:
        return left_out("there are two readers: see the pair")
    return filled([_row(readings, phase) for phase in range(len(readings.plan.arms))])


def _row(readings: Readings, phase: int) -> dict[str, Any]:
    plan = readings.plan
    answers = np.stack([readings.of(reader, plan.slots(reader)[phase]) for reader in plan.readers], axis=1)
    ratings = np.where(answers < 0, np.nan, answers)
    asked: dict[str, Any] = {
        "categories": list(range(len(plan.categories))),
        "clusters": readings.exam_of,
        "confidence": plan.confidence,
    }
    row: dict[str, Any] = {"arm": plan.arms[phase], "readers": list(plan.readers)}
    row |= {name: several_readers(ratings, key, **asked).to_json() for name, key in COEFFICIENTS.items()}
    for level in ("nominal", "ordinal"):
        row[f"krippendorff_alpha_{level}"] = krippendorff_alpha(ratings, level, **asked).to_json()
    if len(plan.readers) <= MOST_READERS_FOR_LIGHT:
        row["light_kappa"] = light_kappa(ratings, **asked).to_json()
    return row
