"""Where an adjudication stands."""

from enum import StrEnum


class AdjudicationState(StrEnum):
    """Each decides alone; together where they differ; all is decided; the outcome is a truth; given up."""

    OPEN = "open"
    DISCUSSION = "discussion"
    DECIDED = "decided"
    STATED = "stated"
    STOPPED = "stopped"


ADJUDICATION_TRANSITIONS: dict[AdjudicationState, tuple[AdjudicationState, ...]] = {
    AdjudicationState.OPEN: (
        AdjudicationState.DISCUSSION,
        AdjudicationState.DECIDED,
        AdjudicationState.STOPPED,
    ),
    AdjudicationState.DISCUSSION: (AdjudicationState.DECIDED, AdjudicationState.STOPPED),
    AdjudicationState.DECIDED: (AdjudicationState.STATED,),
    AdjudicationState.STATED: (),
    AdjudicationState.STOPPED: (),
}
RUNNING = (AdjudicationState.OPEN, AdjudicationState.DISCUSSION)
"""While adjudicators decide. What is decided can't be given up any more: an outcome that displeases stays."""
UNDER_WAY = (*RUNNING, AdjudicationState.DECIDED)
TABLE = 0
"""The seat at which the adjudicators decide together; their own are 1, 2, ..."""
