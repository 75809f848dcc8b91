"""Recomputes the figures of this report from readings.csv: `python recompute.py` writes recomputed.csv.

Stands on its own: numpy, pandas, scipy, scikit-learn and statsmodels, nothing of the program that wrote the
report. Resampled figures (boot_ci, boot_p) agree within Monte-Carlo error, all others to rounding.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.contingency_tables import mcnemar

PLAN = json.loads(r"""@@PLAN@@""")
HERE = Path(__file__).resolve().parent
CATEGORIES = [str(category) for category in PLAN["categories"]]
ARMS = PLAN["arms"]


def slot(reader, arm):
    return ARMS[0] if reader == PLAN["baseline"] else arm


def readings():
    table = pd.read_csv(HERE / "readings.csv", dtype=str, keep_default_na=False)
    table = table[table["grade"] != ""]
    key = list(dict.fromkeys([PLAN["cluster"], *PLAN["unit"]]))
    wide = table.pivot(index=key, columns=["reader", "arm"], values="grade")
    return wide.reset_index(level=PLAN["cluster"])


def kappa_parts(tables):
    p = tables / tables.sum(axis=(-1, -2), keepdims=True)
    po = np.trace(p, axis1=-2, axis2=-1)
    pe = (p.sum(-1) * p.sum(-2)).sum(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (po - pe) / (1 - pe)


def scores(tables):
    """Each cluster's share in the linearised kappa (Vanbelle 2017)."""
    pooled = tables.sum(axis=0)
    p = pooled / pooled.sum()
    po, pe = np.trace(p), p.sum(1) @ p.sum(0)
    slope = (np.eye(len(p)) * (1 - pe) - (1 - po) * np.add.outer(p.sum(0), p.sum(1))) / (1 - pe) ** 2
    centred = tables - tables.sum(axis=(1, 2), keepdims=True) * p
    return (centred * slope).sum(axis=(1, 2)) / pooled.sum()


def gwet(table):
    p, k = table / table.sum(), len(table)
    margin = (p.sum(0) + p.sum(1)) / 2
    chance = (margin * (1 - margin)).sum() / (k - 1)
    return (np.trace(p) - chance) / (1 - chance)


def eliasziw(counts, plain):
    size, moved = counts.sum(1).astype(float), counts[:, 1] + counts[:, 2]
    n, changed, mean = len(counts), (moved > 0).sum(), size.mean()
    typical = mean - ((size - mean) ** 2).sum() / (n * (n - 1) * mean)
    share = counts.sum(0) / size.sum()
    between = ((counts - size[:, None] * share) ** 2 / size[:, None]).sum() / n
    within = (counts * (size[:, None] - counts) / size[:, None]).sum() / (n * (mean - 1))
    rho = (between - within) / (between + (typical - 1) * within)
    rho_moved = rho / (rho + (share[1] + share[2]) * (1 - rho))
    average = moved.sum() / changed
    spread = ((moved - average) ** 2).sum() - (n - changed) * average**2
    adjusted = average - spread / (changed * (changed - 1) * average)
    return plain / (1 + (adjusted + changed * (average - adjusted) - 1) * rho_moved)


def clustered_tests(counts):
    size, net = counts.sum(1), (counts[:, 1] - counts[:, 2]).astype(float)
    n, plain = len(counts), net.sum() ** 2 / max((counts[:, 1] + counts[:, 2]).sum(), 1)
    shrink, rate = (n - 1) / n, net / size
    around = net - size * net.sum() / size.sum()
    chi = {
        "obuchowski": shrink * net.sum() ** 2 / (net**2).sum(),
        "durkalski": rate.sum() ** 2 / (rate**2).sum(),
        "eliasziw": eliasziw(counts, plain),
        "yang": shrink * net.sum() ** 2 / ((around**2).sum() + (net**2).sum()) * 2,
    }
    return {f"p_{name}": stats.chi2.sf(value, 1) for name, value in chi.items()}


