"""Cases from other hands: other names for the same statistics, inputs and figures, held to libraries."""

import itertools
import math
import warnings

import krippendorff
import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.contingency_tables import SquareTable
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa
from statsmodels.stats.proportion import proportion_confint

from annotations.agreement.verify.cases import STATISTICS, figures_of, run_case
from annotations.agreement.verify.words import figure_named, statistic_named

generator = np.random.default_rng(20221126)
FIRST = generator.integers(0, 4, 60)
SECOND = np.where(generator.random(60) < 0.6, FIRST, generator.integers(0, 4, 60))
TABLE = np.zeros((4, 4), int)
np.add.at(TABLE, (FIRST, SECOND), 1)
CLUSTERS = np.repeat(np.arange(12), 5)
READERS = np.stack([FIRST, SECOND, generator.integers(0, 4, 60)], axis=1)
COUNTS = np.stack([np.bincount(row, minlength=4) for row in READERS])


def met(kind, data, params=None, tolerance=1e-9, **expected):
    outcome = run_case(
        {
            "id": "made-here",
            "statistic": kind,
            "data": data,
            "params": params or {},
            "expected": expected,
            "tolerance": tolerance,
        }
    )
    assert outcome.misses == (), outcome.line()
    assert outcome.compared >= len(expected)


@pytest.mark.parametrize("statistic", ["cohen_kappa", "Cohen's kappa", "weighted_kappa", "kappa-cohen"])
@pytest.mark.parametrize(
    "data",
    [
        {"table": TABLE.tolist()},
        {"confusion_matrix": TABLE.tolist()},
        {"rater_1": FIRST.tolist(), "rater_2": SECOND.tolist()},
        {"readerA": FIRST.tolist(), "readerB": SECOND.tolist()},
        {"ratings": READERS[:, :2].tolist()},
        {"ratings_by_reader": READERS[:, :2].T.tolist()},
    ],
)
@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_kappa_however_it_is_put(statistic, data, weights):
    judged = cohens_kappa(TABLE, wt=weights, return_results=True)
    kappa = cohen_kappa_score(FIRST, SECOND, weights=weights, labels=[0, 1, 2, 3])
    params = {"weighting": weights, "labels": [0, 1, 2, 3]}
    met(statistic, data, params, kappa=kappa, se=judged.std_kappa, lo=judged.kappa_low, hi=judged.kappa_upp)
    met(
        statistic,
        data,
        params,
        estimate=kappa,
        kappa_se=judged.std_kappa,
        ci=[judged.kappa_low, judged.kappa_upp],
    )
    met(
        statistic,
        data,
        params,
        ci_lower=judged.kappa_low,
        CI_upper=judged.kappa_upp,
        p_value=judged.pvalue_two_sided,
    )
    met(statistic, data, params, se_null=judged.std_kappa0, z_value=judged.z_value)


def test_an_asymmetric_weight_matrix_means_rows_by_columns():
    agreement = [[1, 0.7, 0.1, 0], [0.2, 1, 0.5, 0], [0, 0.3, 1, 0.6], [0, 0, 0.4, 1]]
    p = TABLE / TABLE.sum()
    expected = np.outer(p.sum(1), p.sum(0))
    kappa = ((p - expected) * agreement).sum() / (1 - (expected * agreement).sum())
    met("cohen_kappa", {"table": TABLE.tolist(), "agreement_weights": agreement}, kappa=kappa)
    met("cohen_kappa", {"table": TABLE.tolist()}, {"weights": agreement}, kappa=kappa)
    distance = (1 - np.array(agreement)) * 7
    met("cohen_kappa", {"table": TABLE.tolist()}, {"disagreement_weights": distance.tolist()}, kappa=kappa)
    met("cohen_kappa", {"table": TABLE.tolist(), "disagreement_weights": distance.tolist()}, kappa=kappa)


def test_intervals_at_another_level_by_confidence_or_by_alpha():
    judged = cohens_kappa(TABLE, return_results=True)
    half = stats.norm.ppf(0.95) * judged.std_kappa
    for params in ({"confidence": 0.9}, {"conf_level": 90}, {"alpha": 0.1}):
        met(
            "cohen_kappa",
            {"table": TABLE.tolist()},
            params,
            lo=judged.kappa - half,
            upper=judged.kappa + half,
        )


