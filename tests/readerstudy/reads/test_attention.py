"""Active time is what a window tells, as far as the server's clock allows; beside it the wall time stays."""

from datetime import timedelta
from typing import Any

import pytest

from readerstudy.reads.models import Attention, Read
from tests.readerstudy.reads.desk import Desk, Json, answers_to, desk

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
DISPLAY = {"width": 1440, "height": 900, "pixel_ratio": 1.5, "colour_depth": 24, "pattern_seen": None}


def beat(reader: Desk, read: Json, active_ms: int, **changes: Any) -> Any:
    body = {"lease": read["lease"], "active_ms": active_ms, **DISPLAY, **changes}
    return reader.client.post(read["beat_url"], body, content_type="application/json")


def test_claims_count_up_to_the_time_that_has_passed(study, travel) -> None:
    reader = desk(study, 1)
    read = reader.open()
    travel.shift(timedelta(seconds=10))
    assert beat(reader, read, 8_000).json() == {"active_ms": 8_000}
    travel.shift(timedelta(seconds=10))
    assert beat(reader, read, 3_600_000).json() == {"active_ms": 18_000}
    assert beat(reader, read, 5_000).json() == {"active_ms": 18_000}, "no time has passed since"
    travel.shift(timedelta(hours=2))
    assert beat(reader, read, 4_000).json() == {"active_ms": 22_000}, "a pause is not counted"


def test_a_clock_that_steps_back_takes_nothing_and_gives_nothing(study, travel) -> None:
    reader = desk(study, 1)
    read = reader.open()
    travel.shift(timedelta(seconds=20))
    beat(reader, read, 20_000)
    travel.shift(timedelta(seconds=-15))
    assert beat(reader, read, 9_000).json() == {"active_ms": 20_000}
    travel.shift(timedelta(seconds=15))
    assert beat(reader, read, 9_000).json() == {"active_ms": 20_000}


def test_a_submission_brings_the_last_seconds(study, travel) -> None:
    reader = desk(study, 1)
    read = reader.open()
    travel.shift(timedelta(seconds=30))
    beat(reader, read, 12_000)
    travel.shift(timedelta(seconds=5))
    assert reader.post_submit(read, answers_to(read), active_ms=4_000).status_code == 200
    row = Read.objects.get(pk=read["id"])
    assert row.attention.active_ms == 16_000
    assert row.submitted_at - row.opened_at == timedelta(seconds=35)
    assert beat(reader, read, 1_000).status_code == 409


def test_a_window_that_lost_the_case_is_told_by_its_beat(study) -> None:
    reader = desk(study, 1)
    lost = reader.open()
    reader.open()
    answer = beat(reader, lost, 1_000)
    assert (answer.status_code, answer.json()["code"]) == (409, "lease")
    assert not Attention.objects.exists()


def test_the_display_is_kept_with_the_read_and_the_pattern_once_answered(study) -> None:
    reader = desk(study, 1)
    read = reader.open()
    beat(reader, read, 0)
    row = Attention.objects.get()
    assert (row.width, row.height, row.pixel_ratio, row.colour_depth) == (1440, 900, 1.5, 24)
    assert row.pattern_seen is None
    beat(reader, read, 0, pattern_seen=True)
    beat(reader, read, 0, width=1024)
    row.refresh_from_db()
    assert (row.pattern_seen, row.width) == (True, 1024)


def test_what_drew_the_images_is_kept_with_the_read(study) -> None:
    reader = desk(study, 1)
    read = reader.open()
    beat(reader, read, 0)
    row = Attention.objects.get()
    assert (row.webgl2, row.renderer, row.drawn_by) == (None, "", ""), "a window from before this was told"
    beat(reader, read, 0, webgl2=True, renderer="ANGLE (a card)", drawn_by="cornerstone")
    row.refresh_from_db()
    assert (row.webgl2, row.renderer, row.drawn_by) == (True, "ANGLE (a card)", "cornerstone")
    assert beat(reader, read, 0, drawn_by="hand").status_code == 400
    assert beat(reader, read, 0, renderer="x" * 201).status_code == 400


@pytest.mark.parametrize("change", [{"active_ms": -1}, {"width": 0}, {"pixel_ratio": "wide"}, {"lease": "x"}])
def test_what_is_no_beat_is_refused(study, change) -> None:
    reader = desk(study, 1)
    read = reader.open()
    body = {"lease": read["lease"], "active_ms": 1, **DISPLAY, **change}
    assert reader.client.post(read["beat_url"], body, content_type="application/json").status_code == 400


def test_a_beat_for_another_readers_case_is_nowhere(study) -> None:
    read = desk(study, 1).open()
    assert beat(desk(study, 2), read, 1).status_code == 404
