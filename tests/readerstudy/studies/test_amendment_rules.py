"""What an amendment may say, and what the plan of reading becomes (lines D1 and D4, trust 7 and 8)."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readerstudy.studies.protocol import TEMPLATES, check, make
from readerstudy.studies.protocol.amendment import Underway, for_whom, joined, refusals
from readerstudy.studies.reading_plan import reading_plan

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FRESH = Underway(now=NOW, begun={1: (1, 2)})


def amended(change: Callable[[dict[str, Any]], Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    old = make()
    new = copy.deepcopy(old)
    change(new)
    return old, new


def closes(number: int, at: str) -> Callable[[dict[str, Any]], Any]:
    return lambda d: d["periods"][number - 1].update(closes_at=at)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["periods"][1].update(washout_hours=336),
        closes(2, "2026-03-01T12:00:01Z"),
        lambda d: d.update(opens_at_local_hour=7),
        lambda d: d.update(washout_mode="per-case"),
        lambda d: d.update(readers=joined(d, 2)["readers"]),
    ],
)
def test_what_lies_ahead_can_be_amended(change) -> None:
    old, new = amended(change)
    check(new)
    assert refusals(old, new, FRESH, cases_added=0) == []
    assert for_whom(old, new, FRESH, cases_added=0)


@pytest.mark.parametrize(
    ("change", "underway", "said"),
    [
        (lambda d: d["periods"][1].update(washout_hours=1), Underway(NOW, (2,)), "R2 has a case open"),
        (lambda d: d["periods"][1].update(washout_hours=1), Underway(NOW, (2, 3)), "R2, R3 have a case"),
        (
            lambda d: d["periods"][1].update(washout_hours=1),
            Underway(NOW, begun={2: (3,)}),
            "Period 2 has been begun by R3",
        ),
        (lambda d: d.update(washout_mode="per-case"), Underway(NOW, begun={2: (3,)}), "washout is counted"),
        (closes(1, "2026-03-01T12:00:00Z"), FRESH, "in the past"),
        (lambda d: d["periods"][1].update(name="Later"), FRESH, "only its washout and its closing"),
        (lambda d: d["periods"].pop(), FRESH, "neither added nor taken away"),
        (lambda d: d["question"]["sites"].pop(), FRESH, "“question” is fixed"),
        (lambda d: d["arms"][1].update(shows=["map"]), FRESH, "“arms” is fixed"),
        (lambda d: d["design"].update(case_blocks=2), FRESH, "“design” is fixed"),
        (lambda d: d["statistics"]["primary"].update(alpha=0.1), FRESH, "“statistics” is fixed"),
        (lambda d: d["order"].update(block_size=9), FRESH, "“order” is fixed"),
        (lambda d: d.update(debriefing="x" * 50), FRESH, "“debriefing” is fixed"),
        (lambda d: d["readers"][1].update(periods=[1]), FRESH, "Reader 2 keeps the part"),
        (lambda d: d["readers"].pop(), FRESH, "Reader 3 keeps the part"),
        (lambda d: d, FRESH, "Nothing would change"),
    ],
)
def test_what_would_rewrite_the_past_is_refused_with_its_rule(change, underway: Underway, said: str) -> None:
    old, new = amended(change)
    assert said in " ".join(refusals(old, new, underway, cases_added=0))


def test_a_period_does_not_close_before_the_amendment_that_says_so_takes_effect() -> None:
    old, new = amended(closes(2, "2026-03-06T12:00:00Z"))
    later = datetime(2026, 3, 11, 12, tzinfo=UTC)
    (said,) = refusals(old, new, FRESH, cases_added=0, effective_at=later)
    assert "before this takes effect" in said
    assert refusals(old, new, FRESH, cases_added=0, effective_at=NOW.replace(day=5)) == []


def test_cases_alone_are_a_change() -> None:
    assert refusals(make(), make(), FRESH, cases_added=2) == []
    assert "2 cases are added for R1, R2, R3" in " ".join(for_whom(make(), make(), FRESH, cases_added=2))


@given(st.sampled_from(list(TEMPLATES)), st.integers(1, 13))
def test_those_who_join_are_cast_where_fewest_are(key: str, count: int) -> None:
    old = make(key)
    new = joined(old, count)
    check(new)
    assert new["readers"][: len(old["readers"])] == old["readers"]
    casts = [(reader["sequence"], reader["block"]) for reader in new["readers"] if not reader["baseline"]]
    held = [casts.count(cast) for cast in set(casts)]
    assert max(held) - min(held) <= 1


@given(
    st.sampled_from(list(TEMPLATES)),
    st.integers(4, 20),
    st.lists(st.integers(1, 9), min_size=1, max_size=3),
    st.integers(0, 3),
    st.integers(0, 2),
)
def test_trust_7_added_cases_and_readers_leave_every_prefix_as_it_was(
    key: str, cases: int, batches: list[int], more: int, lures: int
) -> None:
    document = make(key) | {"cases": [{"number": n, "lure": n <= lures} for n in range(1, cases + 1)]}
    before = list(reading_plan(document, sha256="p", seed="s", cases=range(1, cases + 1)))
    added, last = {}, cases
    for version, size in enumerate(batches, start=2):
        added[version] = range(last + 1, last + size + 1)
        last += size
    later = joined(document, more)
    after = list(reading_plan(later, sha256="p", seed="s", cases=range(1, cases + 1), added=added))
    assert set(before) <= set(after)
    for reader in document["readers"]:
        for period in reader["periods"]:
            own = [row for row in after if (row.reader, row.period, row.part) == (reader["index"], period, 1)]
            kept = [
                row for row in before if (row.reader, row.period, row.part) == (reader["index"], period, 1)
            ]
            assert sorted(row.position for row in own) == list(range(1, len(own) + 1))
            assert [row for row in own if row.position <= len(kept)] == kept
    arms = [(row.reader, row.case, row.arm) for row in after]
    assert len(set(arms)) == len(arms)
