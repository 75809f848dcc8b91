import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

from annotations.agreement import TableError, agreement_weights, cluster_tables, clustered_kappa, cohen_kappa
from annotations.agreement.table import codes

GRADES = [0, 1, 2, 3]
pairs_of_grades = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 6)), min_size=2, max_size=60
)


def tables_of(rows):
    first, second, clusters = zip(*rows, strict=True)
    return cluster_tables(first, second, clusters, GRADES)


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
@given(rows=pairs_of_grades)
def test_kappa_equals_scikit_learn_on_the_fixed_scale(weights, rows):
    first, second, _ = zip(*rows, strict=True)
    ours = cohen_kappa(tables_of(rows).sum(axis=0), weights)
    if ours.estimable:
        theirs = cohen_kappa_score(first, second, labels=GRADES, weights=weights)
        assert ours.estimate == pytest.approx(theirs, abs=1e-9)
    else:
        assert len(set(first) | set(second)) == 1


@pytest.mark.parametrize(("weights", "wt"), [(None, None), ("linear", "linear"), ("quadratic", "quadratic")])
def test_standard_errors_equal_statsmodels(weights, wt):
    table = np.array([[21, 12, 0, 0], [4, 17, 1, 0], [3, 9, 15, 2], [0, 0, 0, 1]])
    ours, theirs = cohen_kappa(table, weights), cohens_kappa(table, wt=wt)
    assert (ours.estimate, ours.se) == pytest.approx((theirs.kappa, theirs.std_kappa), abs=1e-12)
    assert ours.details["se0"] == pytest.approx(theirs.std_kappa0, abs=1e-12)
    assert (ours.lo, ours.hi) == pytest.approx((theirs.kappa_low, theirs.kappa_upp), abs=1e-12)
    assert ours.p == pytest.approx(theirs.pvalue_two_sided, abs=1e-12)


def test_weights_follow_the_scale_not_the_categories_that_occur():
    first, second = [0, 0, 3, 3, 0, 3, 0, 1], [0, 0, 3, 0, 0, 3, 0, 3]
    table = cluster_tables(first, second, [0] * 8, GRADES).sum(axis=0)
    fixed = cohen_kappa_score(first, second, labels=GRADES, weights="linear")
    present = cohen_kappa_score(first, second, weights="linear")
    assert cohen_kappa(table, "linear").estimate == pytest.approx(fixed)
    assert fixed != pytest.approx(present)


@given(rows=pairs_of_grades)
def test_one_unit_per_cluster_gives_the_ordinary_standard_error(rows):
    first, second, _ = zip(*rows, strict=True)
    alone = clustered_kappa(cluster_tables(first, second, range(len(rows)), GRADES))
    ordinary = cohen_kappa(tables_of(rows).sum(axis=0))
    assert alone.estimate == ordinary.estimate or alone.estimate == pytest.approx(ordinary.estimate)
    if alone.se is not None and ordinary.se is not None:
        n = len(rows)
        assert alone.se == pytest.approx(ordinary.se * np.sqrt(n / (n - 1)), abs=1e-9)


@given(rows=pairs_of_grades, seed=st.integers(0, 99))
def test_symmetry_order_of_units_and_relabelling_change_nothing(rows, seed):
    result = clustered_kappa(tables_of(rows)).to_json()
    swapped = [(b, a, c) for a, b, c in rows]
    generator = np.random.default_rng(seed)
    shuffled = [rows[i] for i in generator.permutation(len(rows))]
    names = generator.permutation(4)
    renamed = [(int(names[a]), int(names[b]), c) for a, b, c in rows]
    for other in (swapped, shuffled, renamed):
        again = clustered_kappa(tables_of(other)).to_json()
        for key in ("estimate", "se", "lo", "hi", "p"):
            same_none = result[key] is None and again[key] is None
            assert same_none or again[key] == pytest.approx(result[key], abs=1e-8)


@given(rows=pairs_of_grades)
def test_repeating_every_unit_of_each_cluster_keeps_the_clustered_interval(rows):
    once, twice = clustered_kappa(tables_of(rows)), clustered_kappa(tables_of(rows * 2))
    assert twice.n_units == 2 * once.n_units
    for key in ("estimate", "se", "lo", "hi"):
        a, b = getattr(once, key), getattr(twice, key)
        assert (a is None and b is None) or b == pytest.approx(a, abs=1e-9)


def test_one_category_only_is_not_estimable_and_says_why():
    for result in (cohen_kappa([[9, 0], [0, 0]]), clustered_kappa([[[4, 0], [0, 0]], [[5, 0], [0, 0]]])):
        assert not result.estimable
        assert "one and the same category" in result.reason
        assert result.to_json()["estimate"] is None


def test_a_reader_who_never_varies_has_kappa_zero_without_standard_error():
    result = clustered_kappa([[[0, 0], [4, 1]], [[0, 0], [3, 3]]])
    assert result.estimate == pytest.approx(0)
    assert result.se is None
    assert "standard error is zero" in result.reason


def test_no_unit_and_one_cluster_are_values_with_a_reason():
    assert clustered_kappa(np.zeros((3, 4, 4))).reason == "no unit was graded by both readers"
    lonely = clustered_kappa([[[3, 1], [1, 3]]])
    assert lonely.estimate == pytest.approx(0.5)
    assert "fewer than two clusters" in lonely.reason


def test_misuse_is_refused_with_the_rows():
    with pytest.raises(TableError, match="row 1: 7"):
        codes([0, 7], GRADES)
    with pytest.raises(TableError, match="one entry per unit"):
        cluster_tables([0], [0, 1], [0, 0], GRADES)
    for wrong in ([[1, 2]], [[1.5, 0], [0, 1]], [[-1, 0], [0, 1]], [[[1]]]):
        with pytest.raises(TableError):
            cohen_kappa(wrong)
    with pytest.raises(TableError, match="not 'cubic'"):
        agreement_weights(3, "cubic")
