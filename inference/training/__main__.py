"""`python -m inference.training train localize|detect …`, `… evaluate …`, `… export …`."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from inference.networks.embedded import WEIGHTS

if TYPE_CHECKING:
    from inference.training.fit import FitConfig


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; returns the process's exit code."""
    options = _parser().parse_args(arguments)
    from inference.training.engine import limit_threads

    limit_threads(options.threads)
    options.run(options)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference.training", description=__doc__)
    commands = parser.add_subparsers(required=True)
    train = commands.add_parser("train", help="train a network, or go on training it")
    train.add_argument("--steps", type=int, help="steps in all; a resumed run may have another number")
    train.add_argument("--batch", type=int)
    train.add_argument("--patch", type=int, help="side of the training patches in pixels")
    train.add_argument("--start", type=Path, help="SavedModel folder whose weights a new run begins with")
    train.add_argument("--foreground", type=float, help="weight of changed pixels (detect; the paper's 20)")
    train.add_argument("--learning-rate", type=float)
    train.set_defaults(run=_train)
    evaluate = commands.add_parser("evaluate", help="print figures on data not trained on, as JSON")
    evaluate.add_argument("--most", type=int, help="exams of each evaluation group at most, to save time")
    evaluate.add_argument("--checkpoint", action="store_true", help="judge the newest checkpoint instead")
    evaluate.add_argument("--out", type=Path, help="write the figures to this file too")
    evaluate.set_defaults(run=_evaluate)
    export = commands.add_parser("export", help="write the newest checkpoint as a SavedModel")
    export.set_defaults(run=_export)
    centroids = commands.add_parser("fit-centroids", help="centroids of the types from annotated exams")
    centroids.add_argument("exams", type=Path, help="folders of t1, t2, vertebrae, modic .nii.gz")
    centroids.add_argument("--out", type=Path, required=True, help="for `map --centroids`")
    centroids.add_argument("--no-flatten", action="store_true", help="keep the coil's fall-off, as in `map`")
    centroids.set_defaults(run=_fit_centroids, threads=1)
    calibrate = commands.add_parser("calibrate", help="fit the probability of a half to known truth")
    calibrate.set_defaults(run=_calibrate)
    for command in (train, evaluate, export, calibrate):
        command.add_argument("model", choices=("localize", "detect"))
        command.add_argument(
            "--data", type=Path, default=Path("../shared/data"), help="the shared data folder"
        )
        command.add_argument("--runs", type=Path, default=Path("runs"), help="checkpoints and logs")
        command.add_argument("--weights", type=Path, default=WEIGHTS, help="exported networks")
        command.add_argument("--threads", type=int, default=1)
    return parser


def _say(text: str) -> None:
    print(text, flush=True)


def _train(options: argparse.Namespace) -> None:
    from inference.training import detect, localize

    if options.model == "localize":
        config = localize.LocalizeConfig(options.data, options.runs / "localize", start=options.start)
        fit = _fit(options, config.fit)
        patch, batch = options.patch or config.patch, options.batch or config.batch
        localize.train_localize(replace(config, fit=fit, patch=patch, batch=batch), _say)
    else:
        localizer = options.weights / "localize" / "1"
        other = detect.DetectConfig(options.data, options.runs / "detect", localizer, start=options.start)
        fit = _fit(options, other.fit)
        patch, batch = options.patch or other.window, options.batch or other.batch
        foreground = options.foreground or other.foreground
        detect.train_detect(replace(other, fit=fit, window=patch, batch=batch, foreground=foreground), _say)


def _fit(options: argparse.Namespace, default: "FitConfig") -> "FitConfig":
    """`default` with what was given on the command line."""
    rate = options.learning_rate or default.learning_rate
    return replace(default, steps=options.steps or default.steps, learning_rate=rate)


def _evaluate(options: argparse.Namespace) -> None:
    from inference.training import inprocess, report

    def network(model: str) -> inprocess.InProcess:
        if options.checkpoint and model == options.model:
            return inprocess.newest(model, options.runs)
        return inprocess.exported(model, options.weights)

    localizer = network("localize")
    if options.model == "localize":
        found = report.localizer_figures(localizer, options.data, options.runs, options.most)
    else:
        detector = network("detect")
        found = report.detector_figures(detector, localizer, options.data, options.runs, options.weights)
    text = json.dumps(found, indent=2)
    _say(text)
    if options.out:
        options.out.write_text(text + "\n")


def _fit_centroids(options: argparse.Namespace) -> None:
    from inference.pipeline import MapSettings
    from inference.training.centroids import fit_centroids, read_annotated

    exams = [read_annotated(folder) for folder in sorted(options.exams.iterdir()) if folder.is_dir()]
    text = json.dumps(fit_centroids(exams, MapSettings(flatten=not options.no_flatten)), indent=2)
    options.out.write_text(text + "\n")
    _say(text)


def _calibrate(options: argparse.Namespace) -> None:
    from inference.pipeline import MapSettings
    from inference.training import inprocess, report

    if options.model != "detect":
        raise SystemExit("only the detector is calibrated")
    detector = inprocess.exported("detect", options.weights)
    found = report.calibration_of(detector, options.data, options.runs, options.weights)
    threshold = MapSettings.beside(options.weights).threshold
    text = json.dumps({"threshold": threshold, "calibration": asdict(found)}, indent=2)
    (options.weights / "detect" / "settings.json").write_text(text + "\n")
    _say(text)


def _export(options: argparse.Namespace) -> None:
    from inference.training.export import SHAPES, digest, export
    from inference.training.fit import restore
    from inference.training.vnet import VNet

    network = VNet(SHAPES[options.model])
    steps = restore(network, options.runs / options.model)
    folder = export(network, options.model, options.weights)
    _say(f"{folder}: {steps} steps, SHA-256 {digest(folder)}")


if __name__ == "__main__":
    sys.exit(main())
