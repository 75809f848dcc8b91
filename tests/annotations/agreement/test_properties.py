"""What must hold of every coefficient, whatever the numbers."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.agreement import (
    Result,
    accuracy,
    bhapkar,
    binary_accuracy,
    bland_altman,
    bowker,
    cluster_tables,
    clustered_kappa,
    clustered_mcnemar,
    clustered_proportion,
    cohen_kappa,
    dependent_kappas,
    fleiss_kappa,
    influence_split,
    krippendorff_alpha,
    light_kappa,
    likelihood_ratios,
    mcnemar,
    obuchowski_rockette,
    paired_difference,
    pearson,
    proportion_difference,
    several_readers,
    specific_agreement,
    stuart_maxwell,
    switch_table,
    two_readers,
    u_statistic,
)
from annotations.agreement import coefficients as known
from annotations.agreement.fleiss import category_kappas

SCALE = [0, 1, 2, 3]
COEFFICIENTS = [known.COHEN, known.SCOTT, known.BRENNAN_PREDIGER, known.GWET, known.ALPHA, known.PERCENT]
NAMES = ["fleiss", "conger", "gwet", "brennan_prediger", "percent"]
rows = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 5)), min_size=2, max_size=40)
rating = st.one_of(st.none(), st.integers(0, 3))
ratings = st.integers(2, 4).flatmap(
    lambda readers: st.lists(st.lists(rating, min_size=readers, max_size=readers), min_size=1, max_size=25)
)


def tables_of(entries, scale=SCALE):
    first, second, clusters = zip(*entries, strict=True)
    return cluster_tables(first, second, clusters, scale)


def figures(result, keys=("estimate", "se", "lo", "hi", "p")):
    return [getattr(result, key) for key in keys]


def same(a, b, rel=1e-6):
    """The same figures, None with None."""
    for x, y in zip(figures(a), figures(b), strict=True):
        assert (x is None) == (y is None), (a, b)
        if x is not None:
            assert y == pytest.approx(x, rel=rel, abs=1e-8)


@pytest.mark.parametrize("coefficient", COEFFICIENTS, ids=lambda c: c.name)
@given(entries=rows, seed=st.integers(0, 99))
def test_two_readers_symmetry_permutation_relabelling(coefficient, entries, seed):
    generator = np.random.default_rng(seed)
    names = generator.permutation(4)
    renamed = [(int(names[a]), int(names[b]), c) for a, b, c in entries]
    swapped = [(b, a, c) for a, b, c in entries]
    shuffled = [entries[i] for i in generator.permutation(len(entries))]
    for other in (renamed, swapped, shuffled):
        for pool in (lambda tables: tables, lambda tables: tables.sum(axis=0)):
            same(
                two_readers(pool(tables_of(entries)), coefficient),
                two_readers(pool(tables_of(other)), coefficient),
            )


@pytest.mark.parametrize("coefficient", COEFFICIENTS, ids=lambda c: c.name)
@given(entries=rows)
def test_two_readers_duplication_keeps_the_clustered_interval(coefficient, entries):
    once, twice = (two_readers(tables_of(entries * times), coefficient) for times in (1, 2))
    if coefficient is known.ALPHA or once.se is None:
        return
    assert figures(twice)[:4] == pytest.approx(figures(once)[:4], rel=1e-6, abs=1e-8)


@given(entries=rows)
def test_reversing_the_scale_keeps_weighted_coefficients(entries):
    turned = [(3 - a, 3 - b, c) for a, b, c in entries]
    for weights in ("linear", "quadratic", "ordinal", "radical"):
        for coefficient in COEFFICIENTS:
            same(
                two_readers(tables_of(entries), coefficient, weights),
                two_readers(tables_of(turned), coefficient, weights),
            )


@given(entries=rows)
def test_jackknife_and_delta_method_are_of_one_size_where_units_are_their_own_clusters(entries):
    alone = [(a, b, i) for i, (a, b, _) in enumerate(entries)] * 1
    if len(alone) < 20:
        return
    plain, jack = two_readers(tables_of(alone).sum(axis=0)), two_readers(tables_of(alone))
    if plain.se is not None and jack.se is not None and plain.se > 0.02:
        assert jack.se == pytest.approx(plain.se, rel=0.5)


@given(entries=rows)
def test_percent_agreement_of_one_unit_per_cluster_is_the_ordinary_one(entries):
    alone = [(a, b, i) for i, (a, b, _) in enumerate(entries)]
    n = len(alone)
    plain = two_readers(tables_of(alone).sum(axis=0), known.PERCENT)
    jack = two_readers(tables_of(alone), known.PERCENT)
    if plain.se is not None:
        assert jack.se == pytest.approx(plain.se * np.sqrt(n / (n - 1)))


@given(entries=rows)
def test_known_relations_between_coefficients(entries):
    table = tables_of(entries).sum(axis=0)
    n = table.sum()
    scott, alpha = two_readers(table, known.SCOTT), two_readers(table, known.ALPHA)
    if scott.estimate is not None:
        assert alpha.estimate == pytest.approx(1 - (1 - scott.estimate) * (2 * n - 1) / (2 * n))
    assert two_readers(table, known.COHEN).estimate == pytest.approx(cohen_kappa(table).estimate)
    both = [[a, b] for a, b, _ in entries]
    same_alpha = krippendorff_alpha(both, categories=SCALE)
    assert same_alpha.estimate == pytest.approx(alpha.estimate)
    for name, coefficient in (
        ("fleiss", known.SCOTT),
        ("conger", known.COHEN),
        ("gwet", known.GWET),
        ("brennan_prediger", known.BRENNAN_PREDIGER),
        ("percent", known.PERCENT),
    ):
        several = several_readers(both, name, categories=SCALE)
        assert several.estimate == pytest.approx(two_readers(table, coefficient).estimate)
    assert light_kappa(both, categories=SCALE).estimate == pytest.approx(cohen_kappa(table).estimate)


@pytest.mark.parametrize("name", NAMES)
@given(entries=ratings, seed=st.integers(0, 99))
def test_several_readers_permutation_relabelling(name, entries, seed):
    generator = np.random.default_rng(seed)
    names = [*generator.permutation(4).tolist()]
    array = np.array(entries, dtype=object)
    renamed = [[None if v is None else names[v] for v in row] for row in entries]
    readers = array[:, generator.permutation(array.shape[1])]
    units = array[generator.permutation(len(array))]
    base = several_readers(array, name, categories=SCALE)
    for other in (renamed, readers, units):
        same(base, several_readers(other, name, categories=SCALE))


@given(entries=ratings)
def test_counts_patterns_and_clusters_of_one_give_the_same_estimate(entries):
    array = np.array(entries, dtype=object)
    alone = list(range(len(array)))
    for name in NAMES:
        plain = several_readers(array, name, categories=SCALE)
        clustered = several_readers(array, name, categories=SCALE, clusters=alone)
        assert (plain.estimate is None) == (clustered.estimate is None)
        if plain.estimate is not None:
            assert clustered.estimate == pytest.approx(plain.estimate)
    for level in ("nominal", "ordinal", "interval", "ratio"):
        plain = krippendorff_alpha(array, level, categories=[1, 2, 3, 4, 0])
        clustered = krippendorff_alpha(array, level, categories=[1, 2, 3, 4, 0], clusters=alone)
        assert (plain.estimate is None) == (clustered.estimate is None)


@given(seed=st.integers(0, 50), missing=st.floats(0, 0.6))
def test_many_units_by_patterns_equal_few_at_a_time(seed, missing):
    """Above a thousand units, figures rest on patterns of ratings; below, on units."""
    generator = np.random.default_rng(seed)
    few = generator.integers(0, 4, (300, 5)).astype(float)
    few[generator.random(few.shape) < missing] = np.nan
    many = np.tile(few, (4, 1))
    for name in ("fleiss", "gwet", "brennan_prediger", "percent"):
        small, large = (several_readers(x, name, categories=SCALE) for x in (few, many))
        assert large.estimate == pytest.approx(small.estimate)
        assert large.n_units == 4 * small.n_units
        n = len(few) - small.left_out.get("no rating", 0)
        assert large.se == pytest.approx(small.se * np.sqrt((n - 1) / (4 * n - 1)), rel=1e-6)
    ours, theirs = (krippendorff_alpha(x, categories=SCALE) for x in (many, many.astype(object)))
    assert ours == theirs


def results_in(found):
    if isinstance(found, Result):
        yield found
    elif isinstance(found, dict):
        for value in found.values():
            yield from results_in(value)
    elif isinstance(found, (list, tuple)):
        for value in found:
            yield from results_in(value)


def is_sound(result):
    """A value or a reason; JSON that any reader accepts."""
    json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert result.estimate is not None or result.p is not None or result.reason
    if result.lo is not None and result.hi is not None:
        assert result.lo <= result.hi + 1e-12
    if result.p is not None:
        assert 0 <= result.p <= 1 + 1e-12


@given(
    cells=st.lists(st.integers(0, 3), min_size=9, max_size=9),
    clusters=st.integers(0, 3),
    sparse=st.booleans(),
)
def test_no_table_breaks_any_statistic(cells, clusters, sparse):
    table = np.array(cells).reshape(3, 3) * (np.eye(3, dtype=int) if sparse else 1)
    stack = np.stack([table, *[table * (i % 2) for i in range(clusters)]])
    found = [two_readers(t, c) for t in (table, stack) for c in COEFFICIENTS]
    found += [specific_agreement(t, i) for t in (table, stack) for i in (0, [1, 2])]
    found += [
        cohen_kappa(table),
        clustered_kappa(stack),
        bowker(table),
        stuart_maxwell(table),
        bhapkar(table),
    ]
    found += [dependent_kappas([stack, stack]), accuracy(table, "abc"), accuracy(stack, "abc")]
    small = table[:2, :2]
    found += [paired_difference(small), binary_accuracy(small), likelihood_ratios(small)]
    found += [mcnemar(int(small[0, 1]), int(small[1, 0])), clustered_mcnemar(stack[:, :2, :2].reshape(-1, 4))]
    x, n = stack[:, 0, 0], stack[:, 0].sum(axis=1)
    found += [clustered_proportion(x, n), proportion_difference(x, n, stack[:, 0, 1], n)]
    for result in results_in(found):
        is_sound(result)


@given(entries=ratings, one=st.booleans())
def test_no_ratings_break_any_statistic(entries, one):
    array = np.array([[1 if v is not None and one else v for v in row] for row in entries], dtype=object)
    clusters = [i // 2 for i in range(len(array))]
    found = []
    for scale in (None, SCALE):
        for groups in (None, clusters):
            found += [several_readers(array, name, categories=scale, clusters=groups) for name in NAMES]
            found += [light_kappa(array, categories=scale, clusters=groups)]
            found += [fleiss_kappa(array, categories=scale, clusters=groups)]
            found += [category_kappas(array, categories=scale, clusters=groups)]
            found += [
                krippendorff_alpha(array, level, categories=scale, clusters=groups)
                for level in ("nominal", "ordinal", "interval", "ratio")
            ]
    before, after = array[:, 0].tolist(), array[:, 1].tolist()
    found += [influence_split(before, after, [1] * len(array), before, clusters)]
    switches = switch_table(before, after, [1] * len(array), before)
    assert switches["all"].left_out + sum(
        getattr(switches["all"], key) for key in ("to_right", "to_wrong", "stayed_right", "stayed_wrong")
    ) == len(array)
    for result in results_in(found):
        is_sound(result)


@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 8)),
    seed=st.integers(0, 99),
    constant=st.booleans(),
)
def test_no_scores_break_the_multi_reader_statistics(shape, seed, constant):
    generator = np.random.default_rng(seed)
    scores = np.ones(shape) if constant else generator.integers(0, 2, shape).astype(float)
    scores[generator.random(shape) < 0.1] = np.nan
    truth = generator.integers(0, 2, shape[2])
    found = [
        obuchowski_rockette(scores, truth, metric, covariance=covariance, effects=effects)
        for metric in ("sensitivity", "specificity", "auc")
        for covariance in ("jackknife", "delong", "unbiased")
        for effects in ("both", "cases", "readers")
    ]
    if shape[0] == 2:
        found += [u_statistic(scores, truth, metric) for metric in ("sensitivity", "auc")]
    for result in results_in(found):
        is_sound(result)


@given(pairs=st.lists(st.tuples(st.floats(-5, 5) | st.just(float("nan")), st.integers(-2, 2)), max_size=12))
def test_no_values_break_the_measured_ones(pairs):
    first, second = [p[0] for p in pairs], [float(p[1]) for p in pairs]
    clusters = [i // 2 for i in range(len(pairs))]
    found = [bland_altman(first, second), bland_altman(first, second, clusters), pearson(first, second)]
    for result in found:
        is_sound(result)
