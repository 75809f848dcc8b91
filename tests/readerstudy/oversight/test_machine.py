"""A bounded run of the machine for every template; the longer one is in tests/verification."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from readerstudy.studies.protocol import TEMPLATES
from readerstudy.studies.states import StudyState, WashoutMode
from tests.readerstudy.oversight.machine import playing
from tests.readerstudy.oversight.machine_world import Drawn

QUICK = settings(
    max_examples=3,
    stateful_step_count=20,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.django_db
@pytest.mark.both_databases
@pytest.mark.timeout(900)  # a failing story is shortened for five minutes before it is told
@pytest.mark.parametrize("template", TEMPLATES)
def test_trust_6_whatever_anyone_does_no_case_is_shown_before_its_washout(template: str) -> None:
    run_state_machine_as_test(playing(template), settings=QUICK)


@pytest.mark.django_db
def test_a_study_that_all_readers_left_is_not_locked_as_nothing_is_left_to_analyse() -> None:
    plain = Drawn("intra-rater", WashoutMode.PER_CASE, hour=None, pacing={}, closes={}, probe=False)
    play = playing("intra-rater")()
    try:
        play.open_both(plain, plain)
        play.read_some(0, 0, 3)
        for reader in (0, 1):
            play.a_reader_leaves(0, reader, replaced=False, seldom=0)
        play.lock_now(0, exclude=False)
        play.lock_now(1, exclude=False)
        assert [study.state for study in play.studies] == [StudyState.OPEN, StudyState.LOCKED]
    finally:
        play.teardown()
