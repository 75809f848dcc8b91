"""The loop: rates, exact resume, checkpoints."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference.training.fit import Arrays, FitConfig, fit, learning_rate, restore
from inference.training.losses import detection_loss
from inference.training.vnet import VNet, VNetShape

SHAPE = VNetShape(inputs=1, outputs=1, kernels=2, kernel_size=3, convolutions=(1, 1), bottom=1)
CONFIG = FitConfig(steps=6, learning_rate=1e-3, warmup=2, save_every=3, check_every=3)


def batches(step: int) -> Arrays:
    random = np.random.default_rng(step)
    truth = (random.random((2, 8, 8, 1)) > 0.7).astype(np.float32)
    return truth + random.normal(0, 0.1, truth.shape).astype(np.float32), truth, np.ones_like(truth)


def run(folder: Path, config: FitConfig, seed: int = 3) -> VNet:
    network = VNet(SHAPE, seed)
    fit(network, detection_loss, batches, folder, config)
    return network


def test_a_resumed_run_ends_exactly_where_an_unbroken_one_does(tmp_path: Path) -> None:
    config = replace(CONFIG, cooldown=0.0)
    unbroken = run(tmp_path / "unbroken", config)
    broken_off = run(tmp_path / "resumed", replace(config, steps=3))
    resumed = run(tmp_path / "resumed", config, seed=99)
    for name, variable in unbroken.variables.items():
        assert np.array_equal(variable.numpy(), resumed.variables[name].numpy()), name
    assert not np.array_equal(
        broken_off.variables["input/kernel"].numpy(), unbroken.variables["input/kernel"].numpy()
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_loses_no_step_and_says_where_it_goes_on(
    number: signal.Signals, tmp_path: Path
) -> None:
    unbroken = run(tmp_path / "unbroken", replace(CONFIG, check_every=2))
    heard: list[str] = []

    def stopping(network: VNet) -> dict[str, float]:
        os.kill(os.getpid(), number)
        return {"seen": 1.0}

    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt):
        fit(
            VNet(SHAPE, 3),
            detection_loss,
            batches,
            tmp_path / "stopped",
            replace(CONFIG, check_every=2),
            check=stopping,
            progress=heard.append,
        )
    assert heard == ["stopped after step 2; the same command goes on from there"]
    assert signal.getsignal(number) == before
    network = VNet(SHAPE, 99)
    fit(network, detection_loss, batches, tmp_path / "stopped", CONFIG, progress=heard.append)
    assert heard[1].startswith("going on after step 2")
    for name, variable in unbroken.variables.items():
        assert np.array_equal(variable.numpy(), network.variables[name].numpy()), name


def test_slow_steps_are_told_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.training.fit.LONGEST_SILENCE_S", 0.0)
    heard: list[str] = []
    fit(VNet(SHAPE, 1), detection_loss, batches, tmp_path, replace(CONFIG, steps=3), progress=heard.append)
    assert [text.split(":")[0] for text in heard] == ["step 1", "step 2", "step 3"]


def test_fitting_lowers_the_loss_and_logs_it(tmp_path: Path) -> None:
    heard: list[str] = []
    network = VNet(SHAPE, 1)
    config = FitConfig(steps=50, warmup=1, learning_rate=0.01)
    fit(
        network,
        detection_loss,
        batches,
        tmp_path,
        config,
        check=lambda _: {"seen": 1.0},
        progress=heard.append,
    )
    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert len(lines) == len(heard) == 2
    assert '"seen": 1.0' in lines[-1]
    first, last = (float(line.split("loss")[1].split(",")[0]) for line in heard)
    assert last < first
    assert list((tmp_path / "events").glob("events.*"))


def test_half_precision_learns_much_the_same_and_keeps_whole_weights(tmp_path: Path) -> None:
    whole, half = (run(tmp_path / str(h), replace(CONFIG, half=h, dropout=0.0)) for h in (False, True))
    for name, variable in half.variables.items():
        assert variable.dtype.name == "float32"
        assert np.abs(variable.numpy() - whole.variables[name].numpy()).max() < 5e-3, name
    assert any(
        not np.array_equal(v.numpy(), whole.variables[name].numpy()) for name, v in half.variables.items()
    )


def test_patience_ends_a_run_with_its_best_weights_also_after_a_resume(tmp_path: Path) -> None:
    figures = iter([0.5, 0.9, 0.8, 0.7, 0.9, 0.1])
    best: list[np.ndarray] = []

    def check(network: VNet) -> dict[str, float]:
        figure = next(figures)
        if figure == 0.9 and not best:
            best.append(network.variables["output/kernel"].numpy())
        return {"watched": figure, "other": -figure}

    config = replace(CONFIG, steps=100, check_every=1, patience=3)
    network = VNet(SHAPE, 1)
    assert fit(network, detection_loss, batches, tmp_path, replace(config, steps=3), check=check) == 3
    network = VNet(SHAPE, 2)
    assert fit(network, detection_loss, batches, tmp_path, config, check=check) == 5
    assert np.array_equal(network.variables["output/kernel"].numpy(), best[0])
    other = VNet(SHAPE, 3)
    assert restore(other, tmp_path) == 5
    assert np.array_equal(other.variables["output/kernel"].numpy(), best[0])


def test_restore_gives_the_newest_weights(tmp_path: Path) -> None:
    trained = run(tmp_path, CONFIG)
    other = VNet(SHAPE, 50)
    assert restore(other, tmp_path) == 6
    assert np.array_equal(
        other.variables["output/kernel"].numpy(), trained.variables["output/kernel"].numpy()
    )
    with pytest.raises(FileNotFoundError, match="train first"):
        restore(other, tmp_path / "nothing")


def test_restore_gives_the_mean_of_the_newest_checkpoints(tmp_path: Path) -> None:
    config = replace(CONFIG, save_every=1)
    run(tmp_path, replace(config, steps=4))
    kept = []
    for steps in (5, 6):
        kept.append(run(tmp_path, replace(config, steps=steps)).variables["output/kernel"].numpy())
    mean = VNet(SHAPE, 50)
    assert restore(mean, tmp_path, average=2) == 6
    assert mean.variables["output/kernel"].numpy() == pytest.approx((kept[0] + kept[1]) / 2, abs=1e-7)
    with pytest.raises(FileNotFoundError, match="checkpoint"):
        restore(mean, tmp_path, average=20)


def test_the_rate_warms_up_stays_and_falls() -> None:
    config = FitConfig(steps=100, warmup=10, cooldown=0.5, learning_rate=1.0)
    assert learning_rate(config, 0) == pytest.approx(0.1)
    assert learning_rate(config, 9) == learning_rate(config, 50) == 1.0
    assert learning_rate(config, 75) == pytest.approx(0.505)
    assert learning_rate(config, 100) == pytest.approx(0.01)
