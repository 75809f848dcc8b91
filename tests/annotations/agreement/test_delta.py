import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from annotations.agreement import (
    bootstrap_difference,
    cluster_tables,
    dependent_kappas,
    holm,
    kappa_difference,
)
from annotations.agreement.kappa import kappas
from annotations.agreement.resampling import draws

GRADES = [0, 1, 2, 3]


def simulated(seed=3, exams=20, units=12, better=0.2):
    generator = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(exams), units)
    truth = generator.choice(4, size=exams * units, p=[0.7, 0.15, 0.1, 0.05])
    sides = []
    for error in (0.35, 0.35 - better):
        wrong = generator.random(truth.size) < error
        sides.append(
            cluster_tables(
                truth, np.where(wrong, generator.integers(0, 4, truth.size), truth), clusters, GRADES
            )
        )
    return sides


def test_the_difference_is_the_difference_of_dependent_kappas():
    before, after = simulated()
    test = dependent_kappas([before, after])
    found = test.details
    result = kappa_difference(before, after)
    assert result.estimate == pytest.approx(found["k2"] - found["k1"])
    assert result.se**2 == pytest.approx(found["se1"] ** 2 + found["se2"] ** 2 - 2 * found["cov1_2"])
    assert result.statistic**2 == pytest.approx(test.statistic)
    assert result.p == pytest.approx(test.p)


def test_reversing_the_arms_reverses_the_sign_and_keeps_the_p():
    before, after = simulated()
    there, back = kappa_difference(before, after), kappa_difference(after, before)
    assert there.estimate == pytest.approx(-back.estimate)
    assert (there.lo, there.hi) == pytest.approx((-back.hi, -back.lo))
    assert there.p == pytest.approx(back.p)


@given(st.integers(0, 1000))
def test_the_order_of_exams_and_empty_exams_change_nothing(seed):
    before, after = simulated(seed, exams=7, units=5)
    order = np.random.default_rng(seed).permutation(7)
    empty = np.zeros((2, 4, 4), dtype=int)
    one = kappa_difference(before, after)
    other = kappa_difference(np.concatenate([before[order], empty]), np.concatenate([after[order], empty]))
    assert other.n_clusters == one.n_clusters == 7
    assert (other.estimate, other.se) == pytest.approx((one.estimate, one.se), abs=1e-9)


def test_the_standard_error_agrees_with_the_jackknife_over_exams():
    before, after = simulated(exams=60)
    weights = np.eye(4)
    left = [
        np.subtract(*kappas(np.stack([t.sum(axis=0) - t[i] for t in (after, before)]), weights))
        for i in range(60)
    ]
    jackknife = np.sqrt(59 / 60 * ((left - np.mean(left)) ** 2).sum())
    assert kappa_difference(before, after).se == pytest.approx(jackknife, rel=0.05)


def test_unchanged_reads_have_no_test_but_a_reason():
    before, _ = simulated()
    result = kappa_difference(before, before)
    assert result.estimate == 0
    assert result.p is None
    assert "standard error is zero" in result.reason


def test_nothing_read_one_category_or_one_exam_is_said_not_raised():
    empty = np.zeros((3, 4, 4), dtype=int)
    assert kappa_difference(empty, empty).reason == "no unit was graded by both readers"
    same = empty.copy()
    same[:, 0, 0] = 5
    assert "one and the same category" in kappa_difference(same, same).reason
    before, after = simulated()
    assert "fewer than two clusters" in kappa_difference(before[:1], after[:1]).reason
    for result in (
        bootstrap_difference(empty, empty, seed=1),
        bootstrap_difference(same, same, seed=1, resamples=50),
        bootstrap_difference(before[:1], after[:1], seed=1),
    ):
        assert result.p is None
        assert result.reason


def test_the_bootstrap_repeats_with_its_seed_and_only_then():
    before, after = simulated()
    once = bootstrap_difference(before, after, resamples=500, seed=4)
    assert once == bootstrap_difference(before, after, resamples=500, seed=4)
    assert once != bootstrap_difference(before, after, resamples=500, seed=5)
    assert once.se == pytest.approx(kappa_difference(before, after).se, rel=0.25)


def test_every_resample_draws_as_many_clusters_as_there_are(monkeypatch):
    monkeypatch.setattr("annotations.agreement.resampling.CHUNK_CELLS", 100)
    blocks = list(draws(13, 40, seed=2))
    assert len(blocks) > 1
    counts = np.concatenate(blocks)
    assert counts.shape == (40, 13)
    assert (counts.sum(axis=1) == 13).all()


def test_resamples_without_a_kappa_are_counted():
    before = np.zeros((4, 2, 2), dtype=int)
    before[:, 0, 0] = 3
    before[0] = [[1, 1], [1, 1]]
    result = bootstrap_difference(before, before, resamples=400, seed=1)
    assert result.details["left_out"] == pytest.approx(400 * (3 / 4) ** 4, rel=0.3)
    assert "left out" in result.warnings[0]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_equals_statsmodels(p_values):
    assert holm(p_values) == pytest.approx(list(multipletests(p_values, method="holm")[1]))


def test_holm_leaves_what_was_not_tested_out_of_the_family():
    assert holm([0.01, None, 0.04]) == [0.02, None, 0.04]
