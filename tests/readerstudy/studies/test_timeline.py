"""Amendments beside one that waits: in whatever order they are signed, each holds from its time (line D1)."""

import copy
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from readerstudy.studies import protocol
from readerstudy.studies.protocol import timeline
from readerstudy.studies.protocol.timeline import Version

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STATEMENTS = {
    ("pacing", 0): {"cases_per_day": 4},
    ("closes_at", 1): "2026-06-01T00:00:00Z",
    ("closes_at", 2): "2026-09-01T00:00:00Z",
    ("washout_hours", 2): 240,
    ("opens_at_local_hour", 0): 7,
    ("washout_mode", 0): "per-case",
}


def signed(versions: list[Version], changes: dict, now: datetime, later: int | None) -> list[Version]:
    """As an amendment of what is in force now, effective after so many hours."""
    current = timeline.in_force(versions, now)
    wished = timeline.applied(current.document, changes)
    at = None if later is None else now + timedelta(hours=later)
    assert list(timeline.conflicts(versions, wished, now=now, effective_at=at)) == []
    made = list(versions)
    for step in timeline.steps(versions, wished, now=now, effective_at=at):
        made.append(Version(len(made) + 1, step.document, step.effective_at or now))
    return made


@given(
    st.permutations(list(STATEMENTS)),
    st.permutations(range(1, 7)),
    st.lists(st.booleans(), min_size=6, max_size=6),
    st.lists(st.integers(0, 3), min_size=6, max_size=6),
)
def test_d1_each_holds_from_its_time_on_whatever_was_signed_before_or_after(
    keys, hours, at_once, waits
) -> None:
    opening = protocol.make()
    before = copy.deepcopy(opening)
    versions, now, due = [Version(1, opening, None)], NOW, []
    taken: set[datetime] = set()
    for key, later, once, wait in zip(keys, hours, at_once, waits, strict=True):
        now += timedelta(minutes=10 * wait + 1)
        effective = now if once else now + timedelta(hours=later)
        if effective in taken:
            continue
        taken.add(effective)
        versions = signed(versions, {key: STATEMENTS[key]}, now, None if once else later)
        due.append((effective, key))
    assert opening == before
    for moment, _ in due:
        for at in (moment - timedelta(seconds=1), moment):
            stated = {key: STATEMENTS[key] for since, key in due if since <= at}
            assert timeline.in_force(versions, at).document == timeline.applied(opening, stated)
    assert timeline.in_force(versions, NOW + timedelta(days=9)).document == timeline.applied(
        opening, {key: STATEMENTS[key] for _, key in due}
    )
    assert timeline.waiting(versions, NOW + timedelta(days=9)) == []


def test_d1_what_was_in_force_in_the_past_stays_what_it_was() -> None:
    versions = signed([Version(1, protocol.make(), None)], {("pacing", 0): {"cases_per_day": 4}}, NOW, 2)
    past = [timeline.in_force(versions, NOW + timedelta(minutes=by)).number for by in range(0, 60, 10)]
    after = signed(versions, {("closes_at", 1): "2026-06-01T00:00:00Z"}, NOW + timedelta(hours=1), None)
    assert [timeline.in_force(after, NOW + timedelta(minutes=by)).number for by in range(0, 60, 10)] == past
    assert [timeline.in_force(after, NOW + timedelta(hours=by)).number for by in (1, 2)] == [3, 4]


def test_a_statement_that_is_taken_back_is_taken_back() -> None:
    paced = timeline.applied(protocol.make(), {("pacing", 0): {"cases_per_day": 4}})
    assert timeline.touched(paced, protocol.make()) == {("pacing", 0): None}
    assert timeline.applied(paced, {("pacing", 0): None}) == protocol.make()
    morning = timeline.applied(paced, {("opens_at_local_hour", 0): 7})
    assert timeline.applied(morning, timeline.touched(morning, paced)) == paced
