"""The stored order: derived, balanced over time, and anyone's to derive again (line D4, trust 7)."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readerstudy.studies.order import OrderKey, case_order

KEYS = st.builds(
    OrderKey,
    protocol_sha256=st.text("0123456789abcdef", min_size=4, max_size=4),
    seed=st.text("0123456789abcdef", min_size=4, max_size=4),
    reader_index=st.integers(1, 9),
    block_size=st.integers(2, 8),
)


@given(KEYS, st.sets(st.integers(1, 500), min_size=1, max_size=40), st.integers(1, 4))
def test_trust_7_an_order_is_a_permutation_and_derives_again(
    key: OrderKey, cases: set[int], period: int
) -> None:
    order = case_order(key, period=period, cases=sorted(cases))
    assert sorted(order) == sorted(cases)
    assert order == case_order(key, period=period, cases=sorted(cases, reverse=True))


@given(KEYS, st.integers(2, 40), st.integers(2, 4))
def test_trust_7_later_periods_differ_but_keep_each_case_near_its_place(
    key: OrderKey, count: int, period: int
) -> None:
    first = case_order(key, period=1, cases=range(1, count + 1))
    later = case_order(key, period=period, cases=range(1, count + 1))
    assert first != later
    assert all(abs(first.index(case) - later.index(case)) < 2 * key.block_size for case in first)


def test_trust_7_every_part_of_the_key_matters() -> None:
    base = OrderKey("p", "s", 1, 5)
    others = [OrderKey("q", "s", 1, 5), OrderKey("p", "t", 1, 5), OrderKey("p", "s", 2, 5)]
    cases = range(1, 31)
    orders = {case_order(key, period=period, cases=cases) for key in [base, *others] for period in (1, 2)}
    assert len(orders) == 8


def test_trust_7_the_documented_generator_is_the_one_used() -> None:
    """The description in the module, followed by hand for three cases."""
    digest = hashlib.sha256(b"sha256-blocks/1|p|s|1|1|0|0|0").digest()
    first, second = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big")
    cases = [1, 2, 3]
    cases[2], cases[first % 3] = cases[first % 3], cases[2]
    cases[1], cases[second % 2] = cases[second % 2], cases[1]
    assert case_order(OrderKey("p", "s", 1, 5), period=1, cases=[1, 2, 3]) == tuple(cases)


def test_trust_7_orders_are_spread_evenly() -> None:
    """Each of the 24 orders of four cases comes up in 2400 seeds; chi-square with 23 df, p > 0.001."""
    counts: dict[tuple[int, ...], int] = {}
    for seed in range(2400):
        order = case_order(OrderKey("p", str(seed), 1, 5), period=1, cases=[1, 2, 3, 4])
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 24
    assert sum((n - 100) ** 2 / 100 for n in counts.values()) < 49.73


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9, 10, 11, 21])
def test_blocks_cover_all_cases_and_are_alike(count: int) -> None:
    from readerstudy.studies.order import _blocks

    blocks = [list(block) for block in _blocks(range(count), 5)]
    assert [case for block in blocks for case in block] == list(range(count))
    assert all(0 <= len(a) - len(b) <= 1 for a, b in pairwise(blocks))
