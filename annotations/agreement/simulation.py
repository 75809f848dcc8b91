"""Made-up reader studies with clustering, and power, type I error and precision from them.

Model: the comparator's grade follows the margins. The reader copies it with probability kappa and otherwise
draws from the same margins, so that kappa is exact. What decides (the comparator's grade, whether to copy,
the reader's own draw) is each a normal variable behind, correlated by icc within an exam. The second reading
keeps the unit's inclination to copy, and its own draw, with probability `stability` each.
References: Emrich and Piedmonte, Am Stat 1991;45:302 (correlated categories from normal variables); Morris,
White and Crowther, Stat Med 2019;38:2074 (simulation studies).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from annotations.agreement.delta import kappa_difference
from annotations.agreement.mcnemar import clustered_mcnemar, mcnemar
from annotations.agreement.proportions import proportion
from annotations.agreement.result import Result
from annotations.agreement.table import Counts, Floats, TableError


@dataclass(frozen=True)
class Design:
    """A study of one reader pair read twice.

    marginals: how often each grade occurs, shape (k,). before, after: kappa of the pair. icc: correlation of
    units within an exam, on the scale of the normal variables behind; 0 to below 1. stability: chance that
    what the first reading rested on stays.
    """

    exams: int
    units_per_exam: int
    marginals: Sequence[float]
    before: float
    after: float
    icc: float
    stability: float = 0.8

    def __post_init__(self) -> None:
        chances = (self.before, self.after, self.stability)
        if self.exams < 2 or self.units_per_exam < 1 or not all(0 <= chance <= 1 for chance in chances):
            raise TableError("Two exams or more, one unit or more; kappas and stability lie within 0 and 1.")
        if not 0 <= self.icc < 1 or min(self.marginals) < 0 or sum(self.marginals) <= 0:
            raise TableError("The icc lies from 0 to below 1; the margins are not negative and not all zero.")


def _latent(design: Design, generator: np.random.Generator) -> Floats:
    """Standard normal values (exams, units), correlated by icc within an exam, as probabilities."""
    exam = generator.standard_normal((design.exams, 1))
    unit = generator.standard_normal((design.exams, design.units_per_exam))
    shared: Floats = ndtr(np.sqrt(design.icc) * exam + np.sqrt(1 - design.icc) * unit)
    return shared


def simulate(design: Design, generator: np.random.Generator) -> Counts:
    """One study: counts per exam of comparator's grade, reader's before, reader's after, (K, k, k, k)."""
    margin = np.asarray(design.marginals, dtype=np.float64) / sum(design.marginals)
    k, edges = len(margin), np.cumsum(margin)[:-1]

    def grades() -> Counts:
        drawn: Counts = np.searchsorted(edges, _latent(design, generator), side="right")
        return drawn

    comparator, own, other = grades(), grades(), grades()
    copying, copying_anew = _latent(design, generator), _latent(design, generator)
    stays, same_copying = (generator.random(comparator.shape) < design.stability for _ in range(2))
    before = np.where(copying < design.before, comparator, own)
    later = np.where(same_copying, copying, copying_anew)
    after = np.where(later < design.after, comparator, np.where(stays, own, other))
    exams = np.arange(design.exams)[:, None]
    flat = ((exams * k + comparator) * k + before) * k + after
    counts: Counts = np.bincount(flat.ravel(), minlength=design.exams * k**3).reshape(-1, k, k, k)
    return counts


def tables(counts: Counts) -> tuple[Counts, Counts]:
    """Tables (K, k, k) before and after from simulated counts."""
    before: Counts = counts.sum(axis=3)
    after: Counts = counts.sum(axis=2)
    return before, after


def agreements(counts: Counts) -> Counts:
    """Units per exam that agree in both readings, before only, after only, in neither, shape (K, 4)."""
    same = np.eye(counts.shape[1], dtype=bool)
    old, new = same[:, :, None], same[:, None, :]
    kinds = (old & new, old & ~new, ~old & new, ~old & ~new)
    counted: Counts = np.stack([(counts * kind).sum(axis=(1, 2, 3)) for kind in kinds], axis=1)
    return counted


def p_values(counts: Counts) -> dict[str, float | None]:
    """p of the primary test, the plain McNemar tests and the clustered ones, of one simulated study."""
    before, after = tables(counts)
    abcd = agreements(counts)
    tests = {"delta": kappa_difference(before, after)}
    tests |= mcnemar(int(abcd[:, 1].sum()), int(abcd[:, 2].sum())) | clustered_mcnemar(abcd)
    return {name: result.p for name, result in tests.items()}


def simulate_power(
    design: Design, *, studies: int = 1000, alpha: float = 0.05, seed: int = 1
) -> dict[str, Result]:
    """Share of simulated studies that reject, with Wilson's interval, by test; with before = after it is the
    type I error. Keys: delta (the primary test), the plain McNemar tests, the clustered ones.

    A test that is not estimable in a study does not reject there; left_out counts such studies.
    """
    generator = np.random.default_rng(seed)
    drawn = [p_values(simulate(design, generator)) for _ in range(studies)]
    found = {}
    for name in drawn[0] if drawn else ():
        known = [p for study in drawn if (p := study[name]) is not None]
        share = proportion(sum(p < alpha for p in known), studies)["wilson"]
        unknown = {"the test is not estimable": studies - len(known)} if len(known) < studies else {}
        found[name] = replace(share, test=f"share of simulated studies with p < {alpha:g}", left_out=unknown)
    return found


def simulate_precision(design: Design, *, studies: int = 1000, seed: int = 1) -> Result:
    """Mean half-width of the interval of the change of kappa over simulated studies.

    lo, hi: its 2.5th and 97.5th percentile over studies. details: coverage, the share of intervals that hold
    the true change.
    """
    generator, truth = np.random.default_rng(seed), design.after - design.before
    results = [kappa_difference(*tables(simulate(design, generator))) for _ in range(studies)]
    held = [(r.lo, r.hi) for r in results if r.lo is not None and r.hi is not None]
    unknown = {"the interval is not estimable": studies - len(held)} if len(held) < studies else {}
    base = Result(
        confidence=0.95,
        ci_method="percentiles over simulated studies",
        n_units=studies,
        reason="no simulated study gave an interval",
        reference="Morris et al. 2019",
        left_out=unknown,
    )
    if not held:
        return base
    limits = np.array(held)
    width = (limits[:, 1] - limits[:, 0]) / 2
    lo, hi = (float(np.percentile(width, at)) for at in (2.5, 97.5))
    coverage = float(((limits[:, 0] <= truth) & (truth <= limits[:, 1])).mean())
    return replace(
        base, estimate=float(width.mean()), lo=lo, hi=hi, reason="", details={"coverage": coverage}
    )
