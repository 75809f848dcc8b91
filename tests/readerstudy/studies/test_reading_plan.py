"""Who reads what, where and in which arm, for every design (lines D3 and D4)."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readerstudy.studies.order import lures
from readerstudy.studies.protocol import TEMPLATES, contrast, make
from readerstudy.studies.reading_plan import Planned, reading_plan

DESIGNS = st.sampled_from(list(TEMPLATES))
CASES = st.sets(st.integers(1, 400), min_size=4, max_size=30)


def planned(key: str, cases: set[int], *, more: int = 0, seed: str = "s") -> list[Planned]:
    document = make(key, readers=TEMPLATES[key].least + more)
    return list(reading_plan(document, sha256="p", seed=seed, cases=sorted(cases)))


@given(DESIGNS, CASES, st.integers(0, 4), st.text("01", max_size=3))
def test_trust_7_each_reader_reads_each_case_once_in_each_arm_and_orders_are_permutations(
    key: str, cases: set[int], more: int, seed: str
) -> None:
    rows = planned(key, cases, more=more, seed=seed)
    assert max(Counter((row.reader, row.case, row.arm) for row in rows).values()) == 1
    assert max(Counter((row.reader, row.case, row.period, row.part) for row in rows).values()) == 1
    places = defaultdict(list)
    for row in rows:
        if row.part == 1:
            places[row.reader, row.period].append(row.position)
    assert all(held == list(range(1, len(held) + 1)) for held in places.values())
    assert rows == planned(key, cases, more=more, seed=seed)


@given(DESIGNS, CASES)
def test_those_who_are_compared_read_the_same_cases_in_both_arms(key: str, cases: set[int]) -> None:
    document = make(key)
    rows = list(reading_plan(document, sha256="p", seed="s", cases=sorted(cases)))
    seen = defaultdict(set)
    for row in rows:
        seen[row.reader, row.arm].add(row.case)
    earlier, later = contrast(document)
    baseline = {reader["index"] for reader in document["readers"] if reader["baseline"]}
    for first, second in document["statistics"]["pairs"]:
        assert seen[first, earlier] == seen[second, earlier] != set()
        assert seen[second, later] == seen[second, earlier]
        assert first in baseline or seen[first, later] == seen[first, earlier]


@given(CASES)
def test_half_and_half_swaps_the_halves_and_draws_them_anew_for_each_reader(cases: set[int]) -> None:
    rows = planned("half-and-half", cases)
    unaided = defaultdict(set)
    for row in rows:
        if row.arm == "unaided":
            unaided[row.reader, row.period].add(row.case)
    for reader in (1, 2):
        assert unaided[reader, 1] | unaided[reader, 2] == cases
        assert not unaided[reader, 1] & unaided[reader, 2]
        assert abs(len(unaided[reader, 1]) - len(unaided[reader, 2])) <= 1


def test_half_and_half_differs_between_readers() -> None:
    rows = planned("half-and-half", set(range(1, 31)))
    halves = {
        tuple(row.case for row in rows if (row.reader, row.period, row.arm) == (reader, 1, "unaided"))
        for reader in (1, 2)
    }
    assert len(halves) == 2


@given(CASES, st.integers(0, 6))
def test_split_plot_deals_every_case_to_one_block(cases: set[int], more: int) -> None:
    rows = planned("split-plot", cases, more=more)
    of_reader = defaultdict(set)
    for row in rows:
        of_reader[row.reader].add(row.case)
    assert of_reader[1] == of_reader[2]
    assert of_reader[3] == of_reader[4]
    assert of_reader[1] | of_reader[3] == cases
    assert not of_reader[1] & of_reader[3]


@pytest.mark.parametrize("key", ["crossover", "williams"])
def test_sequences_are_shared_out_evenly(key: str) -> None:
    document = make(key, readers=12)
    counts = Counter(reader["sequence"] for reader in document["readers"])
    assert set(counts) == set(range(1, len(document["design"]["sequences"]) + 1))
    assert len(set(counts.values())) == 1


@given(DESIGNS, CASES, st.integers(1, 10))
def test_w10_lures_change_no_order_and_come_in_the_last_of_several_periods_alone(
    key: str, cases: set[int], tenths: int
) -> None:
    document = make(key)
    drawn = lures("s", cases=sorted(cases), count=max(1, len(cases) * tenths // 20))
    document["cases"] = [{"number": n, "lure": n in drawn} for n in sorted(cases)]
    plain, probed = (
        list(reading_plan(one, sha256="p", seed="s", cases=sorted(cases))) for one in (make(key), document)
    )
    last = {r["index"]: r["periods"][-1] for r in document["readers"] if len(r["periods"]) > 1}
    assert all(row.period == last.get(row.reader) for row in probed if row.case in drawn)

    def order_of(rows: list[Planned], *, kept: bool) -> list[tuple[int, int, int, str]]:
        return [
            (row.reader, row.period, row.case, row.arm)
            for row in rows
            if row.case not in drawn or (kept and row.period == last.get(row.reader))
        ]

    assert order_of(probed, kept=True) == order_of(plain, kept=True)
    for (reader, period), group in _places(probed).items():
        assert group == list(range(1, len(group) + 1)), (reader, period)


def _places(rows: list[Planned]) -> dict[tuple[int, int], list[int]]:
    found = defaultdict(list)
    for row in rows:
        if row.part == 1:
            found[row.reader, row.period].append(row.position)
    return found
