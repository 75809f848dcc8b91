"""Secondary coefficients of one pair in one arm, all by one method: jackknife over exams, t(K-1)."""

from typing import Any

from annotations.agreement import coefficients as known
from annotations.agreement.coefficients import Coefficient
from annotations.agreement.table import Counts
from annotations.agreement.two_readers import specific_agreement, two_readers, type_kappa

COEFFICIENTS: dict[str, tuple[Coefficient, str | None]] = {
    "percent_agreement": (known.PERCENT, None),
    "kappa_linear": (known.COHEN, "linear"),
    "kappa_quadratic": (known.COHEN, "quadratic"),
    "gwet_ac1": (known.GWET, None),
    "gwet_ac2_quadratic": (known.GWET, "quadratic"),
    "pabak": (known.PABAK, None),
    "brennan_prediger": (known.BRENNAN_PREDIGER, None),
    "scott_pi": (known.SCOTT, None),
    "krippendorff_alpha": (known.ALPHA, None),
}


def secondary(tables: Counts, confidence: float) -> dict[str, Any]:
    """Name to result: the above, positive and negative specific agreement, and kappa of each category but the
    first against all others ("kappa_of_categories"). tables: counts (K, k, k)."""
    k = tables.shape[-1]
    found: dict[str, Any] = {
        name: two_readers(tables, coefficient, weights, confidence).to_json()
        for name, (coefficient, weights) in COEFFICIENTS.items()
    }
    found["positive_agreement"] = specific_agreement(tables, list(range(1, k)), confidence).to_json()
    found["negative_agreement"] = specific_agreement(tables, 0, confidence).to_json()
    found["kappa_of_categories"] = [
        type_kappa(tables, position, confidence).to_json() for position in range(1, k)
    ]
    return found
