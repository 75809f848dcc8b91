"""`python -m inference`: map an exam, localize bodies, and everything about training.

Research use only, not a medical device.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from pydicom import Dataset

from annotations.rules import LabellingRules
from inference import nifti
from inference.dicom.child import Child
from inference.dicom.load import Loaded, LoadError, load_exam, load_series, reader, together
from inference.export import numbered_by_level, write_exam
from inference.networks.base import NetworkError
from inference.networks.embedded import WEIGHTS, model_server
from inference.networks.serving import ServedNetwork, served_networks
from inference.pipeline import MapError, MapSettings, find_bodies, map_exam
from inference.steps import instances, names, orient
from inference.steps.modicmap import Centroids
from inference.volume import Volume

WEIGHTS_UNKNOWN = (
    "Which weights the server has is not known here: threshold, calibration and centroids are those of the "
    "shipped weights, and no digest is recorded unless the server tells it. Name its folder by --weights."
)
NIFTI = (".nii", ".nii.gz")
TRAINING = ("train", "evaluate", "export", "join", "calibrate", "fit-centroids", "public-data")


@dataclass(frozen=True)
class Input:
    """One series as read. loaded: as DICOM, None for NIfTI."""

    volume: Volume
    layout: nifti.Layout
    loaded: Loaded | None = None

    @classmethod
    def of(cls, loaded: Loaded) -> Self:
        """A series from DICOM."""
        return cls(loaded.volume, nifti.layout_of(loaded.volume), loaded)

    @property
    def sources(self) -> tuple[Dataset, ...]:
        """Its DICOM images, () for NIfTI."""
        return self.loaded.sources if self.loaded else ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences about what was read."""
        return self.loaded.remarks if self.loaded else ()

    @property
    def cautions(self) -> tuple[str, ...]:
        """What the person should look into before trusting the result."""
        return (
            *(self.loaded.cautions if self.loaded else ()),
            *nifti.about_layout(self.layout),
            *nifti.about_grid(self.volume),
        )


