"""`python -m inference.training train localize|detect …`, `… evaluate …`, `… export …`."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path


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
    train.set_defaults(run=_train)
    evaluate = commands.add_parser("evaluate", help="print figures on data not trained on, as JSON")
    evaluate.add_argument("--most", type=int, help="exams of each evaluation group at most, to save time")
    evaluate.add_argument("--out", type=Path, help="write the figures to this file too")
    evaluate.set_defaults(run=_evaluate)
    export = commands.add_parser("export", help="write the newest checkpoint as a SavedModel")
    export.add_argument("--weights", type=Path, default=Path("inference/weights"))
    export.set_defaults(run=_export)
    for command in (train, evaluate, export):
        command.add_argument("model", choices=("localize", "detect"))
        command.add_argument(
            "--data", type=Path, default=Path("../shared/data"), help="the shared data folder"
        )
        command.add_argument("--runs", type=Path, default=Path("runs"), help="checkpoints and logs")
        command.add_argument("--threads", type=int, default=1)
    return parser


def _say(text: str) -> None:
    print(text, flush=True)


def _train(options: argparse.Namespace) -> None:
    from inference.training import detect, localize

    if options.model == "localize":
        config = localize.LocalizeConfig(options.data, options.runs / "localize")
        fit = replace(config.fit, steps=options.steps or config.fit.steps)
        patch, batch = options.patch or config.patch, options.batch or config.batch
        localize.train_localize(replace(config, fit=fit, patch=patch, batch=batch), _say)
    else:
        other = detect.DetectConfig(options.data, options.runs / "detect", options.runs / "localize")
        fit = replace(other.fit, steps=options.steps or other.fit.steps)
        patch, batch = options.patch or other.window, options.batch or other.batch
        detect.train_detect(replace(other, fit=fit, window=patch, batch=batch), _say)


def _evaluate(options: argparse.Namespace) -> None:
    from inference.training import report

    figures = report.figures(options.model, options.data, options.runs, options.most)
    text = json.dumps(figures, indent=2)
    _say(text)
    if options.out:
        options.out.write_text(text + "\n")


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
