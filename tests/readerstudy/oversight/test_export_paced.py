"""The verifier on breaks, daily caps and mornings, in the time zones readers live by (W3, W9, R5)."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readerstudy.accounts.services import set_contact
from readerstudy.oversight import verify_study
from readerstudy.reads import pacing, selectors
from readerstudy.studies import pacing as rules
from readerstudy.studies import protocol
from tests import factories
from tests.readerstudy.oversight.test_export import edited, export, findings, head, own, rehashed
from tests.readerstudy.oversight.test_export_amended import read_on
from tests.readerstudy.reads.desk import Desk, desk
from tests.readerstudy.reads.test_breaks import reader_with

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BERLIN = "Europe/Berlin"
in_database = [pytest.mark.django_db, pytest.mark.both_databases]


def found_in(reader: Desk, folder: Path) -> list[str]:
    return findings(export(reader.enrolment.study, folder / "export"), head())


def live_in(reader: Desk, zone: str) -> Desk:
    set_contact(user=reader.user, time_zone=zone, email="")
    return reader


@pytest.fixture
def unpaced(monkeypatch) -> Callable[[], None]:
    """An application that forgets its breaks and caps."""
    return lambda: monkeypatch.setattr(pacing, "decide", lambda *args, **kwargs: None)


class TestPlanted:
    """What the application itself did wrong, with every hash in order."""

    pytestmark = in_database

    def test_w9_a_break_that_was_not_kept_is_found(self, travel, tmp_path, unpaced) -> None:
        reader = reader_with(break_after_cases=2, break_minutes=15)
        reader.read_one()
        reader.read_one()
        travel.shift(15 * MINUTE)
        reader.read_one()
        assert found_in(reader, tmp_path / "kept") == []
        reader = reader_with(break_after_cases=2, break_minutes=15, cases=3)
        reader.read_one()
        reader.read_one()
        unpaced()
        travel.shift(15 * MINUTE - timedelta(seconds=1))
        reader.read_one()
        (what,) = found_in(reader, tmp_path / "broken")
        assert what.startswith("pacing: reader 2 was given case ")
        assert what.endswith("in period 1 within a break of 15 minutes, after 2 cases")

    def test_w9_a_cap_is_counted_by_the_days_of_the_reader(self, travel, tmp_path, unpaced) -> None:
        reader = live_in(reader_with(cases_per_day=1, cases=3), BERLIN)
        travel.move_to("2026-03-05T22:30:00+00:00")
        reader.sign_in_again()
        reader.read_one()
        travel.shift(45 * MINUTE)
        reader.read_one()
        assert found_in(reader, tmp_path / "kept") == [], "half past eleven, and a quarter past twelve"
        unpaced()
        travel.shift(HOUR)
        reader.read_one()
        (what,) = found_in(reader, tmp_path / "broken")
        assert what.endswith(f"past the cap of a day in {BERLIN}, after 1 cases")

    def test_w9_a_cap_of_hours_and_the_morning_after_it_are_found(self, travel, tmp_path, unpaced) -> None:
        document = protocol.make() | {"pacing": {"hours_per_day": 0.5}, "opens_at_local_hour": 7}
        reader = live_in(desk(factories.make_study(cases=2, document=document), 2), BERLIN)
        travel.shift(timedelta(days=3))
        reader.sign_in_again()
        reader.look(reader.open())
        travel.shift(31 * MINUTE)
        reader.read_one()
        unpaced()
        travel.move_to("2026-03-05T05:59:00+00:00")
        reader.sign_in_again()
        reader.read_one()
        (what,) = found_in(reader, tmp_path)
        assert f"past the cap of a day in {BERLIN}, after 1 cases" in what

    def test_w9_a_zone_left_on_the_way_still_counts(self, travel, tmp_path, unpaced) -> None:
        reader = live_in(reader_with(cases_per_day=1, cases=2), "America/Los_Angeles")
        travel.move_to("2026-03-05T09:00:00+00:00")
        reader.sign_in_again()
        reader.read_one()
        live_in(reader, "Pacific/Auckland")
        unpaced()
        travel.move_to("2026-03-05T11:30:00+00:00")
        reader.read_one()
        (what,) = found_in(reader, tmp_path)
        assert "in America/Los_Angeles" in what, "a new day in Auckland alone"

    def test_w3_an_opening_before_the_readers_morning_is_found(self, travel, tmp_path, monkeypatch) -> None:
        document = protocol.make() | {"opens_at_local_hour": 7}
        reader = live_in(desk(factories.make_study(cases=2, document=document), 2), BERLIN)
        read_on(reader)
        monkeypatch.setattr(selectors.study_policies, "not_before_morning", lambda moment, **kwargs: moment)
        travel.move_to("2026-03-30T04:59:00+00:00")
        reader.sign_in_again()
        reader.read_one()
        what = found_in(reader, tmp_path)
        assert {one.split(" in period ")[1] for one in what} == {
            f"2 before 7 o'clock in {BERLIN}, at which it opened"
        }
        travel.move_to("2026-03-30T05:00:00+00:00")
        reader.read_one()
        assert len({one.split(" in ")[0] for one in found_in(reader, tmp_path / "next")}) == 1


@pytest.fixture
def paced(travel, tmp_path) -> Path:
    reader = live_in(reader_with(cases_per_day=2), BERLIN)
    reader.read_one()
    reader.open()
    return export(reader.enrolment.study, tmp_path / "export")


def shorter(facts: dict[str, Any]) -> None:
    facts["reads"][0]["submitted_at"] = "2026-03-01T11:00:00+00:00"


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "handed in earlier": (shorter, "submitted_at is not what the events tell"),
    "opened earlier": (
        lambda facts: facts["reads"][1].update(opened_at="2026-03-01T11:00:00+00:00"),
        "opened_at is not what the events tell",
    ),
    "a read left out": (lambda facts: facts["reads"].pop(), "is in the events and left out of the files"),
    "a read of another case": (
        lambda facts: facts["reads"][0].update(case=99),
        "has no place in the order",
    ),
    "a read of another reader": (lambda facts: facts["reads"][0].update(reader=3), "is not its reader's"),
    "a read that never was": (
        lambda facts: facts["reads"].append({**facts["reads"][0], "id": "none"}),
        "read none: opened_at is not what the events tell",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.django_db
def test_w9_every_change_of_openings_and_hand_ins_is_found(paced, change) -> None:
    spoil, said = CHANGES[change]
    facts = json.loads((paced / "study.json").read_text())
    spoil(facts)
    (paced / "study.json").write_text(json.dumps(facts))
    assert any(said in one for one in findings(paced, head()) if one.startswith("reads: "))


@pytest.mark.django_db
def test_w9_a_zone_put_in_afterwards_breaks_the_chain(paced) -> None:
    def elsewhere(lines: list[str]) -> None:
        lines[own(lines, "read.opened")] = rehashed(lines[own(lines, "read.opened")], BERLIN, "Asia/Tokyo")

    edited(paced, elsewhere)
    assert any(one.startswith("chain: ") for one in findings(paced, head()))


@pytest.mark.django_db
def test_the_zone_is_the_readers_and_no_name_comes_with_it(paced, monkeypatch, capsys) -> None:
    verify_study.main([str(paced)])
    assert "2 openings against breaks and caps" in capsys.readouterr().out
    monkeypatch.setattr(verify_study, "zone_named", lambda name: None)
    verify_study.main([str(paced)])
    assert "0 openings against breaks and caps" in capsys.readouterr().out


STARTS = datetime(2026, 3, 28, 20, tzinfo=UTC)
"""Some hours before European clocks go forward."""
minutes = st.integers(0, 600)
limits = {
    "break_after_cases": st.integers(1, 4),
    "break_after_minutes": st.integers(1, 90),
    "cases_per_day": st.integers(1, 6),
    "hours_per_day": st.floats(0.25, 4),
}
zones = st.lists(
    st.sampled_from([BERLIN, "Pacific/Apia", "America/Havana", "UTC"]), min_size=1, max_size=2, unique=True
)


@given(
    st.fixed_dictionaries({"break_minutes": st.integers(1, 120)}, optional=limits),
    st.lists(st.tuples(minutes, minutes, minutes, st.booleans(), st.booleans()), min_size=1, max_size=12),
    zones,
    st.sampled_from([None, 0, 7]),
    st.integers(0, 1500),
)
@settings(max_examples=300, deadline=None)
def test_r5_the_script_stops_where_the_application_does(stated, reads, names, hour, later) -> None:
    """On any past: both know the same break or cap, or neither does."""
    at, done, told = STARTS, [], verify_study.Desk()
    for waited, took, active, begins, known in reads:
        opened = at + waited * MINUTE
        at = opened + took * MINUTE
        looked = min(active, took) * MINUTE if known else timedelta()
        rested = (took * MINUTE - looked) if looked else timedelta()
        done.append(rules.HandedIn(opened, at, looked or at - opened, rested, begins))
        told.hand_in(
            opened,
            {
                "at": at.isoformat(),
                "active_ms": looked // timedelta(milliseconds=1),
                "longest_rest_ms": rested // timedelta(milliseconds=1),
            },
            begins,
        )
    now, held = at + later * MINUTE, [ZoneInfo(name) for name in names]
    lately = [read for read in reversed(done) if read.submitted_at > now - timedelta(days=2)]
    ours = rules.stop_of(rules.pacing_of({"pacing": stated}), lately, now=now, zones=held, hour=hour)
    theirs = list(verify_study.stops({"pacing": stated, "opens_at_local_hour": hour}, told, now, held))
    assert (ours is not None) == bool(theirs)
