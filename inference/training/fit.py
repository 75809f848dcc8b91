"""The training loop of both networks: steps, checkpoints, exact resume, logs.

Batch number n depends on the seed and n alone, and dropout likewise; with the optimizer's state in the
checkpoint a resumed run goes on as if it had never stopped.
"""

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inference.training.engine import Tensor, tf
from inference.training.vnet import VNet

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]
"""(pictures, truth, weight) of one batch, float32."""
Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(logits, truth, weight) -> scalar."""

KEPT = 8
"""So many checkpoints stay, the newest."""
LONGEST_SILENCE_S = 60.0


@dataclass(frozen=True)
class FitConfig:
    """How to fit. The defaults are the paper's (Gao et al. 2022, sections 2.3 and 2.4).

    learning_rate: held after `warmup` steps, then falls linearly to a hundredth over the last `cooldown`
    share of `steps`. dropout: rate. clip: largest global norm of a gradient, None for no limit. patience:
    stop after so many checks without a gain and keep the best weights, None to go on to the last step. half:
    compute in bfloat16, with weights, loss and optimizer in float32; where the processor has it, a step costs
    about 0.6 as much.
    """

    steps: int
    learning_rate: float = 1e-4
    warmup: int = 0
    cooldown: float = 0.0
    dropout: float = 0.2
    clip: float | None = None
    seed: int = 20221204
    check_every: int = 500
    save_every: int = 100
    patience: int | None = None
    half: bool = False


REDUCED: dict[str, Any] = {
    "learning_rate": 1e-3,
    "warmup": 50,
    "cooldown": 0.4,
    "dropout": 0.0,
    "clip": 1.0,
    "check_every": 250,
}
"""What the reduced profile changes: two cores and a few hours."""


def learning_rate(config: FitConfig, step: int) -> float:
    """The rate of step `step`, counted from 0."""
    if step < config.warmup:
        return config.learning_rate * (step + 1) / config.warmup
    start = config.steps * (1.0 - config.cooldown)
    if step <= start:
        return config.learning_rate
    left = max(0.0, (config.steps - step) / max(config.steps - start, 1.0))
    return config.learning_rate * (0.01 + 0.99 * left)


def fit(
    network: VNet,
    loss: Loss,
    batches: Callable[[int], Arrays],
    folder: Path,
    config: FitConfig,
    *,
    check: Callable[[VNet], dict[str, float]] | None = None,
    progress: Callable[[str], None] | None = None,
) -> int:
    """Fit `network` in place, going on from the newest checkpoint in `folder`; returns the steps done in all.

    batches: step number -> arrays. check: figures on held-out data every `check_every` steps and at the end,
    logged; the first of them is the one that `patience` waits for. Writes checkpoints, `log.jsonl` and
    TensorBoard events below `folder`. A run that `patience` ended holds its best weights. SIGINT or SIGTERM
    end a run after its step, with a checkpoint, by KeyboardInterrupt.
    """
    weights = list(network.variables.values())
    optimizer = tf.keras.optimizers.Adam(config.learning_rate, global_clipnorm=config.clip)
    optimizer.build(weights)
    progressed = _Progress(weights)
    manager = _manager(network, optimizer, progressed, folder)
    if manager.latest_checkpoint:
        manager.checkpoint.restore(manager.latest_checkpoint).assert_consumed()
    step_fn = _step_function(network, loss, optimizer, config)
    events = tf.summary.create_file_writer(str(folder / "events"))
    losses: list[float] = []
    tell = progress or (lambda text: None)
    with ThreadPoolExecutor(1) as ahead, (folder / "log.jsonl").open("a") as log, _asked_to_stop() as asked:
        first = progressed.steps
        if first:
            tell(f"going on after step {first}, from the newest checkpoint in {folder}")
        waiting = ahead.submit(batches, first)
        began = told = time.monotonic()
        for step in range(first, config.steps):
            if progressed.stale(config.patience):
                break
            arrays = waiting.result()
            waiting = ahead.submit(batches, step + 1)
            optimizer.learning_rate.assign(learning_rate(config, step))
            losses.append(float(step_fn(*map(tf.constant, arrays), tf.constant([config.seed, step]))))
            progressed.done.assign(step + 1)
            last = step + 1 == config.steps
            figures = {"loss": float(np.mean(losses)), "rate": learning_rate(config, step)}
            if check and (last or (step + 1) % config.check_every == 0):
                found = check(network)
                progressed.hear(next(iter(found.values())), weights)
                figures |= found
            stale = progressed.stale(config.patience)
            if last or (step + 1) % config.save_every == 0 or stale or asked.is_set():
                manager.save()
            if last or (step + 1) % 25 == 0 or time.monotonic() - told > LONGEST_SILENCE_S:
                told = time.monotonic()
                figures["seconds_per_step"] = (told - began) / (step + 1 - first)
                losses.clear()
                _write(step + 1, figures, log, events, tell)
            if asked.is_set() and not last:
                tell(f"stopped after step {step + 1}; the same command goes on from there")
                raise KeyboardInterrupt
    if progressed.stale(config.patience):
        progressed.give_best(weights)
        manager.save()
    return progressed.steps


@contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
    """Set by SIGINT and SIGTERM within the block, where the main thread can hear them."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda *_: asked.set())
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Progress:
    """How far a run has come, what its best check was, and the weights of that check."""

    def __init__(self, weights: list[Tensor]) -> None:
        self.done = tf.Variable(0, dtype=tf.int64)
        self.best = tf.Variable(-np.inf, dtype=tf.float64)
        self.since = tf.Variable(0, dtype=tf.int64)
        self.kept = [tf.Variable(weight) for weight in weights]

    @property
    def steps(self) -> int:
        return int(self.done.numpy())

    def hear(self, figure: float, weights: list[Tensor]) -> None:
        if figure > float(self.best.numpy()):
            self.best.assign(figure)
            self.since.assign(0)
            for kept, weight in zip(self.kept, weights, strict=True):
                kept.assign(weight)
        else:
            self.since.assign_add(1)

    def stale(self, patience: int | None) -> bool:
        return patience is not None and int(self.since.numpy()) >= patience

    def give_best(self, weights: list[Tensor]) -> None:
        for kept, weight in zip(self.kept, weights, strict=True):
            weight.assign(kept)


