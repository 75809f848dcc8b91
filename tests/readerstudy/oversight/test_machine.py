"""A bounded run of the machine; the longer one is in tests/verification."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.readerstudy.oversight.machine import Conduct

QUICK = settings(
    max_examples=16,
    stateful_step_count=30,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.django_db
@pytest.mark.both_databases
@pytest.mark.timeout(600)  # a failing story is shortened for five minutes before it is told
def test_trust_6_whatever_anyone_does_no_case_is_shown_before_its_washout() -> None:
    run_state_machine_as_test(Conduct, settings=QUICK)