def test_fleiss_from_counts_and_ratings_under_any_name():
    overall = fleiss_kappa(COUNTS)
    each = [fleiss_kappa(np.stack([COUNTS.sum(1) - c, c], 1)) for c in COUNTS.T]
    named = {f"k{i}": value for i, value in enumerate(each, 1)}
    spelt = {f"kappa_{i}": value for i, value in enumerate(each, 1)}
    for data in (
        {"counts": COUNTS.tolist()},
        {"table": COUNTS.tolist()},
        {"ratings": READERS.tolist()},
        {"ratings_by_rater": READERS.T.tolist()},
        {"ratings": [[f"m{c}" for c in row] for row in READERS.tolist()]},
        {"ratings": (READERS + 1).tolist()},
    ):
        met("fleiss_kappa", data, kappa=overall, fixed=overall, **named)
        met("fleiss", data, fleiss_kappa=overall, **spelt)
        met("fleiss_kappa", data, kappa_by_category=each)
    p = COUNTS.sum(0) / COUNTS.sum()
    s = (p * (1 - p)).sum()
    inner = s**2 - (p * (1 - p) * (1 - 2 * p)).sum()
    se0 = math.sqrt(2 * inner / (60 * 3 * 2)) / s
    z1 = each[0] * math.sqrt(60 * 3 * 2 / 2)
    met("fleiss_kappa", {"counts": COUNTS.tolist()}, z=overall / se0, se0=se0, z1=z1)
    met(
        "fleiss_kappa",
        {"counts": COUNTS.tolist()},
        p=2 * stats.norm.sf(overall / se0),
        p_value_1=2 * stats.norm.sf(z1),
    )


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_alpha_at_all_four_levels(level):
    rated = (READERS + 1).astype(float)
    rated[generator.random(rated.shape) < 0.15] = np.nan
    value = krippendorff.alpha(rated.T, level_of_measurement=level, value_domain=[1, 2, 3, 4])
    missing = [[None if math.isnan(x) else x for x in row] for row in rated.tolist()]
    starred = [["*" if math.isnan(x) else int(x) for x in row] for row in rated.T.tolist()]
    met("krippendorff_alpha", {"ratings": missing}, {"level": level}, alpha=value)
    met(
        "krippendorffs_alpha",
        {"reliability_data": starred},
        {"level_of_measurement": level.title()},
        alpha=value,
    )
    met("krippendorff_alpha", {"ratings": missing}, **{level: value, f"alpha_{level}": value})
    counts = [[int((row == c).sum()) for c in (1, 2, 3, 4)] for row in rated]
    met("krippendorff_alpha", {"counts": counts}, {"level": level, "categories": [1, 2, 3, 4]}, alpha=value)


def test_mcnemar_from_tables_counts_or_readings():
    before, after = FIRST > 1, SECOND > 1
    table = [
        [int((before & after).sum()), int((before & ~after).sum())],
        [int((~before & after).sum()), int((~before & ~after).sum())],
    ]
    b, c = table[0][1], table[1][0]
    exact = statsmodels_mcnemar(table, exact=True).pvalue
    plain = statsmodels_mcnemar(table, exact=False, correction=False)
    corrected = statsmodels_mcnemar(table, exact=False)
    midp = exact - stats.binom.pmf(b, b + c, 0.5)
    expected = {
        "chi2": plain.statistic,
        "p": plain.pvalue,
        "chi2_cc": corrected.statistic,
        "p_cc": corrected.pvalue,
    }
    for data in ({"table": table}, {"b": b, "c": c}, {"n12": b, "n21": c}):
        met("mcnemar", data, exact=exact, midp=midp, **expected)
        met(
            "mcnemar_test",
            data,
            exact_p=exact,
            mid_p=midp,
            statistic=plain.statistic,
            p_corrected=corrected.pvalue,
        )
        met(
            "mcnemar",
            data,
            {},
            p_exact=exact,
            p_midp=midp,
            chi2_corrected=corrected.statistic,
            odds_ratio=b / c,
        )
    met("mcnemar", {"table": [[5, 0], [0, 5]]}, p=1, exact=1, midp=1, p_cc=1, odds_ratio=None)


