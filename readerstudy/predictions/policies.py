"""What may be done with a run, as pure decisions."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from readerstudy.common.errors import Conflict
from readerstudy.exams.states import ExamState
from readerstudy.predictions.states import RUN_TRANSITIONS, RunState

MAX_ATTEMPTS = 3
STALE_AFTER = timedelta(minutes=6)
"""Silence after which a run's worker counts as dead: more than two requests' deadlines."""
LONGEST_RUN = timedelta(minutes=55)
"""After which an attempt is given up, however alive: a model server may answer each request just in time."""
PUBLISH_AGAIN_AFTER = timedelta(seconds=45)
FORGET_AFTER = timedelta(hours=2)
"""Age at which a map's files that no row tells of are removed: longer than any commit lasts."""
BODY_REACH_MM = 18.0
"""A confirmed point names the body whose centre lies this near, about half a body's height and more."""

_WEIGHTS = {
    "read": 0.04,
    "align": 0.04,
    "localize": 0.42,
    "standardize": 0.06,
    "detect": 0.34,
    "map": 0.01,
    "label": 0.05,
    "store": 0.04,
}
STAGE_NAMES = {
    "read": "reading images",
    "align": "aligning T2 to T1",
    "localize": "finding vertebral bodies",
    "standardize": "standardizing grey values",
    "detect": "detecting Modic changes",
    "map": "typing voxels",
    "label": "labelling endplates",
    "store": "storing the map",
}


def is_live(state: str) -> bool:
    """Whether a run in this state still has something ahead of it."""
    return bool(RUN_TRANSITIONS[RunState(state)])


def check_can_start(*, exam_state: str, live_run: bool) -> None:
    """Raise Conflict unless the exam may be mapped now."""
    if exam_state == ExamState.WITHDRAWN:
        raise Conflict("The exam is withdrawn: it is not mapped any more.", code="exam-state")
    if live_run:
        raise Conflict("The exam is being mapped already. Wait for it, or cancel it first.", code="run-live")


def check_can_cancel(*, state: str) -> None:
    """Raise Conflict unless the run is waiting or under way."""
    if not is_live(state):
        raise Conflict(f"The run is {state}: there is nothing to cancel.", code="run-state")


def is_stale(*, heartbeat_at: datetime | None, now: datetime) -> bool:
    """Whether a running run has been silent for so long that its worker counts as dead."""
    return heartbeat_at is None or now - heartbeat_at > STALE_AFTER


def attempts_left(*, attempts: int) -> bool:
    """Whether a run may be tried once more."""
    return attempts < MAX_ATTEMPTS


def overall_progress(stage: str, share: float) -> float:
    """Share of a whole run, 0..1, from a stage and the share done of it."""
    done = 0.0
    for name, weight in _WEIGHTS.items():
        if name == stage:
            return done + weight * min(max(share, 0.0), 1.0)
        done += weight
    raise ValueError(f"no such stage: {stage}")


def bodies_of_levels(
    levels: list[dict[str, Any]], centres_mm: Mapping[int, tuple[float, float, float]]
) -> dict[int, str]:
    """Level name of each body, from names that stand at points.

    levels: [{"level", "point_mm"}], confirmed by a person; centres_mm: body number to centre, both in patient
    coordinates. Only y and z count: a point may be set on any slice. A point takes the nearest body within
    18 mm; a body is taken once, by the nearest point. Numbers of bodies are never compared: they belong to
    the run that proposed names, which may be another one.
    """
    pairs = sorted(
        (_apart_mm(entry["point_mm"], centre), entry["level"], body)
        for entry in levels
        for body, centre in centres_mm.items()
    )
    names: dict[int, str] = {}
    for distance, level, body in pairs:
        if distance <= BODY_REACH_MM and body not in names and level not in names.values():
            names[body] = level
    return names


def _apart_mm(one: Any, other: Any) -> float:
    """Distance in the sagittal plane."""
    return float(((one[1] - other[1]) ** 2 + (one[2] - other[2]) ** 2) ** 0.5)
