"""How a simulation tells in a folder how far it is, and learns there that it is to stop.

Files are all that a simulation and those who look at it share: it runs in an installation of its own.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRESS, STOP, ENDED = "progress.json", "stop", "ended.json"
DONE, STOPPED, FAILED = "done", "stopped", "failed"


class Stopped(Exception):
    """Somebody asked the simulation to stop."""


@dataclass
class Watch:
    """What goes on, for `folder`; a simulation without one is watched by nobody and stopped by nothing."""

    folder: Path | None = None
    total: int = 0
    done: int = 0

    def stage(self, words: str, *, total: int | None = None) -> None:
        """Something else is done from now on; total: how many steps all of it has. Raises Stopped."""
        self.total = self.total if total is None else total
        self._tell(words)

    def step(self, words: str) -> None:
        """One step more was done. Raises Stopped."""
        self.done += 1
        self._tell(words)

    def _tell(self, words: str) -> None:
        if self.folder is None:
            return
        if (self.folder / STOP).exists():
            raise Stopped
        write(self.folder / PROGRESS, {"stage": words, "done": self.done, "total": self.total})


def write(path: Path, value: dict[str, Any]) -> None:
    """JSON that is there as a whole or not at all."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(value), encoding="utf-8")
    fresh.replace(path)


def read(path: Path) -> dict[str, Any]:
    """The same; empty where it is not there."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found