def test_margins_by_their_names():
    square = SquareTable(TABLE, shift_zeros=False)
    symmetry, homogeneity = square.symmetry(), square.homogeneity()
    bhapkar = square.homogeneity(method="bhapkar")
    data = {"table": TABLE.tolist()}
    met("bowker_symmetry", data, stat=symmetry.statistic, p=symmetry.pvalue, df=symmetry.df)
    met("bowker", data, chi2=symmetry.statistic, p_value=symmetry.pvalue)
    met("stuart_maxwell", data, stuart=homogeneity.statistic, p=homogeneity.pvalue, df=homogeneity.df)
    met("marginal homogeneity", data, stat=homogeneity.statistic)
    met("bhapkar", data, bhapkar=bhapkar.statistic, bhapkar_p=bhapkar.pvalue, chi2=bhapkar.statistic)


def test_one_proportion_by_every_interval():
    for x, n in ((0, 9), (4, 17), (9, 9)):
        named = {
            "wilson": "wilson",
            "cp": "beta",
            "wald": "normal",
            "agresti_coull": "agresti_coull",
            "jeffreys": "jeffreys",
        }
        for short, method in named.items():
            lo, hi = proportion_confint(x, n, method=method)
            met("binomial_ci", {"x": x, "n": n}, **{f"{short}_lo": lo, f"{short}_hi": hi})
            met(
                "proportion_ci",
                {"successes": x, "trials": n},
                **{f"{short}_lower": lo, f"ci_upper_{short}": hi},
            )


@pytest.mark.parametrize(("x", "n"), [(1, 29), (15, 148), (0, 20), (20, 20)])
def test_mid_p_limits_leave_half_of_what_was_seen_in_each_tail(x, n):
    found = figures_of({"statistic": "binomial_ci", "data": {"x": x, "n": n}})
    lo, hi = found["midp_lo"], found["midp_hi"]
    assert found["cp_lo"] <= lo <= x / n <= hi <= found["cp_hi"]
    if x:
        assert stats.binom.sf(x, n, lo) + stats.binom.pmf(x, n, lo) / 2 == pytest.approx(0.025)
    if x < n:
        assert stats.binom.cdf(x - 1, n, hi) + stats.binom.pmf(x, n, hi) / 2 == pytest.approx(0.025)
    half = stats.norm.ppf(0.975) * math.sqrt(x * (n - x) / n**3) + 1 / (2 * n)
    met("binomial_ci", {"x": x, "n": n}, waldcc_lo=max(0, x / n - half), wald_cc_hi=min(1, x / n + half))


def test_paired_differences_by_each_interval():
    """Agresti and Min is Wald's interval of the table with half a unit more in each cell."""
    a, b, c, d = 59, 6, 16, 80
    n = a + b + c + d + 2
    gap, half = (b - c) / n, stats.norm.ppf(0.975) * math.sqrt((b + c + 1) - (b - c) ** 2 / n) / n
    data = {"table": [[a, b], [c, d]]}
    met("paired_difference_ci", data, agresti_min_lo=gap - half, agresti_min_hi=gap + half)
    met("tango", data, {}, 6e-5, tango_lo=-0.124, tango_hi=-0.0054, diff=-0.0621)


def test_clustered_proportions_of_one_and_of_several_series():
    size = np.bincount(CLUSTERS)
    series = {name: np.bincount(CLUSTERS, weights=i == FIRST) for i, name in enumerate("abc")}
    data = {f"x_{name}": x.tolist() for name, x in series.items()} | {"n": size.tolist()}
    share = {name: x.sum() / size.sum() for name, x in series.items()}
    met("clustered_proportion_ci", data, **share)
    met("clustered proportions", data, **{f"p_{name}": value for name, value in share.items()})
    x, n = series["a"], size.sum()
    msb = ((x**2 / size).sum() - x.sum() ** 2 / n) / (len(size) - 1)
    msw = (x - x**2 / size).sum() / (n - len(size))
    icc = (msb - msw) / (msb + 4 * msw)
    inflation, p, z = 1 + 4 * icc, share["a"], stats.norm.ppf(0.975)
    square = z**2 * inflation
    middle = (p + square / (2 * n)) / (1 + square / n)
    half = math.sqrt(square * (p * (1 - p) + square / (4 * n)) / n) / (1 + square / n)
    met("clustered_proportion_ci", data, a_lo=middle - half, hi_a=middle + half, icc_a=icc, vif_a=inflation)
    alone = {"x": x.tolist(), "n": size.tolist()}
    met("clustered_proportion_ci", alone, p=p, estimate=p, lower=middle - half, upper=middle + half, icc=icc)
    both = {key: data[key] for key in ("x_a", "x_b", "n")}
    score = (series["a"] - series["b"] - (share["a"] - share["b"]) * size) / n
    se = math.sqrt(12 / 11 * (score**2).sum())
    met("clustered_proportion_ci", both, a=share["a"], b=share["b"], diff=share["a"] - share["b"], se_diff=se)


