"""`python -m inference train localize|detect …`, `… evaluate …`, `… export …`: everything about training."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from inference.networks.embedded import WEIGHTS
from inference.networks.versions import newest

if TYPE_CHECKING:
    from inference.training.detect import DetectConfig
    from inference.training.inprocess import InProcess
    from inference.training.localize import LocalizeConfig

Config = TypeVar("Config", "LocalizeConfig", "DetectConfig")
SHARED = Path("../shared/data")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; returns the process's exit code."""
    options = _parser().parse_args(arguments)
    if hasattr(options, "threads"):
        from inference.training.engine import limit_threads

        limit_threads(options.threads)
    try:
        if out := getattr(options, "out", None):
            out.parent.mkdir(parents=True, exist_ok=True)
        options.run(options)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference", description=__doc__)
    commands = parser.add_subparsers(required=True)
    train = commands.add_parser("train", help="train a network, or go on training it")
    train.add_argument(
        "--profile",
        choices=("paper", "reduced"),
        default="paper",
        help="the paper's settings, or some that fit two cores and a few hours",
    )
    train.add_argument("--exams", type=Path, help="annotated exams, as docs/training.md lays them out")
    train.add_argument("--pictures", type=Path, help="folder of pictures with masks (localize)")
    train.add_argument(
        "--phantoms",
        type=int,
        help="synthetic exams among the others; default: 4 or 6 beside the public data, else none",
    )
    train.add_argument(
        "--drawn",
        action="store_true",
        default=None,
        help="draw synthetic lesions into annotated bodies without changes too (detect)",
    )
    train.add_argument("--seed", type=int, help="of weights, batches and dropout; the split has its own")
    train.add_argument("--steps", type=int, help="steps in all; a resumed run may have another number")
    train.add_argument("--batch", type=int)
    train.add_argument("--patch", type=int, help="side of the training patches in pixels")
    train.add_argument("--start", type=Path, help="SavedModel folder whose weights a new run begins with")
    train.add_argument("--foreground", type=float, help="weight of changed pixels (detect; the paper: 20)")
    train.add_argument(
        "--entropy", type=float, help="weight of the cross-entropy (the paper: 0.1 to detect, 0 to localize)"
    )
    train.add_argument(
        "--halves", type=float, help="weight of the halves' cross-entropy (detect; the paper: 0)"
    )
    train.add_argument(
        "--graded",
        type=float,
        help="weight of halves beside discs that a reader graded as changed (detect; the paper: 0)",
    )
    train.add_argument("--learning-rate", type=float)
    train.add_argument("--half", action="store_true", help="compute in bfloat16")
    train.set_defaults(run=_train)
    evaluate = commands.add_parser("evaluate", help="print figures on data not trained on, as JSON")
    evaluate.add_argument("--most", type=int, help="exams of each evaluation group at most, to save time")
    evaluate.add_argument("--checkpoint", action="store_true", help="judge the newest checkpoint instead")
    evaluate.add_argument("--out", type=Path, help="write the figures to this file too; report: its folder")
    evaluate.add_argument("--exams", type=Path, help="report: annotated exams, as docs/training.md has them")
    evaluate.add_argument("--phantoms", type=int, default=3, help="report: so many phantoms where no --exams")
    evaluate.add_argument(
        "--second-appearance", action="store_true", help="report: phantoms as on another scanner"
    )
    evaluate.set_defaults(run=_evaluate)
    export = commands.add_parser("export", help="write the newest checkpoint as a SavedModel")
    export.add_argument("--average", type=int, default=1, help="the mean of so many checkpoints, the newest")
    export.add_argument(
        "--version",
        type=_version,
        help="number to write, replacing that version; default: one more than the newest",
    )
    export.set_defaults(run=_export)
    join = commands.add_parser(
        "join", help="write several exported versions as one that answers by their mean"
    )
    join.add_argument("model", choices=("localize", "detect"))
    join.add_argument("versions", nargs="+", type=Path, help="SavedModel folders, as WEIGHTS/detect/1")
    join.add_argument("--weights", type=Path, default=WEIGHTS, help="where the new version goes")
    join.add_argument("--version", type=_version, help="as of export")
    join.set_defaults(run=_join, threads=1)
    centroids = commands.add_parser("fit-centroids", help="centroids of the types from annotated exams")
    centroids.add_argument("exams", type=Path, help="annotated exams, as docs/training.md lays them out")
    centroids.add_argument("--out", type=Path, required=True, help="for `map --centroids`")
    centroids.add_argument("--no-flatten", action="store_true", help="keep the coil's fall-off, as in `map`")
    centroids.set_defaults(run=_fit_centroids, threads=1)
    calibrate = commands.add_parser(
        "calibrate", help="fit threshold and probability of a half to known truth"
    )
    calibrate.add_argument("--exams", type=Path, help="annotated exams, in place of drawn lesions")
    calibrate.set_defaults(run=_calibrate)
    public = commands.add_parser("public-data", help="make Zenodo's files of SPIDER into a folder for --data")
    public.add_argument("source", type=Path, help="holds images/, masks/ and radiological_gradings.csv")
    public.add_argument("--out", type=Path, required=True, help="for --data; a second run goes on there")
    public.set_defaults(run=_public_data)
    for command in (train, evaluate, export, calibrate):
        others = ("report",) if command is evaluate else ()
        command.add_argument("model", choices=("localize", "detect", *others))
        command.add_argument("--data", type=Path, help="the public data; without --exams: ../shared/data")
        command.add_argument("--runs", type=Path, default=Path("runs"), help="checkpoints and logs")
        command.add_argument("--weights", type=Path, default=WEIGHTS, help="exported networks")
        command.add_argument("--threads", type=int, default=1)
    return parser


