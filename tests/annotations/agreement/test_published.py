"""Published tables restated with their source, and what the literature or a program printed for them."""

import numpy as np
import pytest

from annotations.agreement import (
    bowker,
    brennan_prediger,
    clustered_proportion,
    cohen_kappa,
    d_prime,
    gwet_ac,
    krippendorff_alpha,
    likelihood_ratios,
    mcnemar,
    obuchowski_rockette,
    pabak,
    paired_difference,
    percent_agreement,
    power_exact_mcnemar,
    precision_kappa,
    proportion,
    scott_pi,
    size_kappa,
    size_kappa_categories,
    size_kappa_fit,
    size_kappa_gain,
    size_mcnemar,
    specific_agreement,
    stuart_maxwell,
)
from annotations.agreement.weights import agreement_weights, from_disagreement

# Gwet, Handbook of Inter-Rater Reliability, two abstractors and three categories
ABSTRACTORS = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
# Feinstein and Cicchetti 1990, tables with the same agreement and different kappa
FEINSTEIN_A, FEINSTEIN_B = [[40, 9], [6, 45]], [[80, 10], [5, 5]]


@pytest.mark.parametrize(
    ("function", "estimate", "se"),
    [
        (cohen_kappa, 0.7964094, 0.05891072),
        (scott_pi, 0.7962397, 0.05905473),
        (gwet_ac, 0.8493305, 0.04321747),
        (brennan_prediger, 0.835, 0.04693346),
        (percent_agreement, 0.89, 0.03128898),
    ],
)
def test_gwets_abstractors(function, estimate, se):
    result = function(ABSTRACTORS)
    assert result.estimate == pytest.approx(estimate, abs=5e-7)
    assert result.se == pytest.approx(se, abs=5e-8)


def test_the_prevalence_paradox_is_warned_of_where_it_occurs():
    plain, paradox = cohen_kappa(FEINSTEIN_A), cohen_kappa(FEINSTEIN_B)
    assert plain.details["po"] == paradox.details["po"] == 0.85
    assert (round(plain.estimate, 2), round(paradox.estimate, 2)) == (0.70, 0.32)
    assert any("prevalence paradox" in words for words in paradox.warnings)
    assert not plain.warnings


def test_cohens_weighted_example_of_1968():
    table = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
    result = cohen_kappa(table, from_disagreement([[0, 1, 3], [1, 0, 6], [3, 6, 0]]))
    assert result.estimate == pytest.approx(0.348, abs=5e-4)


def test_pabak_of_the_salmon_of_epir():
    result = pabak([[19, 10], [6, 256]])
    assert (result.estimate, result.lo, result.hi) == pytest.approx((0.89, 0.82, 0.94), abs=5e-3)


def test_uebersax_specific_agreement():
    table = [[10, 20], [30, 40]]
    assert specific_agreement(table, 0).estimate == pytest.approx(0.2857, abs=5e-5)
    assert specific_agreement(table, 1).estimate == pytest.approx(0.6154, abs=5e-5)


@pytest.mark.parametrize(
    ("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_krippendorffs_example_c_at_four_levels(level, alpha):
    missing = None
    ratings = np.array(
        [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, missing, missing, missing],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, missing, 3],
            [missing, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, missing],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, missing],
        ],
        dtype=object,
    ).T
    result = krippendorff_alpha(ratings, level)
    assert result.estimate == pytest.approx(alpha, abs=6e-4)
    assert result.left_out == {"a single rating: cannot be paired": 1}


def test_nothing_changed_is_p_1():
    """statsmodels gives p = 0 here, and 0.683 for three against three with correction, where R gives 1."""
    assert {result.p for result in mcnemar(0, 0).values()} == {1.0}
    balanced = mcnemar(3, 3)
    assert {balanced[name].p for name in ("exact", "asymptotic", "corrected")} == {1.0}
    assert balanced["midp"].p == pytest.approx(1 - 20 / 64 / 2)


def test_cavo_in_fagerland_lydersen_and_laake():
    results = paired_difference([[59, 6], [16, 80]])
    assert (results["tango"].lo, results["tango"].hi) == pytest.approx((-0.124, -0.0054), abs=5e-5)
    assert (results["wald"].lo, results["wald"].hi) == pytest.approx((-0.1184, -0.0058), abs=5e-5)


def test_symmetry_and_margins_of_fleiss_levin_and_paik():
    table = [[35, 5, 0], [15, 20, 5], [10, 5, 5]]
    assert stuart_maxwell(table).statistic == pytest.approx(14.0, abs=5e-4)
    assert stuart_maxwell(table).p == pytest.approx(0.000912, abs=5e-7)


def test_bowker_states_its_rule_for_empty_pairs():
    table = [[0, 3, 4, 4, 2], [4, 1, 2, 4, 3], [5, 3, 0, 0, 2], [2, 3, 0, 0, 1], [5, 5, 5, 5, 5]]
    result = bowker(table)
    assert (result.df, round(result.p, 7)) == (10, 0.7252951)
    assert result.details == pytest.approx({"df_occupied": 9, "p_occupied": 0.6370}, abs=5e-5)
    assert "both empty: 1" in result.warnings[0]


