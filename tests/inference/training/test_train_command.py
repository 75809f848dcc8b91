"""`python -m inference train …` on exams of one's own: it learns, resumes, keeps its split, and exports."""

import json
from pathlib import Path

import numpy as np
import pytest

from inference.cli import main
from inference.nifti import layout_of
from inference.training import phantoms
from inference.training.annotated import exam_bodies
from inference.training.detect import DetectConfig, Judge
from inference.training.exams import read_exams
from inference.training.known_truth import known_truth
from inference.training.localize import LocalizeConfig
from inference.training.normal_body import NormalBody
from inference.training.report import PHANTOM_SEEDS, SECOND_SEEDS
from inference.training.spider import SpineSlice
from inference.volume import Volume

DOWN, BACK = np.array([0.0, 0.0, -1.0]), np.array([0.0, 1.0, 0.0])
BODIES = {4: 20, 5: 60, 6: 100}


def write_exam(folder: Path, seed: int) -> None:
    """Three bodies of 40 x 30 mm on three slices, one with a bright band at its upper endplate."""
    random = np.random.default_rng(seed)
    numbers = np.zeros((3, 150, 100), np.uint8)
    for number, top in BODIES.items():
        numbers[:, top : top + 30, 30:70] = number
    modic = np.zeros(numbers.shape, np.uint8)
    modic[:, 61:67, 35:65] = 2
    layout = layout_of(
        Volume(numbers.astype(np.float32), np.outer(np.arange(3), [-4.0, 0, 0]), BACK, DOWN, (1.0, 1.0))
    )
    folder.mkdir(parents=True)
    for name in ("t1", "t2"):
        grey = 40 + 60 * (numbers > 0) + 50 * (modic > 0) + random.normal(0, 8, numbers.shape)
        layout.write(folder / f"{name}.nii.gz", grey.clip(0, 255).astype(np.uint8))
    layout.write(folder / "vertebrae.nii.gz", numbers)
    layout.write(folder / "modic.nii.gz", modic)