def plain_tests(b, c):
    n, low = b + c, min(b, c)
    table = np.array([[0, b], [c, 0]])
    exact = mcnemar(table, exact=True).pvalue if n else 1.0
    point = stats.binom.pmf(low, n, 0.5)
    return {
        "exact": exact,
        "midp": (1 - point / 2 if b == c else exact - point) if n else 1.0,
        "p": mcnemar(table, exact=False, correction=False).pvalue if n else 1.0,
        "p_cc": mcnemar(table, exact=False, correction=True).pvalue if b != c else 1.0,
    }


def bootstrap(before, after):
    draws = np.random.default_rng(PLAN["seed"] + 1).multinomial(
        len(before), np.full(len(before), 1 / len(before)), size=PLAN["resamples"]
    )
    resampled = [kappa_parts(np.tensordot(draws, tables, axes=1)) for tables in (before, after)]
    change = resampled[1] - resampled[0]
    change = change[np.isfinite(change)]
    tail = 50 * (1 - PLAN["confidence"])
    worse = min((change <= 0).sum(), (change >= 0).sum())
    ci = np.percentile(change, [tail, 100 - tail])
    return {"boot_ci": list(ci), "boot_p": min(1.0, 2 * (1 + worse) / (len(change) + 1))}


def of_pair(wide, first, second):
    columns = [[(reader, slot(reader, arm)) for reader in (first, second)] for arm in ARMS]
    needed = list(dict.fromkeys(column for pair in columns for column in pair))
    if not set(needed) <= set(wide.columns):
        return {}
    own = wide.dropna(subset=needed)
    cluster = pd.factorize(own[PLAN["cluster"]].to_numpy().ravel(), sort=True)[0]
    graded = [[own[column].to_numpy() for column in pair] for pair in columns]
    found, k, tables = {}, len(CATEGORIES), []
    position = {category: index for index, category in enumerate(CATEGORIES)}
    for arm, (a, b) in zip(ARMS, graded):
        found[f"kappa_{arm}"] = cohen_kappa_score(a, b, labels=CATEGORIES)
        table = np.zeros((cluster.max() + 1, k, k))
        np.add.at(table, (cluster, [position[x] for x in a], [position[x] for x in b]), 1)
        tables.append(table)
    absence = CATEGORIES[0]
    found["kappa_presence_only"] = [cohen_kappa_score(a != absence, b != absence) for a, b in graded]
    for weights in ("linear", "quadratic"):
        found[f"kappa_{weights}"] = [
            cohen_kappa_score(a, b, labels=CATEGORIES, weights=weights) for a, b in graded
        ]
    found["gwet_ac1"] = [gwet(table.sum(0)) for table in tables]
    if len(ARMS) == 1:
        return found
    delta = found[f"kappa_{ARMS[1]}"] - found[f"kappa_{ARMS[0]}"]
    n = len(tables[0])
    se = np.sqrt(n / (n - 1) * ((scores(tables[1]) - scores(tables[0])) ** 2).sum())
    agree = [a == b for a, b in graded]
    kind = np.select([agree[0] & agree[1], agree[0], agree[1]], [0, 1, 2], 3)
    counts = np.zeros((n, 4), dtype=int)
    np.add.at(counts, (cluster, kind), 1)
    lost, gained = int(counts[:, 1].sum()), int(counts[:, 2].sum())
    found |= {"delta": delta, "b": lost, "c": gained, "delta_se_cluster": se}
    found["delta_p_wald_cluster"] = 2 * stats.norm.sf(abs(delta) / se)
    found["delta_p_T2"] = 2 * stats.t.sf(abs(delta) / se, n - 1)
    return found | plain_tests(lost, gained) | clustered_tests(counts) | bootstrap(*tables)


def main():
    wide, rows = readings(), []
    for first, second in PLAN["pairs"]:
        for figure, value in of_pair(wide, first, second).items():
            for part, number in enumerate(value if isinstance(value, list) else [value]):
                rows.append((f"{first}-{second}", figure, part, float(number)))
    table = pd.DataFrame(rows, columns=["pair", "figure", "part", "value"])
    table.to_csv(HERE / "recomputed.csv", index=False)


if __name__ == "__main__":
    main()
