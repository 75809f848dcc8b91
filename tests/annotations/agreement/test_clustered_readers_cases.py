"""Several readers and cases where cases come in clusters: held to leaving the clusters out one by one."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from annotations.agreement import obuchowski_rockette
from annotations.agreement.analysis import analyse
from annotations.agreement.mrmc_cases import case_covariance, cluster_covariance, kernel

generator = np.random.default_rng(20221126)
CLUSTERS = np.repeat(np.arange(15), 4)
TRUTH = generator.integers(0, 2, 60)
NOISE = generator.normal(1, 1, (2, 3, 60)) + generator.normal(0, 0.7, 15)[CLUSTERS]
SCORES = np.clip(TRUTH + NOISE, 0, 4).round()
CALLED = (SCORES >= 2).astype(float)
METRICS = {"auc": SCORES, "sensitivity": CALLED, "specificity": CALLED}


def figure(metric, scores, truth):
    if metric == "auc":
        pairs = (truth == 1).sum() * (truth == 0).sum()
        return stats.mannwhitneyu(scores[truth == 1], scores[truth == 0]).statistic / pairs
    return scores[truth == 1].mean() if metric == "sensitivity" else 1 - scores[truth == 0].mean()


@pytest.mark.parametrize("metric", METRICS)
def test_the_covariance_is_that_of_leaving_each_cluster_out(metric):
    cases = kernel(METRICS[metric], TRUTH, metric, CLUSTERS.tolist())
    found = cluster_covariance(cases.values.reshape(6, *cases.values.shape[2:]), cases.groups)
    kind = {"sensitivity": TRUTH == 1, "specificity": TRUTH == 0}.get(metric, np.ones(60, bool))
    labels = np.unique(CLUSTERS[kind])
    flat = METRICS[metric].reshape(6, 60)
    without = np.array(
        [[figure(metric, row[k != CLUSTERS], TRUTH[k != CLUSTERS]) for row in flat] for k in labels]
    )
    centred = without - without.mean(axis=0)
    assert found == pytest.approx((len(labels) - 1) / len(labels) * centred.T @ centred)
    assert cases.n_clusters == len(labels)


@pytest.mark.parametrize("metric", METRICS)
def test_one_case_per_cluster_is_the_jackknife_over_cases(metric):
    cases = kernel(METRICS[metric], TRUTH, metric, list(range(60)))
    values = cases.values.reshape(6, *cases.values.shape[2:])
    assert cluster_covariance(values, cases.groups) == pytest.approx(case_covariance(values, "jackknife"))
    alone = obuchowski_rockette(METRICS[metric], TRUTH, metric, clusters=list(range(60)))
    plain = obuchowski_rockette(METRICS[metric], TRUTH, metric)
    assert (alone.se, alone.df, alone.p) == pytest.approx((plain.se, plain.df, plain.p))


@pytest.mark.parametrize("metric", ["sensitivity", "specificity"])
def test_copies_of_a_case_in_its_cluster_add_nothing(metric):
    """Taken as independent, every case twice would look like twice as many."""
    scores, truth = np.repeat(METRICS[metric], 2, axis=2), np.repeat(TRUTH, 2)
    once = obuchowski_rockette(METRICS[metric], TRUTH, metric, clusters=CLUSTERS.tolist())
    twice = obuchowski_rockette(scores, truth, metric, clusters=np.repeat(CLUSTERS, 2).tolist())
    assert (twice.se, twice.p) == pytest.approx((once.se, once.p))
    assert twice.n_units == 2 * once.n_units
    assert twice.n_clusters == once.n_clusters


def test_one_cluster_or_one_that_holds_all_of_a_kind_is_not_estimable_and_says_why():
    one = obuchowski_rockette(METRICS["auc"], TRUTH, "auc", clusters=["x"] * 60)
    assert (one.p, bool(one.reason)) == (None, True)
    lone = np.where(CLUSTERS == 0, 1, 0)
    alone = obuchowski_rockette(METRICS["auc"], lone, "auc", clusters=CLUSTERS.tolist())
    assert alone.p is None
    assert "rests on that cluster alone" in alone.reason


def test_the_report_leaves_out_whole_exams_and_adds_the_area_where_there_are_confidences():
    rows = [
        {"exam": f"E{e}", "level": "L1", "half": h, "reader": r, "arm": a, "truth": (e + i) % 2}
        for e in range(12) for i, h in enumerate(("upper", "lower"))
        for r in ("R1", "R2", "R3") for a in ("x", "y")
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    table["grade"] = np.where(generator.random(len(table)) < 0.8, table["truth"], 1 - table["truth"])
    plan = {"arms": ["x", "y"], "readers": ["R1", "R2", "R3"], "resamples": 50}
    plain = analyse(table, plan)["sections"]["accuracy"]["readers_compared"]
    assert [row["metric"] for row in plain] == ["sensitivity", "specificity"]
    assert plain[0]["difference"]["n_clusters"] == 12
    table["confidence"] = generator.integers(1, 4, len(table))
    found = analyse(table, plan)["sections"]["accuracy"]["readers_compared"]
    assert [row["metric"] for row in found] == ["sensitivity", "specificity", "auc"]
    table["score"] = np.where(table["grade"] > 0, table["confidence"], -table["confidence"])
    area = {
        arm: np.mean([
            figure("auc", own["score"].to_numpy(), own["truth"].to_numpy())
            for _, own in table[table["arm"] == arm].groupby("reader")
        ])
        for arm in ("x", "y")
    }  # fmt: skip
    assert found[2]["difference"]["estimate"] == pytest.approx(area["y"] - area["x"])
    table["confidence"] = None
    assert len(analyse(table, plan)["sections"]["accuracy"]["readers_compared"]) == 2