def test_clustered_mcnemar_from_readings_and_from_counts():
    before, after = FIRST > 1, SECOND > 1
    counts = [
        [
            int((before & after & inside).sum()),
            int((before & ~after & inside).sum()),
            int((~before & after & inside).sum()),
            int((~before & ~after & inside).sum()),
        ]
        for inside in (k == CLUSTERS for k in range(12))
    ]
    b, c = np.array(counts)[:, 1], np.array(counts)[:, 2]
    durkalski = float((((b - c) / 5).sum()) ** 2 / (((b - c) / 5) ** 2).sum())
    yang = float((b - c).sum() ** 2 / ((b - c) ** 2).sum())
    obuchowski = 11 / 12 * yang
    readings = {
        "cluster": CLUSTERS.tolist(),
        "before": before.astype(int).tolist(),
        "after": after.astype(int).tolist(),
    }
    columns = dict(zip("abcd", np.transpose(counts).tolist(), strict=True))
    for data in ({"abcd_per_cluster": counts}, {"abcd": counts}, readings, columns):
        met("clustered_mcnemar", data, durkalski=durkalski, durkalski_p=stats.chi2.sf(durkalski, 1))
        met("clustered_mcnemar", data, p_durkalski=stats.chi2.sf(durkalski, 1), chi2_durkalski=durkalski)
        found = figures_of({"statistic": "mcnemar_clustered", "data": data})
        assert found["obuchowski"] == pytest.approx(obuchowski)
        assert found["yang"] == pytest.approx(yang)


def brute_delta(first_pair, second_pair):
    """Difference of two kappas and its standard error by leaving exams out: a check of size, not digits."""

    def gap(keep):
        kappas = [
            cohen_kappa_score(a[keep], b[keep], labels=[0, 1, 2, 3]) for a, b in (first_pair, second_pair)
        ]
        return kappas[1] - kappas[0]

    everything = np.ones(60, bool)
    without = np.array([gap(k != CLUSTERS) for k in range(12)])
    return gap(everything), math.sqrt(11 / 12 * ((without - without.mean()) ** 2).sum())


def test_dependent_kappas_by_pairs_by_names_and_by_order():
    third = np.where(generator.random(60) < 0.8, FIRST, SECOND)
    diff, se = brute_delta((FIRST, SECOND), (FIRST, third))
    columns = np.stack([FIRST, SECOND, FIRST, third], axis=1).tolist()
    names = {
        "R1_initial": FIRST.tolist(),
        "R2_initial": SECOND.tolist(),
        "R1_assisted": FIRST.tolist(),
        "R2_assisted": third.tolist(),
    }
    against = {"gold": FIRST.tolist(), "test1": SECOND.tolist(), "test2": third.tolist()}
    tables = np.zeros((2, 12, 4, 4), int)
    np.add.at(tables, (0, CLUSTERS, FIRST, SECOND), 1)
    np.add.at(tables, (1, CLUSTERS, FIRST, third), 1)
    cluster = {"cluster": CLUSTERS.tolist()}
    found = []
    for data in (
        {"ratings": columns, "pairs": [[0, 1], [2, 3]]} | cluster,
        {"ratings": columns} | cluster,
        names | cluster,
        names | cluster | {"pairs": [["R1_initial", "R2_initial"], ["R1_assisted", "R2_assisted"]]},
        against | cluster,
        {"tables": tables.tolist()},
    ):
        met("clustered_dependent_kappas", data, diff=diff, delta=diff)
        met(
            "delta_kappa",
            data,
            kappa1=cohen_kappa_score(FIRST, SECOND),
            kappa_2=cohen_kappa_score(FIRST, third),
        )
        figures = figures_of({"statistic": "delta_kappa_clustered", "data": data})
        assert figures["se_diff"] == pytest.approx(se, rel=0.1)
        assert figures["T2"] == pytest.approx((figures["diff"] / figures["se_diff"]) ** 2)
        found.append(figures)
    assert all(figures == pytest.approx(found[0]) for figures in found)


