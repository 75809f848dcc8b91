"""Margins over clusters, several kappas at once, and the likelihood ratio: held to what they must equal."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from annotations.agreement import (
    bhapkar,
    clustered_margins,
    dependent_kappas,
    joint_change,
    kappa_difference,
    mixed_model,
    reading_time,
)
from annotations.agreement.analysis import analyse
from annotations.agreement.mixed import likelihood_ratio

generator = np.random.default_rng(20221126)
COUNTS = generator.multinomial(6, np.outer([0.5, 0.3, 0.2], [0.4, 0.35, 0.25]).ravel(), 24).reshape(24, 3, 3)


def one_unit_each(table):
    """A table (k, k) as one cluster per unit."""
    cells = np.repeat(np.arange(table.size), table.ravel())
    return np.eye(table.size, dtype=int)[cells].reshape(-1, *table.shape)


def test_clustered_margins_with_one_unit_per_cluster_are_bhapkars():
    table = COUNTS.sum(axis=0)
    found, plain, n = clustered_margins(one_unit_each(table)), bhapkar(table), table.sum()
    assert found.statistic == pytest.approx(plain.statistic * (n - 1) / n)
    assert found.df == plain.df


def test_clustered_margins_of_two_categories_are_the_squared_t_of_the_clusters_differences():
    two = COUNTS[:, :2, :2]
    gap = (two.sum(axis=2) - two.sum(axis=1))[:, 0]
    t = stats.ttest_1samp(gap, 0)
    found = clustered_margins(two)
    assert (found.statistic, found.p, found.df) == pytest.approx((t.statistic**2, t.pvalue, 1))


def test_clustered_margins_stay_when_categories_clusters_or_readers_change_places():
    found = clustered_margins(COUNTS)
    order = generator.permutation(24)
    for same in (COUNTS[order], COUNTS.transpose(0, 2, 1), COUNTS[:, ::-1, ::-1]):
        assert clustered_margins(same).p == pytest.approx(found.p)
    symmetric = COUNTS + COUNTS.transpose(0, 2, 1)
    assert clustered_margins(symmetric).p == 1.0
    assert clustered_margins(COUNTS[:1]).p is None
    assert clustered_margins(np.zeros((3, 2, 2), int)).p is None
    assert "spread" in clustered_margins(COUNTS[:2]).reason or clustered_margins(COUNTS[:2]).p is not None


def test_their_level_holds_where_units_of_a_cluster_move_together():
    hits, runs = 0, 400
    for _ in range(runs):
        shift = generator.normal(0, 1.5, 20)
        first = generator.random((20, 12)) < 1 / (1 + np.exp(-shift))[:, None]
        second = generator.random((20, 12)) < 1 / (1 + np.exp(-generator.normal(0, 1.5, 20)))[:, None]
        tables = np.zeros((20, 2, 2), int)
        np.add.at(tables, (np.repeat(np.arange(20), 12), first.ravel() * 1, second.ravel() * 1), 1)
        hits += clustered_margins(tables).p < 0.05
    assert 0.025 < hits / runs < 0.085


def test_one_kappas_joint_change_is_its_own_test():
    before, after = COUNTS, COUNTS[::-1] + np.eye(3, dtype=int)
    joint, alone = joint_change([before], [after]), kappa_difference(before, after)
    assert (joint.statistic, joint.p) == pytest.approx((alone.statistic**2, alone.p))
    twice = joint_change([before, before + 1], [after, after + 1])
    assert twice.df == 2
    assert joint_change([before] * 2, [after] * 2).p is None
    assert joint_change([before[:1]], [after[:1]]).reason


def test_dependent_kappas_of_two_arms_and_the_joint_change_of_one_pair_agree():
    before, after = COUNTS, COUNTS[::-1] + np.eye(3, dtype=int)
    assert dependent_kappas([before, after]).statistic == pytest.approx(
        joint_change([before], [after]).statistic
    )


DRAWN = iter(generator.integers(0, 3, 1000))


def table():
    rows = [
        {"exam": f"E{e}", "level": "L1", "half": h, "reader": r, "arm": a, "grade": int(next(DRAWN))}
        for e in range(12) for h in ("upper", "lower") for r in ("R1", "R2", "R3") for a in ("x", "y")
        if (r, a) != ("R1", "y")
    ]  # fmt: skip
    return pd.DataFrame(rows)


PLAN = {"arms": ["x", "y"], "readers": ["R1", "R2", "R3"], "baseline": "R1", "resamples": 50}


def test_the_report_asks_both_for_readers_and_pairs():
    sections = analyse(table(), PLAN)["sections"]
    rows = sections["marginal_change"]["rows"]
    assert [row["reader"] for row in rows] == ["R2", "R3"]
    assert set(rows[0]["tests"]) == {"clustered", "stuart_maxwell", "bhapkar", "bowker"}
    equality = sections["equality_of_kappas"]["rows"]
    assert [(row["question"], row["arm"]) for row in equality] == [
        ("alike", "x"),
        ("alike", "y"),
        ("unchanged", ""),
    ]
    assert all(0 <= row["result"]["p"] <= 1 for row in equality)


def test_one_arm_or_one_pair_leaves_them_out_with_the_reason():
    one = analyse(table().query("arm == 'x'"), {"arms": ["x"], "readers": ["R1", "R2", "R3"]})["sections"]
    assert "both arms" in one["marginal_change"]["left_out"]
    assert [row["question"] for row in one["equality_of_kappas"]["rows"]] == ["alike"]
    pair = analyse(table(), PLAN | {"pairs": [["R1", "R2"]]})["sections"]
    assert "one pair" in pair["equality_of_kappas"]["left_out"]


def test_the_likelihood_ratio_is_that_of_two_maximum_likelihood_fits():
    exam, arm = np.repeat(np.arange(15), 4), np.tile([0.0, 1.0], 30)
    y = 5 + 0.3 * arm + generator.normal(0, 0.4, 15)[exam] + generator.normal(0, 0.5, 60)
    frame = pd.DataFrame({"y": y, "arm": arm, "exam": exam})
    fits = [smf.mixedlm(f, frame, groups="exam").fit(reml=False).llf for f in ("y ~ arm", "y ~ 1")]
    found = likelihood_ratio(y, {"exam": exam.tolist()}, {"arm": arm}, "arm")
    assert found == pytest.approx(
        (2 * (fits[0] - fits[1]), stats.chi2.sf(2 * (fits[0] - fits[1]), 1)), rel=1e-4
    )
    crossed = reading_time(np.exp(y), np.tile(["a", "b", "b", "a"], 15).tolist(), exam.tolist(), arm)
    assert 0 <= crossed.details["p_likelihood_ratio"] <= 1
    assert likelihood_ratio(y[:1], {"exam": [1]}, {"arm": [0.0]}, "arm") is None


@pytest.mark.parametrize("seed", range(6))
def test_one_random_effect_is_fitted_whatever_way_the_optimiser_goes(seed):
    """Held to the balanced one-way model's closed form: REML by analysis of variance."""
    own = np.random.default_rng(seed)
    group = np.repeat(np.arange(15), 4)
    y = 5 + own.normal(0, 0.8, 15)[group] + own.normal(0, 0.5, 60)
    means = y.reshape(15, 4).mean(axis=1)
    within = ((y - means[group]) ** 2).sum() / 45
    between = 4 * means.var(ddof=1)
    found = mixed_model(y, {"exam": group.tolist()})["intercept"]
    assert found.estimate == pytest.approx(y.mean())
    assert found.se == pytest.approx(np.sqrt(between / 60), rel=1e-3)
    assert found.details["var_exam"] == pytest.approx((between - within) / 4, rel=1e-2)
    assert found.details["var_residual"] == pytest.approx(within, rel=1e-2)
