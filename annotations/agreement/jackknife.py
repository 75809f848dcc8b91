"""The one interval for every coefficient: leave one cluster out, t(K-1).

Reference: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 11; Quenouille 1956; Tukey 1958.
"""

from dataclasses import replace

import numpy as np

from annotations.agreement.kappa import NO_SPREAD, TINY, with_t
from annotations.agreement.result import NO_CLUSTERS, Result
from annotations.agreement.table import Floats

JACKKNIFE = "cluster jackknife, t(K-1)"
FRAGILE = "undefined when one of the clusters is left out: it rests on that cluster alone"


def left_one_out(sums: Floats) -> Floats:
    """Totals without each cluster in turn: from sums of shape (K, ...) to the same shape."""
    rest: Floats = sums.sum(axis=0) - sums
    return rest


def jackknifed(result: Result, estimate: float, without: Floats) -> Result:
    """`result` with its estimate, and the t interval and test from the estimates without each cluster (K,).

    The interval is centred on the estimate; the standard error is sqrt((K-1)/K * sum((x - mean(x))**2)).
    """
    result = replace(result, estimate=estimate, ci_method=JACKKNIFE, n_clusters=len(without))
    n_clusters = len(without)
    if n_clusters < 2:
        return replace(result, reason=NO_CLUSTERS)
    if not np.all(np.isfinite(without)):
        return replace(result, reason=FRAGILE)
    se = float(np.sqrt((n_clusters - 1) / n_clusters * ((without - without.mean()) ** 2).sum()))
    if se < TINY:
        return replace(result, reason=NO_SPREAD)
    return with_t(result, se, n_clusters - 1)