def main(arguments: Sequence[str] | None = None, *, fork: bool = False) -> int:
    """Run one subcommand; 0 if it worked, 1 with a sentence on standard error if not.

    fork: this process has one thread, so that the child that reads DICOM may be a fork of it.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in TRAINING:
        from inference.training.__main__ import main as train

        return train(given)
    options = _parser().parse_args(given, argparse.Namespace(fork=fork))
    try:
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except (LoadError, MapError, NetworkError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("error: interrupted; give the same command again to start anew", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m inference",
        description=__doc__,
        epilog=f"Also: {', '.join(TRAINING)} (each with --help of its own).",
    )
    commands = parser.add_subparsers(required=True)
    mapping = commands.add_parser("map", help="T1 and T2 to a Modic map with its labels")
    mapping.add_argument(
        "input", nargs="+", type=Path, help="T1 and T2 (folder or NIfTI), or one exam folder"
    )
    mapping.add_argument("--centroids", type=Path, help="JSON file; default: those beside the weights")
    mapping.add_argument("--no-flatten", action="store_true", help="keep the coil's fall-off in z-scores")
    mapping.add_argument("--instances", choices=sorted(instances.METHODS), default="chained")
    mapping.add_argument("--min-diameter-mm", type=float, default=LabellingRules().min_diameter_mm)
    mapping.set_defaults(run=_map)
    localizing = commands.add_parser("localize", help="number the vertebral bodies of one sagittal series")
    localizing.add_argument("input", type=Path, help="a DICOM folder or a NIfTI file")
    localizing.set_defaults(run=_localize)
    phantom = commands.add_parser("phantom", help="write synthetic exams with their masks")
    phantom.add_argument("--out", type=Path, required=True, help="a folder in the layout of docs/training.md")
    phantom.add_argument("--count", type=int, default=1)
    phantom.add_argument("--seed", type=int, default=1, help="of the first exam; the others count on")
    phantom.add_argument(
        "--second-appearance", action="store_true", help="as on another scanner and in other patients"
    )
    phantom.set_defaults(run=_phantom)
    for command in (mapping, localizing):
        command.add_argument("--out", type=Path, required=True)
        command.add_argument("--server", help="address of a model server; default: an embedded one")
        command.add_argument("--weights", type=Path, help="the folder that the server serves")
        command.add_argument("--deadline-s", type=float, default=600.0, help="seconds for one request")
    return parser


def _map(options: argparse.Namespace) -> int:
    if len(options.input) > 2:
        raise ValueError("give T1 and T2, or one exam folder")
    _writable(options.out, options.out)
    wall, cpu = time.perf_counter(), time.process_time()
    with reader(fork=options.fork) as child:
        t1, t2 = _read_exam(options.input, child)
    seconds = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    cautions = _cautions(t1, t2)
    if options.server and not options.weights:
        cautions = (*cautions, WEIGHTS_UNKNOWN)
        _warn((WEIGHTS_UNKNOWN,))
    weights = options.weights or WEIGHTS
    changes: dict[str, Any] = {"flatten": False} if options.no_flatten else {}
    if options.centroids:
        own = Centroids.from_file(options.centroids)
        changes = {"flatten": own.flattened, "centroids": own} | changes
    settings = MapSettings.beside(
        weights,
        instances=options.instances,
        rules=LabellingRules(min_diameter_mm=options.min_diameter_mm),
        t2_fat_suppressed=t2.loaded.fat_suppressed if t2.loaded else "unknown",
        **changes,
    )
    with _networks(options) as (localizer, detector):
        result = map_exam(
            t1.volume, t2.volume, localizer=localizer, detector=detector, settings=settings, progress=_tell
        )
    remarks = (*t1.remarks, *t2.remarks, *cautions)
    write_exam(result, options.out, t1.layout, t1.sources, remarks=remarks, read_seconds=seconds)
    _warn(result.warnings)
    for label in result.labels:
        if label.suggestion:
            size = f"{label.largest_diameter_mm:.1f} mm, {sum(label.volume_mm3.values()):.0f} mm³"
            print(f"{label.level} {label.half.spoken}: Modic type {int(label.suggestion)} ({size})")
    print(f"written to {options.out}")
    return 0


def _localize(options: argparse.Namespace) -> int:
    if not options.out.name.endswith(NIFTI):
        raise ValueError(f"--out {options.out}: name a file that ends in .nii.gz or .nii")
    _writable(options.out, options.out.parent)
    with reader(fork=options.fork) as child:
        series = _read(options.input, child)
    _warn(series.cautions)
    upright, turn = orient.upright(series.volume)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with _networks(options) as (localizer, _):
        try:
            bodies = find_bodies(upright, localizer)
        except MapError as error:
            _warn((str(error),))
            series.layout.write(options.out, np.zeros(series.volume.array.shape, np.uint8))
            return 0
    spacing = (upright.slice_spacing_mm, *upright.pixel_spacing_mm)
    centres = instances.centres_mm(bodies.numbers, spacing)
    proposals = names.propose(bodies.s1_shares, centres, bodies.left_out)
    levels = {proposal.body: proposal.level for proposal in proposals if proposal.level}
    series.layout.write(options.out, numbered_by_level(turn.undo(bodies.numbers), levels))
    for proposal in proposals:
        print(f"{proposal.level or '-'}: {' '.join(proposal.evidence)}")
    print(f"written to {options.out}")
    return 0


def _phantom(options: argparse.Namespace) -> int:
    from inference.phantom import make_phantom, second_appearance, write_dicom
    from inference.phantom.appearance import FIRST, exam_name

    seeds = range(options.seed, options.seed + options.count)
    looks = {seed: second_appearance(seed) if options.second_appearance else FIRST for seed in seeds}
    folders = {seed: options.out / f"phantom-{exam_name(seed, look)}" for seed, look in looks.items()}
    if there := [str(folder) for folder in folders.values() if folder.exists()]:
        raise ValueError(
            f"{', '.join(there)} is there already: take it away, or give another --out or --seed"
        )
    for seed, folder in folders.items():
        made = make_phantom(seed, appearance=looks[seed])
        write_dicom(made, folder)
        for name in ("t1", "t2"):
            (folder / f"sag_{name}").rename(folder / name)
        layout, truth = nifti.layout_of(made.t1), made.truth
        levels = {number: level for number, level in truth.levels.items() if level}
        layout.write(folder / "vertebrae.nii.gz", numbered_by_level(truth.bodies.astype(np.int16), levels))
        layout.write(folder / "modic.nii.gz", truth.lesions)
        print(f"written to {folder}")
    return 0


def _read(path: Path, child: Child) -> Input:
    if path.name.endswith(NIFTI):
        return Input(*nifti.read(path))
    return Input.of(load_series(path, child))


def _read_exam(paths: Sequence[Path], child: Child) -> tuple[Input, Input]:
    if len(paths) == 1:
        t1, t2 = load_exam(paths[0], child)
        return Input.of(t1), Input.of(t2)
    return _read(paths[0], child), _read(paths[1], child)


@contextmanager
def _networks(options: argparse.Namespace) -> Iterator[tuple[ServedNetwork, ServedNetwork]]:
    """Both networks, at the address given or on an embedded server that ends with the block."""
    if options.server:
        with served_networks(
            options.server, deadline_s=options.deadline_s, weights=options.weights
        ) as networks:
            yield networks
    else:
        weights = options.weights or WEIGHTS
        with (
            model_server(weights) as address,
            served_networks(address, deadline_s=options.deadline_s, weights=weights) as networks,
        ):
            yield networks


def _writable(out: Path, folder: Path) -> None:
    """Before the work: whether results may be written there. Raises ValueError."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir():
        raise ValueError(f"--out {out}: {there} is a file; name another place")
    if not os.access(there, os.W_OK | os.X_OK) or (out.is_dir() and out != folder):
        raise ValueError(f"--out {out} cannot be written; name another place")


def _cautions(t1: Input, t2: Input) -> tuple[str, ...]:
    """What speaks against the pair, told before the work begins. Raises LoadError for two patients."""
    found = (*t1.cautions, *t2.cautions)
    if t1.loaded and t2.loaded:
        found = (*together(t1.loaded, t2.loaded), *found)
    _warn(found := tuple(dict.fromkeys(found)))
    return found


def _warn(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        print(f"warning: {sentence}", file=sys.stderr)


def _tell(stage: str, share: float) -> None:
    if share == 0.0:
        print(f"{stage} …", file=sys.stderr)
