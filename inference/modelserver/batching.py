"""Joining waiting requests into batches, with TensorFlow Serving's parameters and refusals."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import numpy as np
from google.protobuf import text_format
from numpy.typing import NDArray

from inference.networks.messages_pb2 import BatchingParameters

Tensors = dict[str, NDArray[np.float32]]
Run = Callable[[Tensors], Tensors]


class QueueFullError(RuntimeError):
    """More batches wait than max_enqueued_batches allows."""


class BatchTooLargeError(ValueError):
    """One request is larger than max_batch_size."""


@dataclass(frozen=True)
class BatchingRules:
    """The parameters of --batching_parameters_file that are honoured here; the rest is ignored."""

    max_batch_size: int = 1000
    timeout_s: float = 0.0
    max_enqueued_batches: int = 10
    threads: int = 2

    @classmethod
    def from_file(cls, path: Path) -> "BatchingRules":
        """Read the text form of BatchingParameters. Raises ValueError if it cannot be read."""
        parameters = BatchingParameters()
        try:
            text_format.Parse(path.read_text(), parameters, allow_unknown_field=True)
        except text_format.ParseError as error:
            raise ValueError(f"{path}: {error}") from error
        given = {f.name: value.value for f, value in parameters.ListFields() if hasattr(value, "value")}
        return cls(
            max_batch_size=int(given.get("max_batch_size", cls.max_batch_size)),
            timeout_s=given.get("batch_timeout_micros", 0) / 1e6,
            max_enqueued_batches=int(given.get("max_enqueued_batches", cls.max_enqueued_batches)),
            threads=int(given.get("num_batch_threads", cls.threads)),
        )


@dataclass
class _Task:
    inputs: Tensors
    rows: int
    wanted: Callable[[], bool]
    arrived: float
    answer: "Future[Tensors]" = field(default_factory=Future)

    def joins(self, other: "_Task") -> bool:
        return {k: v.shape[1:] for k, v in self.inputs.items()} == {
            k: v.shape[1:] for k, v in other.inputs.items()
        }


class Batcher:
    """Runs requests of one loaded model, joining those whose rows have the same shape."""

    def __init__(self, run: Run, rules: BatchingRules) -> None:
        self._run = run
        self._rules = rules
        self._waiting: deque[_Task] = deque()
        self._changed = threading.Condition()
        self._open = True
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(rules.threads)]
        for thread in self._threads:
            thread.start()

    def submit(self, inputs: Tensors, wanted: Callable[[], bool] = lambda: True) -> "Future[Tensors]":
        """Queue one request; it is dropped unrun once `wanted()` is false (its caller has gone).

        Raises BatchTooLargeError, or QueueFullError, as TensorFlow Serving refuses.
        """
        rows = len(next(iter(inputs.values())))
        if rows > self._rules.max_batch_size:
            raise BatchTooLargeError(
                f"Task size {rows} is larger than maximum input batch size {self._rules.max_batch_size}"
            )
        task = _Task(inputs, rows, wanted, monotonic())
        with self._changed:
            if not self._open or len(self._waiting) >= self._rules.max_enqueued_batches:
                raise QueueFullError("The batch scheduling queue to which this task was submitted is full")
            self._waiting.append(task)
            self._changed.notify()
        return task.answer

    def close(self) -> None:
        """Refuse new requests, answer those that wait, and end the threads."""
        with self._changed:
            self._open = False
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while tasks := self._next_batch():
            alive = [task for task in tasks if task.wanted() and task.answer.set_running_or_notify_cancel()]
            if not alive:
                continue
            try:
                joined = {
                    name: np.concatenate([task.inputs[name] for task in alive]) for name in alive[0].inputs
                }
                outputs = self._run(joined)
            except Exception as error:
                for task in alive:
                    task.answer.set_exception(error)
                continue
            start = 0
            for task in alive:
                task.answer.set_result({k: v[start : start + task.rows] for k, v in outputs.items()})
                start += task.rows

    def _next_batch(self) -> list[_Task]:
        """The oldest request and all that join it in the time allowed; [] once closed and empty."""
        with self._changed:
            while self._open and not self._waiting:
                self._changed.wait()
            if not self._waiting:
                return []
            first = self._waiting.popleft()
            batch, rows = [first], first.rows
            while True:
                for task in [t for t in self._waiting if t.joins(first)]:
                    if rows + task.rows <= self._rules.max_batch_size:
                        self._waiting.remove(task)
                        batch.append(task)
                        rows += task.rows
                left = first.arrived + self._rules.timeout_s - monotonic()
                if left <= 0 or rows == self._rules.max_batch_size or not self._open:
                    return batch
                self._changed.wait(left)
