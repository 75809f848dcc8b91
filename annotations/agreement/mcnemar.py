"""McNemar's test of paired yes/no outcomes: as usually done, and its counterparts for correlated units.

Here the outcome of a unit is "the reader agrees with the comparator", before and after.
References: McNemar, Psychometrika 1947;12:153. Fagerland, Lydersen and Laake, BMC Med Res Methodol 2013;13:91
(exact, mid-p). Eliasziw and Donner, Stat Med 1991;10:1981. Obuchowski, Stat Med 1998;17:1495. Durkalski et
al., Stat Med 2003;22:2417. Yang, Sun and Hardin, Biom J 2010;52:638.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from annotations.agreement.result import NO_CLUSTERS, Result
from annotations.agreement.table import Counts, Floats, TableError

NONE_CHANGED = "no unit changed: there is nothing to test, p is 1 by convention"
UNDEFINED = "the intracluster correlation of the units that changed is undefined"
BALANCED = "every cluster gains as many units as it loses: the variance between clusters is zero"
PLAIN = "ignores clustering"


def mcnemar(b: int, c: int) -> dict[str, Result]:
    """The four usual tests from the discordant counts; all of them treat units as independent.

    b: outcome before only. c: outcome after only. Keys: exact, midp, asymptotic, corrected (Edwards).
    b = c = 0 gives p = 1 throughout, and b = c leaves nothing to correct. Raises TableError on anything
    but counts.
    """
    if b < 0 or c < 0 or b != int(b) or c != int(c):
        raise TableError("Discordant counts are whole numbers from 0 up.")
    n, low = b + c, min(b, c)
    warnings = (PLAIN,) if n else (PLAIN, NONE_CHANGED)
    result = Result(p=1.0, n_units=n, warnings=warnings, reference="McNemar 1947; Fagerland et al. 2013")
    point = float(stats.binom.pmf(low, n, 0.5))
    exact = min(1.0, 2 * float(stats.binom.cdf(low, n, 0.5)))
    midp = (1 - point / 2 if b == c else exact - point) if n else 1.0
    plain = (b - c) ** 2 / n if n else 0.0
    corrected = (abs(b - c) - 1) ** 2 / n if b != c else 0.0
    return {
        "exact": replace(result, p=exact, test="McNemar exact"),
        "midp": replace(result, p=midp, test="McNemar mid-p"),
        "asymptotic": _chi_square(replace(result, test="McNemar asymptotic"), plain),
        "corrected": _chi_square(replace(result, test="McNemar with continuity correction"), corrected),
    }


def _chi_square(result: Result, statistic: float) -> Result:
    return replace(result, statistic=statistic, df=1.0, p=float(stats.chi2.sf(statistic, 1)), reason="")


def clustered_mcnemar(abcd: ArrayLike) -> dict[str, Result]:
    """Four tests that allow for correlated units, from counts of shape (K, 4): both, before only, after only,
    neither; empty clusters are dropped.

    Keys: obuchowski, durkalski, eliasziw, yang; each a chi-square with 1 df, meant for many clusters. No
    discordant unit gives p = 1. Raises TableError on anything but counts.
    """
    array = np.asarray(abcd)
    if array.ndim != 2 or array.shape[1] != 4 or np.any(array < 0) or np.any(array != np.floor(array)):
        raise TableError("Expected four counts per cluster: both, before only, after only, neither.")
    counts: Counts = array.astype(np.int64)
    counts = counts[counts.sum(axis=1) > 0]
    n_clusters = len(counts)
    b, c = counts[:, 1], counts[:, 2]
    few = ("meant for many clusters",) if n_clusters < 30 else ()
    base = Result(p=1.0, n_units=int(counts.sum()), n_clusters=n_clusters, warnings=few)
    results = {
        "obuchowski": replace(base, test="Obuchowski", reference="Obuchowski 1998"),
        "durkalski": replace(base, test="Durkalski", reference="Durkalski et al. 2003"),
        "eliasziw": replace(base, test="Eliasziw-Donner", reference="Eliasziw and Donner 1991"),
        "yang": replace(base, test="Yang-Sun-Hardin", reference="Yang, Sun and Hardin 2010"),
    }
    if b.sum() + c.sum() == 0:
        return {
            key: replace(_chi_square(r, 0.0), warnings=(*few, NONE_CHANGED)) for key, r in results.items()
        }
    if n_clusters < 2:
        return {key: replace(result, p=None, reason=NO_CLUSTERS) for key, result in results.items()}
    ratios = _between_clusters(counts) | {"eliasziw": _eliasziw(counts)}
    return {
        key: replace(result, p=None, reason=ratio)
        if isinstance(ratio := ratios[key], str)
        else _chi_square(result, ratio)
        for key, result in results.items()
    }


def _between_clusters(counts: Counts) -> dict[str, float | str]:
    size = counts.sum(axis=1)
    net = (counts[:, 1] - counts[:, 2]).astype(np.float64)
    n_clusters = len(counts)
    if not net.any():
        return dict.fromkeys(("obuchowski", "durkalski", "yang"), BALANCED)
    shrink = (n_clusters - 1) / n_clusters
    about_mean = net - size * net.sum() / size.sum()
    yang = (about_mean**2 + net**2).sum() / 2
    rate: Floats = net / size
    return {
        "obuchowski": float(shrink * net.sum() ** 2 / (net**2).sum()),
        "durkalski": float(rate.sum() ** 2 / (rate**2).sum()),
        "yang": float(shrink * net.sum() ** 2 / yang),
    }


def _eliasziw(counts: Counts) -> float | str:
    """McNemar's chi-square divided by 1 + (n_c - 1) rho, rho by analysis of variance of all four outcomes."""
    size = counts.sum(axis=1).astype(np.float64)
    discordant = (counts[:, 1] + counts[:, 2]).astype(np.float64)
    changed, n_clusters = int((discordant > 0).sum()), len(counts)
    b, c = int(counts[:, 1].sum()), int(counts[:, 2].sum())
    plain = (b - c) ** 2 / (b + c)
    mean_size = size.mean()
    if mean_size == 1:
        return plain
    if changed < 2:
        return "fewer than two clusters hold a unit that changed"
    typical = mean_size - ((size - mean_size) ** 2).sum() / (n_clusters * (n_clusters - 1) * mean_size)
    share = counts.sum(axis=0) / size.sum()
    between = ((counts - size[:, None] * share) ** 2 / size[:, None]).sum() / n_clusters
    within = (counts * (size[:, None] - counts) / size[:, None]).sum() / (n_clusters * (mean_size - 1))
    spread_of_units = between + (typical - 1) * within
    if abs(spread_of_units) < 1e-12:
        return UNDEFINED
    rho_all = (between - within) / spread_of_units
    denominator = rho_all + (share[1] + share[2]) * (1 - rho_all)
    mean = discordant.sum() / changed
    spread = ((discordant - mean) ** 2).sum() - (n_clusters - changed) * mean**2
    adjusted_mean = mean - spread / (changed * (changed - 1) * mean)
    size_of_cluster = adjusted_mean + changed * (mean - adjusted_mean)
    if abs(denominator) < 1e-12:
        return UNDEFINED
    inflation = 1 + (size_of_cluster - 1) * rho_all / denominator
    if inflation <= 0:
        return "the estimated variance inflation is not positive"
    return float(plain / inflation)
