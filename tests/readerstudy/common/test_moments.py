"""Times as people read them."""

import zoneinfo
from datetime import UTC, datetime

import pytest
from django.utils import timezone
from django.utils.html import strip_tags

from readerstudy.common.templatetags.moments import moment

AT = datetime(2026, 3, 29, 22, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", "29 Mar 2026, 22:30:05 UTC"),
        ("Europe/Lisbon", "29 Mar 2026, 23:30:05 WEST (22:30:05 UTC)"),
        ("Europe/Berlin", "30 Mar 2026, 00:30:05 CEST (29 Mar, 22:30:05 UTC)"),
        ("America/Los_Angeles", "29 Mar 2026, 15:30:05 PDT (22:30:05 UTC)"),
    ],
)
def test_a_moment_in_the_readers_zone_and_utc(zone: str, expected: str) -> None:
    with timezone.override(zoneinfo.ZoneInfo(zone)):
        assert strip_tags(moment(AT)) == expected
        assert 'datetime="2026-03-29T22:30:05+00:00"' in moment(AT)


def test_no_moment_is_a_dash() -> None:
    assert moment(None) == "–"
