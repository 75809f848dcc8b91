import numpy as np
import pytest

from annotations.agreement import (
    Design,
    TableError,
    bland_altman,
    design_effect,
    dice,
    mixed_model,
    pearson,
    power_exact_mcnemar,
    power_mcnemar,
    precision_kappa,
    precision_kappa_wald,
    reading_time,
    simulate_power,
    size_kappa,
    size_kappa_categories,
    size_kappa_fit,
    size_mcnemar,
)
from annotations.agreement.design import agreement_shares, unit_variance
from annotations.agreement.mixed import MAX_ROWS
from annotations.agreement.simulation import agreements, simulate, tables


def study(effect=-0.25, readers=4, exams=20, seed=1):
    generator = np.random.default_rng(seed)
    reader, exam, assisted = (
        a.ravel() for a in np.meshgrid(range(readers), range(exams), (0, 1), indexing="ij")
    )
    log = 4 + generator.normal(size=readers)[reader] * 0.4 + generator.normal(size=exams)[exam] * 0.3
    log = log + effect * assisted + generator.normal(size=len(exam)) * 0.2
    return np.exp(log), reader.tolist(), exam.tolist(), assisted


def test_the_effect_on_reading_time_is_a_ratio():
    result = reading_time(*study())
    assert result.lo < -0.25 < result.hi
    assert result.details["ratio"] == pytest.approx(np.exp(result.estimate))
    assert result.details["var_residual"] == pytest.approx(0.04, rel=0.3)
    assert result.n_units == 160


def test_times_that_are_missing_or_not_positive_are_left_out_and_counted():
    seconds, reader, exam, assisted = study()
    seconds[:3] = [0, -1, np.nan]
    result = reading_time(seconds, reader, exam, assisted)
    assert result.left_out == {"a value is missing": 3}
    assert result.n_units == 157


def test_a_model_that_would_not_scale_is_left_out_with_its_reason():
    seconds, reader, exam, assisted = study(readers=20, exams=60)
    assert len(seconds) > MAX_ROWS
    result = reading_time(seconds, reader, exam, assisted)
    assert result.estimate is None
    assert "left out: 2400 rows with 80 random levels" in result.reason


def test_what_cannot_be_fitted_says_why():
    seconds, reader, exam, assisted = study()
    one = reading_time(seconds, [1] * len(seconds), exam, assisted)
    assert "two levels" in one.reason
    assert "does not vary" in reading_time(np.ones(len(seconds)), reader, exam, assisted).reason
    assert reading_time(seconds, reader, exam, np.zeros(len(seconds))).reason
    with pytest.raises(TableError, match="one entry per row"):
        mixed_model([1.0, 2.0], {"reader": [1]})


def test_bland_altmans_limits():
    first, second = [10.0, 12.0, 9.0, 14.0], [9.0, 13.0, 8.0, 11.0]
    result = bland_altman(first, second)
    gap = np.subtract(first, second)
    assert result.estimate == gap.mean()
    assert result.details["upper"] == pytest.approx(gap.mean() + 1.96 * gap.std(ddof=1))
    assert bland_altman(first, second, [1, 2, 3, 4]).se == pytest.approx(result.se)
    assert "fewer than 2" in bland_altman([1.0], [2.0]).reason
    assert "does not vary" in pearson([1, 2, 3, 4], [1, 1, 1, 1]).reason


def test_dice():
    assert dice([1, 1, 0, 0], [1, 0, 1, 0]).estimate == 0.5
    assert dice([0, 0], [0, 0]).reason == "both masks are empty"


def test_power_and_size_are_inverse():
    pairs = size_mcnemar(0.2, 0.1, power=0.8)
    assert power_mcnemar(0.2, 0.1, pairs) >= 0.8 > power_mcnemar(0.2, 0.1, pairs - 1)
    assert abs(power_exact_mcnemar(0.2, 0.1, pairs) - 0.8) < 0.06
    half = precision_kappa_wald(0.3, 0.3, 0.5, 0.1)
    assert 1.96 * np.sqrt(unit_variance(two_by_two(0.3, 0.5)) / half) == pytest.approx(0.1, abs=5e-4)


def two_by_two(rate, kappa):
    both = rate**2 + kappa * rate * (1 - rate)
    return np.array([[both, rate - both], [rate - both, 1 - 2 * rate + both]])


def test_shares_of_agreement_add_up_and_fit_two_categories_and_more():
    assert agreement_shares(0.4, [0.3, 0.7]).sum() == pytest.approx(1)
    assert agreement_shares(1.0, [0.2, 0.3, 0.5])[-1] == pytest.approx(0)
    assert size_kappa_fit(0.4, 0.6, [0.3, 0.7]) == size_kappa_fit(0.4, 0.6, 0.3)
    assert size_kappa_fit(0.4, 0.6, [0.2, 0.3, 0.5]) < size_kappa_fit(0.4, 0.6, 0.3)
    assert precision_kappa(0.4, 0.3, None, 0.3) < precision_kappa(0.4, 0.3, 0.5, 0.3)
    assert design_effect(12, 0.2) == pytest.approx(3.2)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: size_mcnemar(0.1, 0.1),
        lambda: size_mcnemar(0.9, 0.3),
        lambda: size_kappa(0.9, 0.1, 0.4, 0.9),
        lambda: size_kappa_categories([0.5, 0.5], 0.4, 0.6, power=1.5),
        lambda: precision_kappa(0.4, None, None, 0.3),
        lambda: power_exact_mcnemar(0.9, 0.9, 10),
        lambda: Design(1, 12, [0.5, 0.5], 0.5, 0.5, 0.2),
        lambda: Design(20, 12, [0.5, 0.5], 0.5, 1.5, 0.2),
        lambda: Design(20, 12, [0.5, 0.5], 0.5, 0.5, 1.0),
    ],
)
def test_designs_that_cannot_be_are_refused(wrong):
    with pytest.raises(TableError):
        wrong()


def test_a_simulated_study_has_the_margins_and_the_kappas_it_was_given():
    design = Design(20_000, 12, [0.6, 0.3, 0.1], before=0.4, after=0.7, icc=0.3)
    counts = simulate(design, np.random.default_rng(2))
    share = counts.sum(axis=(0, 2, 3)) / counts.sum()
    assert share == pytest.approx([0.6, 0.3, 0.1], abs=0.01)
    chance = 0.36 + 0.09 + 0.01
    for table, kappa in zip(tables(counts), (0.4, 0.7), strict=True):
        agreed = np.trace(table.sum(axis=0)) / table.sum()
        assert (agreed - chance) / (1 - chance) == pytest.approx(kappa, abs=0.01)
    abcd = agreements(counts)
    assert (abcd.sum(axis=1) == 12).all()
    assert abcd[:, :2].sum() == np.trace(tables(counts)[0].sum(axis=0))


def test_simulated_power_is_seeded_and_counts_what_is_not_estimable():
    design = Design(3, 2, [0.95, 0.05], 0.5, 0.5, 0.0)
    once, again = (simulate_power(design, studies=60, seed=4) for _ in range(2))
    assert once == again
    assert once["delta"].left_out["the test is not estimable"] > 0
    assert once["exact"].left_out == {}
