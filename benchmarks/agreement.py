"""Speed of the agreement statistics beside the libraries: `python benchmarks/agreement.py`.

10 000 exam-level resamples of one kappa against a loop over scikit-learn (timed on 100 resamples, scaled up)
and against the bare numpy operations that any such bootstrap needs; Fleiss' kappa and nominal alpha of a
million ratings against statsmodels and krippendorff. Everything is timed in turns in one process; the median
of several turns is printed, with the ratio aimed at.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import krippendorff
import numpy as np
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from annotations.agreement import cluster_tables, fleiss_kappa, krippendorff_alpha
from annotations.agreement.resampling import resampled_kappas
from annotations.agreement.weights import agreement_weights

RESAMPLES, LOOPED, TURNS = 10_000, 100, 9
SHORTEST = 0.05
GRADES = [0, 1, 2, 3]


def seconds(task: Callable[[], object]) -> float:
    """Wall time of one call, the mean of as many as take SHORTEST seconds, so that what else runs on the
    machine weighs on short and on long tasks alike."""
    begun, calls = time.perf_counter(), 0
    while not calls or (spent := time.perf_counter() - begun) < SHORTEST:
        task()
        calls += 1
    return spent / calls


def in_turns(tasks: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median seconds of each task over TURNS rounds, every task once a round."""
    for task in tasks.values():
        task()
    rounds = [{name: seconds(task) for name, task in tasks.items()} for _ in range(TURNS)]
    return {name: median(each[name] for each in rounds) for name in tasks}


def line(what: str, ours: float, theirs: float, aim: float) -> None:
    """One ratio, ours divided by theirs."""
    ratio = ours / theirs
    word = "ok" if ratio <= aim else "MISSED"
    print(f"{what:<58} {1e3 * ours:>9.2f} ms {1e3 * theirs:>12.2f} ms  {ratio:<9.5f} aim {aim:.5f} {word}")


def resampling(exams: int, units: int, aim: float) -> None:
    """The bootstrap of one kappa, exams x units."""
    generator = np.random.default_rng(1)
    first = generator.integers(0, 4, exams * units)
    second = np.where(generator.random(exams * units) < 0.6, first, generator.integers(0, 4, exams * units))
    exam = np.repeat(np.arange(exams), units)
    weights = agreement_weights(4)

    def ours() -> object:
        tables = cluster_tables(first.tolist(), second.tolist(), exam.tolist(), GRADES)
        return resampled_kappas([tables], weights, RESAMPLES, 1)

    tables = cluster_tables(first.tolist(), second.tolist(), exam.tolist(), GRADES)

    def core() -> object:
        return resampled_kappas([tables], weights, RESAMPLES, 1)

    flat = tables.reshape(exams, -1).astype(np.float64)

    def floor() -> object:
        drawer = np.random.default_rng(1)
        rows = max(1, min(RESAMPLES, 25_000 // exams))
        blocks = []
        for start in range(0, RESAMPLES, rows):
            block = min(rows, RESAMPLES - start)
            picks = drawer.integers(0, exams, size=(block, exams)) + np.arange(block)[:, None] * exams
            counts = np.bincount(picks.ravel(), minlength=block * exams).reshape(block, exams)
            blocks.append(counts.astype(np.float64) @ flat)
        return np.concatenate(blocks)

    def looped() -> object:
        drawer = np.random.default_rng(1)
        of_exam = [np.flatnonzero(exam == e) for e in range(exams)]
        found = []
        for _ in range(LOOPED):
            rows = np.concatenate([of_exam[e] for e in drawer.integers(0, exams, exams)])
            found.append(cohen_kappa_score(first[rows], second[rows], labels=GRADES))
        return found

    timed = in_turns({"whole": ours, "core": core, "floor": floor, "sklearn": looped})
    what = f"10 000 resamples, {exams} x {units}"
    line(f"{what} / scikit-learn loop", timed["whole"], timed["sklearn"] * RESAMPLES / LOOPED, aim)
    line(f"{what} / bare numpy", timed["core"], timed["floor"], 1.5)


def million() -> None:
    """Fleiss' kappa and nominal alpha of 100 000 units x 10 readers."""
    generator = np.random.default_rng(2)
    truth = generator.integers(0, 4, 100_000)[:, None]
    ratings = np.where(generator.random((100_000, 10)) < 0.7, truth, generator.integers(0, 4, (100_000, 10)))
    timed = in_turns(
        {
            "fleiss": lambda: fleiss_kappa(ratings, categories=GRADES),
            "alpha": lambda: krippendorff_alpha(ratings, categories=GRADES),
            "statsmodels": lambda: statsmodels_fleiss(aggregate_raters(ratings, 4)[0]),
            "krippendorff": lambda: krippendorff.alpha(
                ratings.T, value_domain=GRADES, level_of_measurement="nominal"
            ),
        }
    )
    line("Fleiss of 1 000 000 ratings / statsmodels", timed["fleiss"], timed["statsmodels"], 1 / 50)
    line("alpha of 1 000 000 ratings / krippendorff", timed["alpha"], timed["krippendorff"], 1 / 50)


if __name__ == "__main__":
    print(f"{'':<58} {'ours':>12} {'theirs':>15}  ratio")
    resampling(20, 12, 1 / 2000)
    resampling(1000, 12, 1 / 150)
    million()