def _version(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a version is a whole number from 1")
    return int(text)


def _say(text: str) -> None:
    print(text, flush=True)


def _train(options: argparse.Namespace) -> None:
    from inference.training import detect, localize

    own = options.exams or options.pictures or options.phantoms
    data = None if own and not options.data else _public(options)
    if data is None and options.phantoms is None:
        options.phantoms = 0
    if options.model == "localize":
        config = localize.LocalizeConfig(data, options.runs / "localize")
        config = config if options.profile == "paper" else localize.reduced(config)
        localize.train_localize(_changed(config, options), _say)
    else:
        localizer = newest(options.weights / "localize")
        other = detect.DetectConfig(data, options.runs / "detect", localizer)
        other = other if options.profile == "paper" else detect.reduced(other)
        detect.train_detect(_changed(other, options), _say)


def _public(options: argparse.Namespace) -> Path:
    """The folder of public data. Raises ValueError where it is not."""
    data: Path = options.data or SHARED
    if not data.is_dir():
        raise ValueError(
            f"{data} does not exist: give --data (docs/public-data.md), or exams of your own by --exams"
        )
    return data


def _changed(config: "Config", options: argparse.Namespace) -> "Config":
    """`config` with what was given on the command line. SystemExit for an option of another model."""
    fits = {
        "steps": options.steps,
        "learning_rate": options.learning_rate,
        "half": options.half or None,
        "seed": options.seed,
    }
    given = {
        "batch": options.batch,
        "patch" if options.model == "localize" else "window": options.patch,
        "entropy": options.entropy,
        "foreground": options.foreground,
        "halves": options.halves,
        "graded": options.graded,
        "phantoms": options.phantoms,
        "start": options.start,
        "drawn": options.drawn,
        "exams": options.exams,
        "pictures": options.pictures,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if other := sorted(set(changes) - {field.name for field in fields(config)}):
        raise SystemExit(f"--{other[0]} is not for {options.model}")
    fit = replace(config.fit, **{name: value for name, value in fits.items() if value is not None})
    return replace(config, fit=fit, **changes)


def _evaluate(options: argparse.Namespace) -> None:
    from inference.training import inprocess, report

    def network(model: str) -> inprocess.InProcess:
        if options.checkpoint and model == options.model:
            return inprocess.newest(model, options.runs)
        return inprocess.exported(model, options.weights)

    localizer = network("localize")
    if options.model == "report":
        _report(options, localizer, network("detect"))
        return
    if options.model == "localize":
        found = report.localizer_figures(localizer, _public(options), options.runs, options.most)
    else:
        detector = network("detect")
        found = report.detector_figures(detector, localizer, _public(options), options.runs, options.weights)
    text = json.dumps(found, indent=2)
    _say(text)
    if options.out:
        options.out.write_text(text + "\n")


def _report(options: argparse.Namespace, localizer: "InProcess", detector: "InProcess") -> None:
    from inference.pipeline import MapSettings
    from inference.training.judge.command import Wish, write_report
    from inference.training.report import PHANTOM_SEEDS, SECOND_SEEDS

    if not options.out:
        raise ValueError("name the report's folder by --out")
    second = options.second_appearance
    first = (SECOND_SEEDS if second else PHANTOM_SEEDS).start
    phantoms = range(first, first + options.phantoms)
    wish = Wish(options.out, options.exams, phantoms, options.runs, date.today(), options.weights, second)
    write_report(wish, localizer, detector, MapSettings.beside(options.weights), _say)


def _fit_centroids(options: argparse.Namespace) -> None:
    from inference.pipeline import MapSettings
    from inference.training.centroids import fit_centroids
    from inference.training.exams import read_exams

    exams = read_exams(options.exams)
    text = json.dumps(fit_centroids(exams, MapSettings(flatten=not options.no_flatten)), indent=2)
    options.out.write_text(text + "\n")
    _say(text)


def _calibrate(options: argparse.Namespace) -> None:
    from inference.training import inprocess, report

    if options.model != "detect":
        raise SystemExit("only the detector is calibrated")
    detector = inprocess.exported("detect", options.weights)
    localizer = inprocess.exported("localize", options.weights)
    kept: dict[str, object] = {"weights_sha256": detector.digest, "localizer_sha256": localizer.digest}
    if options.exams:
        threshold, found = report.calibration_on_exams(
            detector, localizer, options.exams, options.runs, options.weights
        )
        kept |= {"threshold": threshold, "calibration": asdict(found)}
    else:
        threshold, found, bands = report.calibration_of(
            detector, localizer, _public(options), options.runs, options.weights
        )
        kept |= {"threshold": threshold, "calibration": asdict(found), "bands": bands.to_json()}
    text = json.dumps(kept, indent=2)
    (options.weights / "detect" / "settings.json").write_text(text + "\n")
    _say(text)


def _public_data(options: argparse.Namespace) -> None:
    from inference.training.public_data import write_public_data

    write_public_data(options.source, options.out, _say)


def _export(options: argparse.Namespace) -> None:
    from inference.networks.digest import model_digest
    from inference.training.export import SHAPES, export
    from inference.training.fit import restore
    from inference.training.splits import keep_record
    from inference.training.vnet import VNet

    network = VNet(SHAPES[options.model])
    steps = restore(network, options.runs / options.model, options.average)
    folder = export(network, options.model, options.weights, options.version)
    keep_record(options.runs / options.model, folder)
    _say(f"{folder}: {steps} steps, SHA-256 {model_digest(folder)}")


def _join(options: argparse.Namespace) -> None:
    from inference.networks.digest import model_digest
    from inference.training.export import SHAPES, export
    from inference.training.mean import Mean
    from inference.training.saved import saved
    from inference.training.splits import join_records

    shape = SHAPES[options.model]
    members = [member for version in options.versions for member in saved(shape, version).members]
    folder = export(Mean(members), options.model, options.weights, options.version)
    join_records(options.versions, folder)
    _say(f"{folder}: the mean of {len(members)} networks, SHA-256 {model_digest(folder)}")


if __name__ == "__main__":
    sys.exit(main())
