"""Level names for numbered bodies: a proposal with its evidence, for a person to confirm or shift.

Two pieces of evidence: the localizer's S1 channel, and that the lowest body of the chain is S1. Where they
disagree the person is asked. Transitional anatomy cannot be told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotations.vocabulary import Level

CERTAIN_S1 = 0.75
CLEAR_S1 = 0.5
FAINT_S1 = 0.2
CLOSE_CALL = 0.1
"""Where two bodies look like S1 this nearly alike, that it is the lowest decides."""
LEAST_ABOVE = 3
"""So many bodies stand on S1 at least, where something else looks like it too."""
WIDE_STEP = 1.6

_UPWARDS = (Level.S1, Level.L5, Level.L4, Level.L3, Level.L2, Level.L1)


@dataclass(frozen=True)
class Proposal:
    """The proposed name of one body; level None for bodies above L1 or below S1.

    s1_share: mean of the S1 channel over the body, 0 to 1. evidence: sentences for the person who confirms.
    sure: False where the evidence disagrees or a body may be missing.
    """

    body: int
    level: Level | None
    s1_share: float
    evidence: tuple[str, ...]
    sure: bool

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, shares rounded to three decimals."""
        return {
            "body": self.body,
            "level": None if self.level is None else self.level.value,
            "s1_share": round(self.s1_share, 3),
            "evidence": list(self.evidence),
            "sure": self.sure,
        }


def find_s1(shares: Mapping[int, float]) -> int | None:
    """The body that is S1 by its channel (mean over the body, by body number); None if none is clear.

    Of neighbours that look nearly alike the lowest is taken. Of such places apart from one another the
    highest that bears a lumbar spine: bowel and bladder lie below S1, never three bodies above it.
    """
    clear = [body for body in sorted(shares) if shares[body] >= CLEAR_S1]
    if not clear:
        return None
    places = np.split(clear, np.flatnonzero(np.diff(clear) > 1) + 1)
    bearing = [p for p in places if sum(body > p[-1] for body in shares) >= LEAST_ABOVE]
    place = [int(body) for body in (bearing or places)[-1 if bearing else 0]]
    strongest = max(shares[body] for body in place)
    return next(body for body in place if shares[body] >= strongest - CLOSE_CALL)


def propose(
    s1_shares: Mapping[int, float], centres_mm: Mapping[int, NDArray[np.float64]], left_out: int = 0
) -> tuple[Proposal, ...]:
    """Names for bodies numbered 1 (lowest) upwards; arguments by body number, centres as in the stack.

    left_out: how many pieces below S1 have been taken off the chain already.
    """
    bodies = sorted(s1_shares)
    if not bodies:
        return ()
    s1, why, sure = _judged(bodies, s1_shares, left_out)
    start = 0 if s1 is None else bodies.index(s1)
    first_name = 1 if s1 is None else 0
    gap = _first_gap(bodies, centres_mm)
    proposals = []
    for index, body in enumerate(bodies):
        name = index - start + first_name
        level = _UPWARDS[name] if 0 <= name < len(_UPWARDS) else None
        evidence, sure_here = [why], sure
        if gap is not None and index >= gap:
            evidence.append("A body may be missing below it: the step from the next lower one is too wide.")
            sure_here = False
        proposals.append(Proposal(body, level, s1_shares[body], tuple(evidence), sure_here))
    return tuple(proposals)


def _judged(bodies: list[int], shares: Mapping[int, float], left_out: int) -> tuple[int | None, str, bool]:
    """S1's body, the evidence in words, and whether it agrees."""
    lowest, s1 = bodies[0], find_s1(shares)
    if s1 is None:
        if shares[lowest] >= FAINT_S1:
            share = f"{shares[lowest]:.0%}"
            return (
                lowest,
                f"The lowest body is taken as S1; its S1 channel is faint ({share}): please check.",
                False,
            )
        return None, "No body looks like S1: the lowest is taken as L5. Please check.", False
    share = f"{shares[s1]:.0%}"
    rivals = [body for body in bodies if shares[body] >= CLEAR_S1 and body != s1]
    if rivals:
        shown = f"{share} and {shares[rivals[0]]:.0%}"
        return s1, f"More than one body looks like S1 ({shown}): please check.", False
    if s1 == lowest and not left_out:
        return s1, f"The lowest body is S1, and the S1 channel agrees ({share}).", True
    certain = shares[s1] >= CERTAIN_S1
    check = "" if certain else ": please check"
    return s1, f"The S1 channel marks this chain's S1 ({share}); what lies below is left out{check}.", certain


def _first_gap(bodies: list[int], centres: Mapping[int, NDArray[np.float64]]) -> int | None:
    """Index of the first body that lies too far above the one below it."""
    steps = [
        float(np.linalg.norm(centres[above][1:] - centres[below][1:])) for below, above in pairwise(bodies)
    ]
    if len(steps) < 2:
        return None
    usual = float(np.median(steps))
    return next((index + 1 for index, step in enumerate(steps) if step > WIDE_STEP * usual), None)