@pytest.fixture(scope="module")
def exams(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exams")
    for seed in range(3):
        write_exam(folder / f"exam-{seed}", seed)
    (folder / "patients.csv").write_text("exam,patient\nexam-0,A\nexam-1,B\nexam-2,B\n")
    return folder


@pytest.mark.parametrize(("model", "patch"), [("localize", "32"), ("detect", "64")])
def test_it_trains_goes_on_and_exports(model: str, patch: str, exams: Path, tmp_path: Path) -> None:
    train = [
        *("train", model, "--exams", str(exams), "--runs", str(tmp_path), "--profile", "reduced"),
        *("--batch", "1", "--patch", patch, "--phantoms", "0"),
    ]
    assert main([*train, "--steps", "1"]) == 0
    assert main([*train, "--steps", "2"]) == 0
    run = tmp_path / model
    steps = [json.loads(line)["step"] for line in (run / "log.jsonl").read_text().splitlines()]
    assert steps == [1, 2]
    assert list((run / "events").glob("events.*"))
    split = json.loads((run / "split.json").read_text())
    assert sorted(split["train"] + split["held_out"]) == ["A", "B"]
    assert len(split["held_out"]) == 1
    weights = tmp_path / "weights"
    assert main(["export", model, "--runs", str(tmp_path), "--weights", str(weights)]) == 0
    saved = weights / model / "1"
    assert main(["export", model, "--runs", str(tmp_path), "--weights", str(weights)]) == 0
    again = ["export", model, "--runs", str(tmp_path), "--weights", str(weights), "--version", "1"]
    assert main(again) == 0
    assert sorted(path.name for path in saved.parent.iterdir()) == ["1", "2"]
    assert (saved / "saved_model.pb").is_file()
    assert all(path.stat().st_size < 10_000_000 for path in saved.rglob("*"))


def test_a_run_refuses_to_be_judged_by_whom_it_learned_from(
    exams: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "localize").mkdir()
    stored = tmp_path / "localize" / "split.json"
    stored.write_text(json.dumps({"train": ["A", "B"], "held_out": []}))
    train = ["train", "localize", "--exams", str(exams), "--runs", str(tmp_path), "--phantoms", "0"]
    assert main(train) == 1
    assert "in training and in evaluation at once" in capsys.readouterr().err
    assert json.loads(stored.read_text())["held_out"] == []
    assert not (tmp_path / "localize" / "checkpoints").exists()


def test_a_detector_is_watched_by_annotated_and_by_drawn_changes(exams: Path) -> None:
    from inference.training.annotated import exam_bodies
    from inference.training.exams import read_exams

    bodies = exam_bodies(read_exams(exams))
    assert all(body.annotated for body in bodies)
    judge = Judge.over(bodies)
    assert {s.truth.any() for s in judge.annotated} == {True}
    normal = [body for body in bodies if body.lesions is None or not body.lesions.any()]
    assert len(judge.drawn) == len(known_truth(normal, 96, 1))


def test_nothing_is_added_to_own_exams_unless_asked(exams: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from inference.training import detect as module

    seen: list[DetectConfig] = []
    monkeypatch.setattr(module, "train_detect", lambda config, say: seen.append(config))
    own, public = ["--exams", str(exams)], ["--data", str(exams)]
    for more in ([*own], [*own, "--drawn", "--phantoms", "2", "--seed", "5"], [*own, *public]):
        assert main(["train", "detect", *more]) == 0
    assert [config.phantoms for config in seen] == [0, 2, 6]
    assert [config.drawn for config in seen] == [False, True, False]
    assert seen[1].fit.seed == 5 != seen[0].fit.seed


def test_lesions_are_drawn_into_annotated_bodies_only_if_asked(exams: Path) -> None:
    from inference.training.annotated import exam_bodies
    from inference.training.crops import detector_batch
    from inference.training.exams import read_exams

    normal = [b for b in exam_bodies(read_exams(exams)) if b.lesions is not None and not b.lesions.any()]
    truth = [
        detector_batch(normal, 12, 100, np.random.default_rng(1), drawn=drawn)[1] for drawn in (False, True)
    ]
    assert not truth[0].any()
    assert truth[1].any()


def test_defaults_are_the_papers() -> None:
    localize, detect = (
        LocalizeConfig(None, Path()),
        DetectConfig(None, Path(), Path()),
    )
    assert (localize.batch, localize.fit.steps, localize.fit.learning_rate) == (3, 20_000, 1e-4)
    assert (localize.entropy, localize.fit.dropout) == (0.0, 0.2)
    assert (detect.batch, detect.window, detect.fit.learning_rate) == (128, 100, 1e-4)
    assert (detect.entropy, detect.foreground, detect.fit.dropout) == (0.1, 20.0, 0.2)
    assert (detect.fit.patience, detect.fit.check_every) == (15, 500)


def test_what_goes_wrong_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = ["--runs", str(tmp_path)]
    assert main(["train", "localize", "--data", str(tmp_path / "none"), *runs]) == 1
    assert "does not exist: give --data" in capsys.readouterr().err
    assert main(["calibrate", "detect", "--data", str(tmp_path / "none")]) == 1
    assert "does not exist: give --data" in capsys.readouterr().err
    assert main(["export", "detect", *runs]) == 1
    assert "train first" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["export", "detect", "--version", "0", *runs])
    assert "a version is a whole number from 1" in capsys.readouterr().err
    assert main(["train", "detect", "--phantoms", "1", "--patch", "120", *runs]) == 1
    assert "patches have 16 to 100 pixels, not 120" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="--pictures is not for detect"):
        main(["train", "detect", "--pictures", str(tmp_path), *runs])


def test_a_run_on_phantoms_alone_is_judged_on_others(
    exams: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[set[int]] = []
    bodies = exam_bodies(read_exams(exams))

    def made(seeds: range) -> tuple[list[SpineSlice], list[NormalBody]]:
        asked.append(set(seeds))
        return [], bodies

    monkeypatch.setattr(phantoms, "phantom_data", made)
    command = ["train", "detect", "--phantoms", "1", "--runs", str(tmp_path), "--profile", "reduced"]
    assert main([*command, "--batch", "1", "--patch", "64", "--steps", "1"]) == 0
    training, judging = asked
    assert len(training) == 1
    assert judging
    assert not training & judging
    assert not (training | judging) & {*PHANTOM_SEEDS, *SECOND_SEEDS}