@pytest.mark.parametrize(
    ("statistic", "data", "expected"),
    [
        ("sample_size_mcnemar", {"p12": 0.45, "p21": 0.05, "power": 0.8}, {"n_pairs": 23}),
        ("sample_size_mcnemar", {"p01": 0.45, "p10": 0.05, "beta": 0.2, "alpha": 0.05}, {"sample_size": 23}),
        ("mcnemar_sample_size", {"discordant": 0.5, "diff": 0.4}, {"n": 23}),
        ("sample_size_mcnemar", {"psi": 0.5, "odds_ratio": 9}, {"n": 23}),
        ("power_exact_mcnemar", {"p01": 0.5, "p10": 0.3, "n": 100}, {"power": 0.5693122}),
        ("sample_size_kappa", {"rate1": 0.5, "rate2": 0.5, "kappa0": 0.7, "kappa1": 0.85}, {"n": 117}),
        ("sample_size_kappa_gof", {"kappa0": 0.4, "kappa1": 0.6, "props": 0.3}, {"n": 191, "n80": 191}),
        (
            "sample_size_kappa_flack",
            {"mrg": [0.2, 0.25, 0.55], "k0": 0.4, "k1": 0.6, "power": [0.8, 0.9]},
            {"n80": 101, "n90": 136},
        ),
        ("precision_kappa", {"kappa0": 0.4, "lower": 0.3, "upper": 0.5, "prevalence": 0.3}, {"n": 397}),
        ("design_effect", {"m": 12, "icc": 0.2}, {"deff": 3.2}),
    ],
)  # fmt: skip
def test_sizes_by_other_names(statistic, data, expected):
    met(statistic, data, tolerance=1e-5, **expected)


def test_several_readers_and_cases_in_any_order_of_axes():
    truth = generator.integers(0, 2, 40)
    scores = np.clip(truth + generator.normal(1, 1, (2, 3, 40)), 0, 4).round()
    axes = ["treatment", "reader", "case"]
    found = []
    for order in itertools.permutations(range(3)):
        name = "ratings_" + "_".join(axes[i] for i in order)
        found.append(
            figures_of(
                {
                    "statistic": "mrmc_auc",
                    "data": {name: scores.transpose(order).tolist(), "truth": truth.tolist()},
                }
            )
        )
    t, r, n = (index.ravel().tolist() for index in np.indices(scores.shape))
    long = {
        "modality": t,
        "reader": r,
        "case_id": n,
        "score": scores.ravel().tolist(),
        "gold": truth[n].tolist(),
    }
    found.append(figures_of({"statistic": "mrmc_roc", "data": long}))
    assert all(figures == pytest.approx(found[0]) for figures in found)
    area = np.mean([stats.mannwhitneyu(s[truth == 1], s[truth == 0]).statistic for s in scores[0]])
    area /= (truth == 1).sum() * (truth == 0).sum()
    met("mrmc_auc", long, auc1=area, theta_1=area)
    called = (scores >= 2).astype(int)
    sens = called[:, :, truth == 1].mean(axis=(1, 2))
    spec = 1 - called[:, :, truth == 0].mean(axis=(1, 2))
    met("mrmc", long, {"threshold": 2}, sens_theta1=sens[0], spec_theta2=spec[1], sens_diff=sens[0] - sens[1])
    met("mrmc_binary", long, {"cut": ">=2", "metric": "specificity"}, theta1=spec[0], diff=spec[0] - spec[1])


