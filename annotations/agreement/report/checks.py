"""What the data lack for the plan: refused where nothing could be said, else told on the first page."""

from typing import Any

import numpy as np

from annotations.agreement.pairs import pair_answers
from annotations.agreement.readings import Readings, ReadingsError

NAMED = 6


def check_paired(readings: Readings) -> None:
    """Raises ReadingsError where there is no grade at all, or no pair has a single unit in both arms: a
    change needs the same units twice.
    """
    plan = readings.plan
    if not (readings.grades >= 0).any():
        raise ReadingsError("No row holds a grade: there is nothing to report.")
    if not plan.two_arms:
        return
    answers = [pair_answers(readings, *pair) for pair in plan.pairs]
    if any(pair.complete.any() for pair in answers):
        return
    reread = [reader for reader in plan.readers if reader != plan.baseline]
    only = [[readings.of(reader, arm) >= 0 for arm in plan.arms] for reader in reread]
    earlier = np.any([old & ~new for old, new in only], axis=0)
    later = np.any([new & ~old for old, new in only], axis=0)
    raise ReadingsError(
        "The arms are unpaired: no unit was graded by both readers of a pair in both arms. McNemar's test "
        "and the change of kappa need the same units twice. "
        f"Only in {plan.arms[0]}: {_some(readings, earlier)}; only in {plan.arms[1]}: "
        f"{_some(readings, later)}. To describe one arm, give a file with that arm."
    )


def notes(readings: Readings) -> list[str]:
    """Readers who graded less than all units of an arm, and baseline readings that are not used."""
    plan, said = readings.plan, []
    for reader in plan.readers:
        for arm in dict.fromkeys(plan.slots(reader)):
            lacking = readings.of(reader, arm) < 0
            if lacking.any():
                said.append(
                    f"{reader} has no grade for {int(lacking.sum())} of {len(lacking)} units in {arm}: "
                    f"{_some(readings, lacking)}"
                )
    if plan.baseline is not None and plan.two_arms:
        again = int((readings.of(plan.baseline, plan.arms[1]) != -2).sum())
        if again:
            said.append(
                f"{again} answers of the baseline reader {plan.baseline} in {plan.arms[1]} are not used: a "
                "baseline reads once"
            )
    return said


def _some(readings: Readings, which: Any) -> str:
    found = np.flatnonzero(which)
    if not len(found):
        return "none"
    listed = ", ".join(readings.unit_names(found[:NAMED]))
    return listed + (f" and {len(found) - NAMED} more" if len(found) > NAMED else "")