def test_newcombes_table_of_1998():
    results = proportion(81, 263)
    assert (results["wilson"].lo, results["wilson"].hi) == pytest.approx((0.2553, 0.3662), abs=5.1e-5)
    corrected = results["wilson_corrected"]
    assert (corrected.lo, corrected.hi) == pytest.approx((0.2535, 0.3682), abs=5.1e-5)
    none = proportion(0, 20)["wilson"]
    assert (none.lo, none.hi) == (0, pytest.approx(0.1611, abs=5.1e-5))


def test_likelihood_ratio_of_scott_2008():
    assert likelihood_ratios([[640, 202], [74, 670]])["positive"].estimate == pytest.approx(3.75, abs=5e-3)


def test_clusters_that_agree_within_widen_the_interval():
    """Every cluster all or nothing: the icc is 1 and the variance that of the clusters."""
    result = clustered_proportion([3, 0, 3, 0, 3, 3], [3] * 6)
    assert result.details["icc"] == pytest.approx(1)
    assert result.details["vif"] == pytest.approx(3)


def test_sizes_that_programs_and_papers_print():
    assert size_mcnemar(0.45, 0.05) == 23  # Connor 1987
    assert power_exact_mcnemar(0.5, 0.3, 100) == pytest.approx(0.5693122, abs=1e-5)  # R exact2x2
    assert size_kappa(0.5, 0.5, k0=0.7, k1=0.85) == 117  # Cantor 1996; 96 with the hypotheses swapped
    assert size_kappa(0.5, 0.5, k0=0.85, k1=0.7) == 96
    assert size_kappa_fit(0.4, 0.6, 0.3) == 191  # R kappaSize
    assert [size_kappa_categories([0.2, 0.25, 0.55], 0.4, 0.6, power=p) for p in (0.8, 0.9)] == [101, 136]
    assert precision_kappa(0.4, 0.3, 0.5, 0.3) == 397  # R kappaSize


def test_exams_for_a_gain_of_six_hundredths_of_kappa():
    """80 % power at 5, 10 and 15 % discordance and twelve halves an exam, before the design effect."""
    sizes = [size_kappa_gain(0.06, discordance, expected=0.5575) for discordance in (0.05, 0.10, 0.15)]
    assert [round(size / 12) for size in sizes] == [46, 93, 139]


def test_weights_by_the_position_on_the_scale_and_by_value():
    assert agreement_weights(4, "linear")[0].tolist() == pytest.approx([1, 2 / 3, 1 / 3, 0])
    assert agreement_weights(4, "quadratic")[0].tolist() == pytest.approx([1, 8 / 9, 5 / 9, 0])
    assert agreement_weights(3, "linear", [1, 2, 6])[0].tolist() == pytest.approx([1, 0.8, 0])
    assert agreement_weights(4, "ordinal")[0].tolist() == pytest.approx([1, 5 / 6, 1 / 2, 0])


def test_sensitivity_leaves_out_positive_cases_only():
    """Adding negative cases must change nothing about sensitivity, not even the degrees of freedom."""
    generator = np.random.default_rng(5)
    calls = (generator.random((2, 4, 30)) < 0.8).astype(int)
    few = obuchowski_rockette(
        np.concatenate([calls, np.zeros((2, 4, 2))], axis=2), [1] * 30 + [0] * 2, "sensitivity"
    )
    many = obuchowski_rockette(
        np.concatenate([calls, np.zeros((2, 4, 70))], axis=2), [1] * 30 + [0] * 70, "sensitivity"
    )
    assert (few.estimate, few.se, few.df, few.p) == (many.estimate, many.se, many.df, many.p)
    assert few.n_units == 30


def test_d_prime_as_in_statpsych():
    """82 of 100 signals and 46 of 100 noises called signal: the example of signal() in R statpsych 1.7."""
    result = d_prime(82, 100, 46, 100)
    assert result.estimate == pytest.approx(1.002793, abs=5e-7)
    assert result.details["hit_rate"] == pytest.approx(0.8168317, abs=5e-8)
    assert result.details["false_alarm_rate"] == pytest.approx(0.460396, abs=5e-7)
    assert result.details["criterion"] == pytest.approx(-0.4019603, abs=5e-8)
    assert result.lo < result.estimate < result.hi


def test_the_interval_of_d_prime_covers_it():
    """Of studies with 60 cases and 15 lures; what is expected is .95, less the noise of 4 000 studies."""
    generator, true = np.random.default_rng(11), 0.8
    hits, alarms = (generator.binomial(n, p, 4000) for n, p in ((60, 0.65538), (15, 0.34458)))
    results = [d_prime(int(h), 60, int(f), 15) for h, f in zip(hits, alarms, strict=True)]
    assert np.mean([r.lo <= true <= r.hi for r in results]) == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("counts", [(0, 0, 1, 5), (3, 5, 0, 0)])
def test_d_prime_without_lures_or_cases_has_a_reason(counts):
    result = d_prime(*counts)
    assert (result.estimate, result.reason) == (None, "d' needs cases seen before and lures")


def test_few_lures_give_d_prime_without_an_interval_and_all_or_none_stays_finite():
    result = d_prime(12, 12, 0, 4)
    assert (result.se, result.lo) == (None, None)
    assert "no interval: fewer than 10" in result.warnings[0]
    assert result.estimate == pytest.approx(1.769 + 1.282, abs=1e-3)
    with pytest.raises(ValueError, match="among"):
        d_prime(5, 4, 0, 1)
