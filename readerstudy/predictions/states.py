"""The states of a run of the mapping pipeline."""

from enum import StrEnum


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


RUN_TRANSITIONS: dict[RunState, tuple[RunState, ...]] = {
    RunState.QUEUED: (RunState.RUNNING, RunState.CANCELLED, RunState.FAILED),
    RunState.RUNNING: (RunState.DONE, RunState.FAILED, RunState.CANCELLED, RunState.QUEUED),
    RunState.DONE: (),
    RunState.FAILED: (),
    RunState.CANCELLED: (),
}
