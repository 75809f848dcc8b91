from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

from annotations.agreement import TableError, clustered_mcnemar, mcnemar

counts = st.integers(0, 60)
clusters = st.lists(st.tuples(*[st.integers(0, 5)] * 4), min_size=1, max_size=20)
CLUSTERED = ("obuchowski", "durkalski", "eliasziw", "yang")


@given(b=counts, c=counts)
def test_exact_equals_scipy_and_statsmodels_where_they_are_right(b, c):
    ours = mcnemar(b, c)
    if b + c:
        assert ours["exact"].p == pytest.approx(binomtest(b, b + c).pvalue)
        plain = statsmodels_mcnemar([[0, b], [c, 0]], exact=False, correction=False)
        assert ours["asymptotic"].p == pytest.approx(plain.pvalue)
    if b != c:
        corrected = statsmodels_mcnemar([[0, b], [c, 0]], exact=False, correction=True)
        assert ours["corrected"].p == pytest.approx(corrected.pvalue)


@given(b=counts, c=counts)
def test_midp_counts_half_of_what_is_as_extreme(b, c):
    n = b + c
    if not n:
        return
    chance = [comb(n, k) / 2**n for k in range(n + 1)]
    more = sum(p for k, p in enumerate(chance) if abs(2 * k - n) > abs(b - c))
    same = sum(p for k, p in enumerate(chance) if abs(2 * k - n) == abs(b - c))
    assert mcnemar(b, c)["midp"].p == pytest.approx(more + same / 2, abs=1e-9)


@given(b=counts, c=counts)
def test_swapping_gained_and_lost_changes_nothing(b, c):
    assert {k: r.p for k, r in mcnemar(b, c).items()} == {k: r.p for k, r in mcnemar(c, b).items()}


def test_nothing_changed_is_p_one_where_statsmodels_says_zero():
    results = mcnemar(0, 0)
    assert {r.p for r in results.values()} == {1.0}
    assert all("no unit changed" in r.warnings[1] for r in results.values())


def test_nothing_is_corrected_when_gains_and_losses_are_equal():
    assert mcnemar(3, 3)["corrected"].p == 1.0


def test_every_plain_test_is_labelled_as_ignoring_clustering():
    assert all("ignores clustering" in r.warnings for r in mcnemar(4, 9).values())


@given(clusters)
def test_clustered_tests_never_raise_and_lie_between_zero_and_one(rows):
    for result in clustered_mcnemar(rows).values():
        assert (result.p is None and result.reason) or 0 <= result.p <= 1


@given(clusters, st.randoms())
def test_clustered_tests_ignore_order_direction_and_empty_clusters(rows, random):
    shuffled = [*rows, (0, 0, 0, 0)]
    random.shuffle(shuffled)
    mirrored = [(d, c, b, a) for a, b, c, d in rows]
    first = clustered_mcnemar(rows)
    for other in (clustered_mcnemar(shuffled), clustered_mcnemar(mirrored)):
        for name in CLUSTERED:
            a, b = first[name], other[name]
            assert (a.p is None and b.p is None) or b.p == pytest.approx(a.p, abs=1e-9)


@given(st.lists(st.integers(0, 3), min_size=2, max_size=50))
def test_one_unit_per_cluster_gives_the_plain_statistic(kinds):
    rows = np.eye(4, dtype=int)[kinds]
    b, c = kinds.count(1), kinds.count(2)
    results, plain = clustered_mcnemar(rows), mcnemar(b, c)["asymptotic"]
    n = len(kinds)
    if b + c:
        assert results["durkalski"].statistic == pytest.approx(plain.statistic)
        assert results["eliasziw"].statistic == pytest.approx(plain.statistic)
        assert results["obuchowski"].statistic == pytest.approx(plain.statistic * (n - 1) / n)


def test_what_cannot_be_tested_says_why():
    balanced = clustered_mcnemar([(1, 1, 1, 0), (2, 2, 2, 0)])
    assert "gains as many units as it loses" in balanced["obuchowski"].reason
    lonely = clustered_mcnemar([(5, 2, 1, 0)])
    assert all("fewer than two clusters" in lonely[name].reason for name in CLUSTERED)
    one_changed = clustered_mcnemar([(5, 2, 1, 0), (4, 0, 0, 1)])
    assert "fewer than two clusters hold" in one_changed["eliasziw"].reason
    unchanged = clustered_mcnemar([(5, 0, 0, 1), (4, 0, 0, 1)])
    assert {unchanged[name].p for name in CLUSTERED} == {1.0}


def test_misuse_is_refused():
    with pytest.raises(TableError):
        mcnemar(-1, 2)
    with pytest.raises(TableError):
        clustered_mcnemar([[1, 2, 3]])
