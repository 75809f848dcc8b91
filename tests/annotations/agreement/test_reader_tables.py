"""The small multi-reader tables beside the checkout, and every value their README gives."""

import krippendorff
import numpy as np
import pandas as pd
import pytest

from annotations.agreement import (
    cohen_kappa,
    dependent_kappas,
    fleiss_kappa,
    krippendorff_alpha,
    krippendorff_alpha_irr,
    light_kappa,
    mcnemar,
    obuchowski_rockette,
    several_readers,
    stuart_maxwell,
)
from annotations.agreement.fleiss import category_kappas
from annotations.agreement.ratings import encode
from annotations.agreement.table import cluster_tables


@pytest.fixture(scope="module")
def tables(shared_data):
    return lambda name: pd.read_csv(shared_data / "readers" / f"{name}.csv")


def counted(first, second, categories):
    both = pd.DataFrame({"a": first, "b": second}).dropna()
    codes, _ = encode(both.to_numpy(dtype=object), categories)
    k = len(categories)
    return np.bincount(codes[:, 0] * k + codes[:, 1], minlength=k * k).reshape(k, k)


FEES = [
    ("val_TB", "val_TBR", 22, 0.818182, 0.707641, 0.755556, 0.815900),
    ("val_MH", "val_MHR", 26, 0.961538, 0.934837, 0.943966, 0.956229),
    ("val_CO", "val_COR", 35, 0.885714, 0.816514, 0.846154, 0.883721),
    ("val_TB", "val_MH", 22, 0.863636, 0.778523, 0.813559, 0.858369),
    ("val_TBR", "val_MHR", 24, 0.750000, 0.600000, 0.666667, 0.750000),
    ("val_TB", "val_CO", 22, 0.681818, 0.453901, 0.527607, 0.628019),
    ("val_MH", "val_CO", 25, 0.680000, 0.462366, 0.539171, 0.641577),
]


@pytest.mark.parametrize(("first", "second", "n", "po", "kappa", "linear", "quadratic"), FEES)
def test_fees_pairs(tables, first, second, n, po, kappa, linear, quadratic):
    data = tables("FEES")
    table = counted(data[first], data[second], [0, 1, 2])
    results = [cohen_kappa(table, weights) for weights in (None, "linear", "quadratic")]
    assert results[0].n_units == n
    assert results[0].details["po"] == pytest.approx(po, abs=1e-6)
    assert [result.estimate for result in results] == pytest.approx([kappa, linear, quadratic], abs=1e-6)


@pytest.mark.parametrize(
    ("weights", "kappas", "errors", "t2", "p"),
    [
        ("linear", (0.750, 0.935, 0.793), (0.118, 0.061, 0.111), 3.418977, 0.2463676),
        (None, (0.696, 0.922, 0.755), (0.134, 0.075, 0.132), 3.792575, 0.2152565),
    ],
)
def test_fees_clustered_by_patient(tables, weights, kappas, errors, t2, p):
    data = tables("FEES")
    names = ["val_CO", "val_COR", "val_MH", "val_MHR", "val_TB", "val_TBR"]
    complete = data.dropna(subset=names)
    assert (len(complete), complete["subject"].nunique()) == (20, 14)
    stacks = [
        cluster_tables(
            complete[a].astype(int).tolist(),
            complete[b].astype(int).tolist(),
            complete["subject"].tolist(),
            [0, 1, 2],
        )
        for a, b in zip(names[::2], names[1::2], strict=True)
    ]
    result = dependent_kappas(stacks, weights)
    assert [result.details[f"k{i}"] for i in (1, 2, 3)] == pytest.approx(kappas, abs=1e-3)
    assert [result.details[f"se{i}"] for i in (1, 2, 3)] == pytest.approx(errors, abs=1e-3)
    assert result.statistic == pytest.approx(t2, abs=1e-6)
    assert result.p == pytest.approx(p, abs=1e-7)


def test_landis(tables):
    data = tables("landis")[list("ABCDEFG")]
    scale = [1, 2, 3, 4, 5]
    table = counted(data["A"], data["B"], scale)
    found = [cohen_kappa(table, weights).estimate for weights in (None, "linear", "quadratic")]
    assert found == pytest.approx([0.498418, 0.649193, 0.778564], abs=1e-6)
    margins = stuart_maxwell(table)
    assert (round(margins.statistic, 1), margins.df) == (29.1, 4)
    assert margins.p == pytest.approx(7.63e-06, rel=1e-3)
    ratings = data.to_numpy()
    overall = fleiss_kappa(ratings, categories=scale)
    assert overall.estimate == pytest.approx(0.354335, abs=1e-6)
    assert (overall.se, overall.lo, overall.hi) == pytest.approx((0.03015, 0.295, 0.414), abs=5e-4)
    conger = [
        several_readers(ratings, "conger", categories=scale, weights=weights).estimate
        for weights in (None, "linear", "quadratic")
    ]
    assert conger == pytest.approx([0.36129, 0.51592, 0.64688], abs=1e-5)
    assert light_kappa(ratings, categories=scale).estimate == pytest.approx(0.366086, abs=1e-6)
    each = [result.estimate for result in category_kappas(ratings, categories=scale)]
    assert each == pytest.approx([0.5584533, 0.1528860, 0.3640458, 0.1739705, 0.6264134], abs=1e-7)