NOTHING = [[0, 0], [0, 0]]
DEGENERATE = [
    ("cohen_kappa", {"table": NOTHING}),
    ("cohen_kappa", {"table": [[7]]}),
    ("cohen_kappa", {"table": [[7, 0], [0, 0]]}),
    ("cohen_kappa", {"rater1": [None, 1], "rater2": [2, None]}),
    ("pabak", {"table": NOTHING}),
    ("agreement_family_two_raters", {"table": [[7, 0], [0, 0]]}),
    ("agreement_family_two_raters", {"table": NOTHING}),
    ("specific_agreement", {"table": [[7, 0], [0, 0]]}),
    ("fleiss_kappa", {"counts": [[3, 0], [3, 0]]}),
    ("fleiss_kappa", {"counts": [[1, 0], [0, 1]]}),
    ("fleiss_kappa", {"counts": [[3, 0]]}),
    ("fleiss_kappa", {"ratings": [[2, 2], [2, 2]]}),
    ("fleiss_kappa", {"ratings": [[None, None], [None, None]]}),
    ("agreement_family_counts", {"counts": [[3, 0], [3, 0]]}),
    ("agreement_family_multi_rater_missing", {"ratings": [[1, 1, None], [1, None, 1]]}),
    ("agreement_family_multi_rater_missing", {"ratings": [[None, 1], [1, None]]}),
    ("conger_light_kappa", {"ratings": [[1, 1, 1], [1, 1, 1]]}),
    ("krippendorff_alpha", {"ratings": [[1, 1], [1, 1]]}),
    ("krippendorff_alpha", {"ratings": [[1, None], [None, 1]]}),
    ("mcnemar", {"table": NOTHING}),
    ("mcnemar", {"table": [[0, 4], [0, 0]]}),
    ("paired_difference_ci", {"table": NOTHING}),
    ("bowker_symmetry", {"table": NOTHING}),
    ("stuart_maxwell", {"table": [[0, 5], [0, 0]]}),
    ("bhapkar", {"table": [[0, 5], [0, 0]]}),
    ("clustered_mcnemar", {"abcd_per_cluster": [[3, 0, 0, 1]]}),
    ("clustered_mcnemar", {"abcd_per_cluster": [[0, 1, 0, 0], [0, 1, 0, 0]]}),
    ("clustered_kappa", {"ratings": [[1, 1], [2, 2]], "cluster": [1, 1]}),
    ("clustered_dependent_kappas", {"ratings": [[1, 1, 1, 1]] * 4, "cluster": [1, 1, 2, 2]}),
    ("clustered_dependent_kappas", {"ratings": [[1, 1, 1, 2], [2, 2, 1, 2]], "cluster": [1, 1]}),
    ("clustered_dependent_kappas", {"ratings": [[None, 1, 1, 2]] * 2, "cluster": [1, 2]}),
    ("clustered_kappa_bootstrap", {"ratings": [[1, 1, 1, 1]] * 4, "cluster": [1, 1, 2, 2]}),
    ("binomial_ci", {"x": 0, "n": 0}),
    ("sensitivity_specificity", {"tp": 0, "fp": 0, "fn": 0, "tn": 5}),
    ("sensitivity_specificity", {"tp": 0, "fp": 0, "fn": 0, "tn": 0}),
    ("clustered_proportion_ci", {"x": [2], "n": [3]}),
    ("clustered_proportion_ci", {"x": [0, 0], "n": [0, 0]}),
    ("clustered_proportion_ci", {"x_a": [3, 3], "x_b": [3, 3], "n": [3, 3]}),
    ("mrmc_auc", {"ratings_treatment_reader_case": [[[1, 2]], [[2, 1]]], "truth": [0, 1]}),
    ("mrmc_auc", {"ratings_treatment_reader_case": [[[1, 2], [1, 1]], [[2, 1], [1, 1]]], "truth": [1, 1]}),
    ("mrmc_binary", {"ratings_treatment_reader_case": [[[1, 0]] * 2] * 2, "truth": [0, 0]}),
    ("bland_altman", {"x": [1.0], "y": [2.0]}),
    ("pearson", {"x": [1.0, 1.0, 1.0], "y": [1.0, 2.0, 3.0]}),
    ("dice", {"x": [0, 0], "y": [0, 0]}),
    ("linear_mixed_model", {"y": [1.0, 1.0, 1.0, 1.0], "group": ["a", "a", "b", "b"]}),
    ("linear_mixed_model_crossed", {"y": [1.0, 2.0], "reader": ["a", "a"], "exam": ["x", "y"]}),
    ("holm", {"p": [None, 0.01]}),
]  # fmt: skip


@pytest.mark.parametrize(("statistic", "data"), DEGENERATE)
def test_what_has_no_answer_is_none_and_never_nan_nor_an_error(statistic, data):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures = figures_of({"statistic": statistic, "data": data})
    numbers = [value for value in figures.values() if isinstance(value, (int, float))]
    assert all(math.isfinite(value) for value in numbers)


def test_a_synonym_never_hides_a_figure_and_never_guesses_between_two():
    assert figure_named("p", {"p": 1, "p_value": 2}, "mcnemar") == "p"
    assert figure_named("p_val", {"p": 1, "p_value": 2}, "mcnemar") is None
    assert figure_named("no_such_thing", {"kappa": 1}, "cohen_kappa") is None
    assert statistic_named("bogus", STATISTICS) is None
    for name in STATISTICS:
        assert statistic_named(name, STATISTICS) == name