def restore(network: VNet, folder: Path, average: int = 1) -> int:
    """Give `network` the mean weights of the `average` newest checkpoints in `folder`; returns the step.

    The mean along a run at a steady rate does what letting the rate fall does (Izmailov et al. 2018, arXiv
    1803.05407). Raises FileNotFoundError if there are fewer.
    """
    state = tf.train.get_checkpoint_state(str(folder / "checkpoints"))
    paths = list(state.all_model_checkpoint_paths)[-average:] if state else []
    if len(paths) < average:
        raise FileNotFoundError(f"{len(paths) or 'no'} checkpoint(s) below {folder}: train first")
    done, weights = tf.Variable(0, dtype=tf.int64), list(network.variables.values())
    checkpoint = tf.train.Checkpoint(done=done, weights=weights)
    found: list[list[np.ndarray]] = []
    for path in paths:
        checkpoint.restore(path).expect_partial()
        found.append([weight.numpy() for weight in weights])
    for weight, *several in zip(weights, *found, strict=True):
        weight.assign(np.stack(several).mean(axis=0, dtype=np.float64).astype(np.float32))
    return int(done.numpy())


def _manager(network: VNet, optimizer: Tensor, progressed: _Progress, folder: Path) -> Tensor:
    checkpoint = tf.train.Checkpoint(
        done=progressed.done,
        best=progressed.best,
        since=progressed.since,
        kept=progressed.kept,
        weights=list(network.variables.values()),
        optimizer=optimizer,
    )
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    return tf.train.CheckpointManager(checkpoint, str(folder / "checkpoints"), max_to_keep=KEPT)


def _step_function(network: VNet, loss: Loss, optimizer: Tensor, config: FitConfig) -> Tensor:
    weights = list(network.variables.values())

    def step(pictures: Tensor, truth: Tensor, weight: Tensor, seed: Tensor) -> Tensor:
        seen = tf.cast(pictures, tf.bfloat16 if config.half else tf.float32)
        with tf.GradientTape() as tape:
            logits = tf.cast(network.logits(seen, dropout=config.dropout, seed=seed), tf.float32)
            value = loss(logits, truth, weight)
        optimizer.apply_gradients(zip(tape.gradient(value, weights), weights, strict=True))
        return value

    return tf.function(step)


def _write(
    step: int,
    figures: dict[str, float],
    log: Tensor,
    events: Tensor,
    tell: Callable[[str], None],
) -> None:
    log.write(json.dumps({"step": step, **figures}) + "\n")
    log.flush()
    with events.as_default(step=step):
        for name, value in figures.items():
            tf.summary.scalar(name, value)
    tell(f"step {step}: " + ", ".join(f"{name} {value:.4g}" for name, value in figures.items()))
