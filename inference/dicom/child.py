"""Run intake's work in a child process with limits, and outlive whatever happens to it.

One child serves many files; when one kills it, hangs or eats too much, the next starts afresh.
"""

import json
import os
import select
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from inference.dicom.fork import Fork
from inference.dicom.uids import Keyed
from inference.dicom.verdicts import Code

_TOO_LONG = "Reading the file took too long: it is damaged or hostile, or this machine is too busy."
_ROOT = Path(__file__).resolve().parents[2]
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "MALLOC_ARENA_MAX": "2",
}
_LIMITED = 'ulimit -v {kilobytes} && ulimit -c 0 && exec "$0" -m inference.dicom.worker'


@dataclass(frozen=True)
class ChildLimits:
    """Bounds of one job: address space in bytes, processor and wall seconds.

    Wall time is for what hangs without working: a busy machine makes a sound file wait, too.
    """

    memory_bytes: int = 2**30
    cpu_s: int = 20
    wall_s: float = 300.0


class Child:
    """A context that answers jobs; every answer is a dict, a death is one with a code and a reason.

    fork: the child is a fork of this process, which must have one thread and no secrets.
    """

    def __init__(self, keyed: Keyed, limits: ChildLimits | None = None, *, fork: bool = False) -> None:
        self._keyed = keyed
        self._fork = fork
        self.limits = limits or ChildLimits()
        self._process: subprocess.Popen[bytes] | Fork | None = None
        self._buffer = b""
        self.started = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def ask(
        self, job: dict[str, Any], *, wall_s: float | None = None, cpu_s: int | None = None
    ) -> dict[str, Any]:
        """Send one job and wait for its answer, at most `wall_s` seconds."""
        wall, cpu = wall_s or self.limits.wall_s, cpu_s or self.limits.cpu_s
        process = self._process or self._start()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps({**job, "cpu_s": cpu}).encode() + b"\n")
            process.stdin.flush()
            line = self._line(process, time.monotonic() + wall)
        except (BrokenPipeError, EOFError):
            self._stop()
            return _lost("Reading the file ended the reader: it is damaged or hostile.")
        except TimeoutError:
            self._stop()
            return _lost(_TOO_LONG)
        answer: dict[str, Any] = json.loads(line)
        return answer

    @property
    def pid(self) -> int | None:
        """Of the child that runs now."""
        return self._process.pid if self._process else None

    def _start(self) -> subprocess.Popen[bytes] | Fork:
        """A child that is limited before it does anything."""
        memory = self.limits.memory_bytes
        self._process = Fork(memory) if self._fork else _fresh(memory)
        self.started += 1
        self._buffer = b""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"key": self._keyed.key.hex()}).encode() + b"\n")
        return self._process

    def _line(self, process: subprocess.Popen[bytes] | Fork, until: float) -> bytes:
        """One line of the child's answer; EOFError if it died, TimeoutError if it is late."""
        assert process.stdout is not None
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([process.stdout], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                raise TimeoutError
            chunk = os.read(process.stdout.fileno(), 65536)
            if not chunk:
                raise EOFError
            self._buffer += chunk
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line

    def _stop(self) -> None:
        """End the child and wait for it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue
        process.wait()


def _fresh(memory_bytes: int) -> subprocess.Popen[bytes]:
    """A new interpreter, limited before it runs a line of Python, with a poor environment."""
    return subprocess.Popen(
        ["sh", "-c", _LIMITED.format(kilobytes=memory_bytes // 1024), sys.executable],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(_ROOT), **_ENVIRONMENT},
        cwd=_ROOT,
    )


def _lost(reason: str) -> dict[str, Any]:
    """The answer in place of a child that gave none."""
    return {"code": Code.RESOURCES, "reason": reason}
