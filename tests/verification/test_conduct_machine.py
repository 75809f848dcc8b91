"""The machine of coordinators, readers, clocks and crashes, run for long."""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.readerstudy.oversight.machine import Conduct
from tests.readerstudy.oversight.test_machine import QUICK


@pytest.mark.django_db
@pytest.mark.both_databases
def test_trust_6_a_long_run_of_the_machine_finds_nothing() -> None:
    run_state_machine_as_test(Conduct, settings=settings(QUICK, max_examples=200, stateful_step_count=60))
