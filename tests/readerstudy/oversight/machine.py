"""Coordinators, readers, clocks, crashes and retries in any order, and what must hold whatever they do.

The machine keeps its own log of what was shown to whom and handed in when, in the order in which it
happened, and judges every answer of the server by it: by no code of the product. At every lock and in the end
the studies' audit exports are verified, so that guard, certificate and verifier are held to the same facts.
"""

from datetime import timedelta

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from readerstudy.common import clock
from readerstudy.studies.protocol import TEMPLATES
from tests.readerstudy.oversight import machine_checks as checks
from tests.readerstudy.oversight.machine_ending import Ending
from tests.readerstudy.oversight.machine_world import BEGINS, WASHOUT, Drawn, drawn

STEPS = st.sampled_from([timedelta(seconds=1), timedelta(hours=1), timedelta(hours=9), timedelta(days=9)])


class Conduct(Ending):
    """Everything that happens in a study from its opening on, to two studies with readers in common."""

    templates = tuple(TEMPLATES)

    @initialize(
        first=st.runner().flatmap(lambda play: drawn(play.templates)),
        second=drawn(("gao-2022", "crossover")),
        read=st.booleans(),
    )
    def open_studies(self, first: Drawn, second: Drawn, read: bool) -> None:
        self.open_both(first, second)
        for reader in range(len(self.people)):
            self.calibrate(0, reader)
        if read:
            self.read_some(0, 1, 3)

    @rule(by=STEPS)
    def time_passes(self, by: timedelta) -> None:
        self.clock.shift(by)

    @rule(short=st.sampled_from([timedelta(0), timedelta(seconds=1)]))
    def four_weeks_pass(self, short: timedelta) -> None:
        self.clock.shift(WASHOUT - short)

    @rule(by=STEPS)
    def the_clock_steps_back(self, by: timedelta) -> None:
        """Not before the studies opened."""
        self.clock.shift(-min(by, clock.now() - BEGINS))

    @invariant()
    def the_tables_hold(self) -> None:
        checks.no_map_in_an_unaided_read()
        checks.each_case_once()
        checks.no_second_part_before_the_first()

    def teardown(self) -> None:
        try:
            if len(self.studies) == 2:
                checks.replay()
                checks.verify(self.studies[1], self.coordinator)
                if self.is_open(0):
                    self.lock_now(0, exclude=False)
        finally:
            self.travel.stop()
            self.patches.close()
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)


def playing(*templates: str) -> type[Conduct]:
    """The machine with these templates alone for its first study."""
    return type("Conduct", (Conduct,), {"templates": templates})