def test_landis_dichotomised(tables):
    data = tables("landis")
    table = counted((data["A"] >= 3).astype(int), (data["B"] >= 3).astype(int), [0, 1])
    assert table.tolist() == [[36, 16], [3, 63]]
    assert cohen_kappa(table).estimate == pytest.approx(0.664472, abs=1e-6)
    tests = mcnemar(16, 3)
    assert tests["exact"].p == pytest.approx(0.004425049, abs=1e-9)
    assert tests["corrected"].statistic == pytest.approx(7.578947, abs=1e-6)
    assert tests["asymptotic"].statistic == pytest.approx(8.8947, abs=1e-4)


def as_irr_has_it(ratings):
    """Ordinal alpha by irr's rule; Krippendorff's own beside it is the package's to the last digit."""
    ours = krippendorff_alpha(ratings, "ordinal").estimate
    theirs = krippendorff.alpha(ratings.T.astype(float), level_of_measurement="ordinal")
    assert ours == pytest.approx(theirs, abs=1e-12)
    return krippendorff_alpha_irr(ratings, "ordinal").estimate


def test_irrs_rule_differs_only_where_three_or_more_readers_rated_everything(tables):
    ratings = tables("anxiety").iloc[:, -3:].to_numpy()
    two, holed = ratings[:, :2], ratings.astype(float)
    holed[0, 0] = np.nan
    for same in (two, holed):
        irr, ours = krippendorff_alpha_irr(same, "interval"), krippendorff_alpha(same, "interval")
        assert irr.estimate == pytest.approx(ours.estimate, abs=1e-12)
        assert (irr.lo, irr.hi) == (None, None)
        assert "no interval" in irr.reason
    assert krippendorff_alpha_irr([[1, 1, 1], [1, 1, 1]]).estimate is None


PAIRS = {(1, 2): 0.6512, (1, 6): 0.0809, (2, 3): 0.6311, (3, 4): 0.7260, (4, 5): 0.8569, (5, 6): 0.6482}


def test_diagnoses(tables):
    data = tables("diagnoses")
    raters = data.iloc[:, -6:] if data.shape[1] > 6 else data
    ratings = raters.to_numpy(dtype=object)
    scale = sorted(set(ratings.ravel()))
    overall = fleiss_kappa(ratings)
    assert (overall.estimate, overall.statistic) == pytest.approx((0.430245, 17.65), abs=5e-3)
    each = dict(zip(scale, category_kappas(ratings), strict=True))
    printed = {"Depress": 0.245, "Personality": 0.245, "Schizo": 0.520, "Neurosis": 0.471, "Other": 0.566}
    for start, value in printed.items():
        name = next(category for category in scale if start in category)
        assert each[name].estimate == pytest.approx(value, abs=5e-4)
    assert several_readers(ratings, "conger").estimate == pytest.approx(0.4418085, abs=1e-7)
    four = fleiss_kappa(ratings[:, :4], categories=scale)
    assert four.estimate == pytest.approx(0.4893319, abs=1e-7)
    assert light_kappa(ratings).estimate == pytest.approx(0.459412, abs=1e-6)
    for (a, b), kappa in PAIRS.items():
        table = counted(ratings[:, a - 1], ratings[:, b - 1], scale)
        assert cohen_kappa(table).estimate == pytest.approx(kappa, abs=5e-5)
    assert cohen_kappa(counted(ratings[:, 1], ratings[:, 2], scale)).statistic == pytest.approx(
        7.56, abs=5e-3
    )


def test_anxiety(tables):
    ratings = tables("anxiety").to_numpy()
    table = counted(ratings[:, 0], ratings[:, 1], [1, 2, 3, 4, 5, 6])
    found = [cohen_kappa(table, weights) for weights in (None, "linear", "quadratic")]
    assert [r.estimate for r in found] == pytest.approx([0.119497, 0.189189, 0.296765], abs=1e-6)
    assert (found[2].statistic, found[2].p) == pytest.approx((1.34, 0.18), abs=5e-3)
    assert light_kappa(ratings).estimate == pytest.approx(-0.017479, abs=1e-6)
    assert as_irr_has_it(ratings) == pytest.approx(0.221848, abs=1e-6)


def test_video_survives_a_reader_who_never_varies(tables):
    ratings = tables("video").to_numpy()
    scale = [1, 2, 3, 4, 5]
    for other in (1, 2, 3):
        result = cohen_kappa(counted(ratings[:, 0], ratings[:, other], scale))
        assert result.estimate == pytest.approx(0, abs=1e-12)
        assert result.se is None
        assert result.reason
    assert (ratings == ratings[:, :1]).all(axis=1).mean() == 0.35
    assert fleiss_kappa(ratings).estimate == pytest.approx(0.035670, abs=1e-6)
    for (a, b), kappa in {(2, 3): 0.3496, (2, 4): -0.0063, (3, 4): 0.0698}.items():
        table = counted(ratings[:, a - 1], ratings[:, b - 1], scale)
        assert cohen_kappa(table).estimate == pytest.approx(kappa, abs=5e-5)
    assert as_irr_has_it(ratings) == pytest.approx(0.112032, abs=1e-6)


