"""`python -m inference.training train localize|detect …`"""

import argparse
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
    train.add_argument("model", choices=("localize", "detect"))
    train.add_argument("--steps", type=int, help="steps in all; a resumed run may have another number")
    train.add_argument("--batch", type=int)
    train.add_argument("--patch", type=int, help="side of the localizer's patches in mm; a multiple of 16")
    train.set_defaults(run=_train)
    for command in (train,):
        command.add_argument("--data", type=Path, required=True, help="folder that holds the SPIDER folders")
        command.add_argument("--runs", type=Path, default=Path("runs"), help="checkpoints and logs")
        command.add_argument("--threads", type=int, default=1)
    return parser


def _say(text: str) -> None:
    print(text, flush=True)


def _train(options: argparse.Namespace) -> None:
    from inference.training import localize

    config = localize.LocalizeConfig(options.data, options.runs / "localize")
    if options.steps:
        config = replace(config, fit=replace(config.fit, steps=options.steps))
    if options.batch:
        config = replace(config, batch=options.batch)
    if options.patch:
        config = replace(config, patch=options.patch)
    localize.train_localize(config, _say)


if __name__ == "__main__":
    sys.exit(main())
