"""The demo's clock: only in a demo, forward only, audited (line W7)."""

from datetime import timedelta
from pathlib import Path

import pytest

from readerstudy.accounts.states import Role
from readerstudy.audit.models import Event
from readerstudy.common import clock
from tests import cast, factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings, tmp_path: Path) -> None:
    settings.DEMO = True
    settings.DATA_DIR = tmp_path


@pytest.fixture
def study():
    return factories.make_study(cases=1)


def post(study, days: object, user=None):
    client = cast.signed_in(user or study.created_by)
    return client.post(f"/demo/studies/{study.pk}/clock/", {"days": days})


def test_a_coordinator_moves_the_clock_forward(study, demo) -> None:
    before = clock.now()
    assert post(study, 28).status_code == 302
    assert timedelta(days=28) <= clock.now() - before < timedelta(days=28, minutes=5)
    event = Event.objects.get(action="demo.clock-advanced")
    assert (event.before, event.after) == ({"offset_s": 0}, {"offset_s": 28 * 86400})
    assert post(study, 1).status_code == 302
    assert clock.offset() == timedelta(days=29)
    assert Event.objects.order_by("-seq")[0].clock_offset_s == 28 * 86400, "stamped on every event"


def test_a_step_that_another_process_takes_is_seen(demo) -> None:
    for seconds in (60, 61, 62):
        written = clock.offset_file().with_suffix(".other")
        written.write_text(str(seconds))
        written.replace(clock.offset_file())
        assert clock.offset() == timedelta(seconds=seconds)


@pytest.mark.parametrize("days", ["-1", "0", "367", "1.5", "", "x", "٣", "99999999999"])
def test_backwards_and_nonsense_are_refused(study, demo, days: str) -> None:
    assert post(study, days).status_code == 400
    assert clock.offset() == timedelta()
    assert not Event.objects.filter(action="demo.clock-advanced").exists()


def test_outside_a_demo_there_is_no_such_clock(study) -> None:
    assert post(study, 28).status_code == 404
    assert clock.offset() == timedelta()
    with pytest.raises(PermissionError):
        clock.advance(timedelta(days=1))


@pytest.mark.parametrize("role", [Role.READER, Role.AUDITOR, Role.STATISTICIAN, Role.ADMINISTRATOR])
def test_no_other_role_moves_it(study, demo, role: Role) -> None:
    assert post(study, 28, cast.person(role)).status_code == 403
    assert clock.offset() == timedelta()


def test_the_offset_of_a_demo_is_nothing_elsewhere(study, demo, settings) -> None:
    clock.advance(timedelta(days=3))
    settings.DEMO = False
    assert clock.offset() == timedelta()