GWET = {
    "cac.raw4raters": {
        "percent": (0.8181818, None),
        "gwet": (0.77544, 0.14295),
        "fleiss": (0.76117, 0.15302),
        "conger": (0.76282, 0.14917),
        "brennan_prediger": (0.77273, 0.14472),
        "alpha": (0.74342, 0.14548),
    },
    "cac.raw5obser": {
        "gwet": (0.49662, 0.12197),
        "fleiss": (0.45762, 0.12045),
        "conger": (0.46927, 0.11666),
        "brennan_prediger": (0.48741, 0.12089),
        "alpha": (0.48053, 0.11356),
    },
    "cac.ben.gerry": {
        "gwet": (0.66144, None),
        "fleiss": (0.64935, None),
        "conger": (0.65714, None),
        "alpha": (0.66489, None),
    },
}


def rated(tables, name):
    data = tables(name)
    columns = [c for c in data.columns if c.lower() not in ("units", "group")]
    return data[columns].astype(object).to_numpy()


@pytest.mark.parametrize(("name", "values"), GWET.items())
def test_missing_ratings(tables, name, values):
    ratings = rated(tables, name)
    for coefficient, (estimate, se) in values.items():
        result = (
            krippendorff_alpha(ratings) if coefficient == "alpha" else several_readers(ratings, coefficient)
        )
        assert result.estimate == pytest.approx(estimate, abs=6e-6), coefficient
        if se is not None:
            assert result.se == pytest.approx(se, abs=6e-6), coefficient


def test_missing_ratings_with_quadratic_weights(tables):
    ratings = rated(tables, "cac.raw4raters")
    values = {"gwet": 0.914, "fleiss": 0.86494, "conger": 0.85771}
    for name, value in values.items():
        result = several_readers(ratings, name, weights="quadratic")
        assert result.estimate == pytest.approx(value, abs=6e-6)
    assert krippendorff_alpha(ratings, "interval").estimate == pytest.approx(0.84911, abs=6e-6)


FRANKEN = {
    1: ([[68, 12], [9, 11]], 0.6636238, 0.1904762, 0.4285714),
    2: ([[61, 18], [11, 10]], 0.2649309, 1.2413793, 1.6896552),
    3: ([[70, 6], [5, 19]], 1.0, 0.0, 0.0909091),
    4: ([[66, 9], [8, 17]], 1.0, 0.0, 0.0588235),
}
BETWEEN = {(1, 2): 0.5770, (1, 3): 0.5616, (1, 4): 0.6144, (2, 3): 0.5803, (2, 4): 0.5987, (3, 4): 0.5407}


@pytest.fixture(scope="module")
def franken(tables):
    data = tables("Franken")
    wide = data.pivot_table(index=["treatment", "reader"], columns="case", values="rating")
    truth = data.drop_duplicates("case").set_index("case")["truth"].reindex(wide.columns).to_numpy()
    return wide.to_numpy().reshape(2, 4, 100), truth


def test_franken_correctness_of_each_reader(franken):
    ratings, truth = franken
    right = (ratings >= 4) == (truth == 1)
    for reader, (table, exact, corrected, plain) in FRANKEN.items():
        first, second = right[0, reader - 1], right[1, reader - 1]
        b, c = int((first & ~second).sum()), int((~first & second).sum())
        assert [b, c] == [table[0][1], table[1][0]]
        tests = mcnemar(b, c)
        assert tests["exact"].p == pytest.approx(exact, abs=1e-7)
        assert tests["corrected"].statistic == pytest.approx(corrected, abs=1e-7)
        assert tests["asymptotic"].statistic == pytest.approx(plain, abs=1e-7)


def test_franken_between_readers(franken):
    ratings, _ = franken
    called = (ratings[0] >= 4).astype(int)
    for (a, b), kappa in BETWEEN.items():
        assert cohen_kappa(counted(called[a - 1], called[b - 1], [0, 1])).estimate == pytest.approx(
            kappa, abs=5e-5
        )
    assert fleiss_kappa(called.T).estimate == pytest.approx(0.577932, abs=1e-6)


def test_franken_areas_under_the_curve(franken):
    result = obuchowski_rockette(*franken)
    assert (result.details["theta1"], result.details["theta2"]) == pytest.approx(
        (0.8477499, 0.8368951), abs=1e-7
    )
    areas = [round(result.details[f"theta{i}_{j}"], 3) for i in (1, 2) for j in (1, 2, 3, 4)]
    assert areas == [0.853, 0.865, 0.857, 0.815, 0.850, 0.844, 0.840, 0.814]
    assert (result.estimate, result.se, result.statistic, result.p) == pytest.approx(
        (0.01085482, 0.005010122, 4.694058, 0.1188379), abs=1e-6
    )
    assert (result.details["df1"], result.df) == pytest.approx((1, 3))
