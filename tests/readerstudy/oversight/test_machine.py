"""A bounded run of the machine for every template; the longer one is in tests/verification."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from readerstudy.studies.protocol import TEMPLATES
from tests.readerstudy.oversight.machine import playing

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
