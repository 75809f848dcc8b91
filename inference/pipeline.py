"""From two volumes to a Modic map: the steps of Gao et al. 2022 in their order. Read this page first.

align → localize → standardize → crop → detect → map → label. Each step is a file of `inference.steps`; the
networks are handed in and may run anywhere. Everything is computed on T1's grid, turned upright, and turned
back at the end.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from annotations.labels import EndplateLabel
from annotations.rules import LabellingRules
from annotations.vocabulary import Half, Level
from inference.networks.base import Network
from inference.networks.digest import model_digest
from inference.networks.versions import newest
from inference.steps import (
    align,
    crops,
    detect,
    endplates,
    halves,
    instances,
    localize,
    names,
    orient,
    remarks,
)
from inference.steps.bands import Bands, of_halves
from inference.steps.modicmap import (
    DETECTED,
    LEAST_WIDTH_MM,
    PUBLISHED,
    Centroids,
    modic_map,
    without_lines,
    without_lone_sections,
)
from inference.steps.normalise import SHRINK_MM, Standardized, marrow, standardize
from inference.steps.partial_volume import seen_beside
from inference.steps.weighting import fluid_contrast
from inference.volume import NEIGHBOURS_MM, Volume

CROP_MARGIN = 2
"""Pixels around all bodies that still get z-scores: crops interpolate between neighbours."""

STAGES = ("align", "localize", "standardize", "detect", "map", "label")


class MapError(ValueError):
    """This exam cannot be mapped; the sentence says why and what to do."""


def centroids_beside(weights: Path) -> Centroids:
    """Those that lie beside the detector's weights, else the published ones. Raises ValueError."""
    path = weights / "detect" / "centroids.json"
    return Centroids.from_file(path) if path.is_file() else PUBLISHED


@dataclass(frozen=True)
class MapSettings:
    """Everything that changes a map but the networks' weights.

    flatten: take the coil's fall-off out before z-scores. shrink_mm: width of the cortical rim left out of
    z-scores, detection and map. instances: "chained" or the paper's "six_connected". threshold: probability
    from which a voxel is detected. least_width_mm: what is thinner in plane is not (0: the paper's map).
    lone_sections: keep what one slice shows and its neighbours don't (True: the paper's map).
    partial_volume: look for changes where a neighbouring slice shows no body, too (True: the paper's map).
    calibration: from a half's score to its probability. bands: what the look of the body beside an endplate
    adds to it where the score is below the threshold (None: nothing; nor on fat-suppressed T2, which they
    know nothing of). localizer_sha256: of the localizer whose outlines threshold and calibration were fitted
    in, "" where that is not known. t2_fat_suppressed: "yes", "no" or "unknown".
    """

    flatten: bool = True
    shrink_mm: float = SHRINK_MM
    instances: str = "chained"
    threshold: float = DETECTED
    least_width_mm: float = LEAST_WIDTH_MM
    lone_sections: bool = False
    partial_volume: bool = False
    crop_mm: float = crops.CROP_SPACING_MM
    rules: LabellingRules = field(default_factory=LabellingRules)
    calibration: endplates.Calibration = field(default_factory=endplates.Calibration)
    bands: Bands | None = None
    localizer_sha256: str = ""
    centroids: Centroids = PUBLISHED
    t2_fat_suppressed: str = "unknown"

    @classmethod
    def beside(cls, weights: Path, **changes: Any) -> Self:
        """What lies beside the detector's weights (centroids, threshold, calibration, bands); then `changes`.

        z-scores are flattened as they were for the centroids. A file that is absent leaves the default.
        Raises ValueError on centroids that are none, and MapError on settings that are none or were fitted to
        other weights.
        """
        centroids = centroids_beside(weights)
        kept: dict[str, Any] = {"centroids": centroids, "flatten": centroids.flattened}
        if (path := weights / "detect" / "settings.json").is_file():
            try:
                data = json.loads(path.read_text())
                kept["threshold"] = float(data["threshold"])
                kept["calibration"] = endplates.Calibration(**data["calibration"])
                if "bands" in data:
                    kept["bands"] = Bands.from_json(data["bands"])
                kept["localizer_sha256"] = str(data.get("localizer_sha256", ""))
                fitted_to = str(data["weights_sha256"])
            except (KeyError, TypeError, ValueError) as error:
                raise MapError(
                    f"{path}: not a detector's settings ({error}). Calibrate it anew (docs/training.md)."
                ) from error
            if model_digest(newest(weights / "detect")) not in ("", fitted_to):
                raise MapError(
                    f"{path} was fitted to other weights than those beside it: calibrate these "
                    "(docs/training.md), or take the file away for a threshold of 0.5."
                )
        return cls(**kept | changes)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        told = {"bands": self.bands.to_json() if self.bands else None}
        return asdict(self) | {"centroids": self.centroids.to_json()} | told


@dataclass(frozen=True)
class LevelProposal:
    """A proposed name and where the body lies. point_mm: its centre in patient coordinates (LPS)."""

    proposal: names.Proposal
    point_mm: tuple[float, float, float]

    def to_json(self) -> dict[str, Any]:
        """{"level", "body", "point_mm", "s1_share", "evidence", "sure"}."""
        return self.proposal.to_json() | {"point_mm": [round(v, 2) for v in self.point_mm]}


@dataclass(frozen=True)
class ExamMap:
    """The Modic map of one exam, every stage's output kept; arrays on T1's own grid.

    t2: float32, NaN where T1 has no T2. without_t2: T1 slices left without T2. bodies: int16, numbers from
    the lowest body (1) upwards. halves: uint8, 1 upper, 2 lower, where there is T2. modic: uint8, types 0 to
    3. probability: float32, of Modic change. bands: of halves (`inference.steps.bands`). findings: by body
    number; `labels` names them. residual_mm: (down, back, agreement) or None. timings: seconds per stage,
    {"wall_s", "cpu_s"}.
    """

    t2: NDArray[np.float32]
    without_t2: tuple[int, ...]
    bodies: NDArray[np.int16]
    halves: NDArray[np.uint8]
    modic: NDArray[np.uint8]
    probability: NDArray[np.float32]
    bands: dict[tuple[int, Half], NDArray[np.float64]]
    levels: tuple[LevelProposal, ...]
    findings: tuple[endplates.HalfFinding, ...]
    residual_mm: tuple[float, float, float] | None
    networks: tuple[dict[str, str], ...]
    settings: MapSettings
    timings: dict[str, dict[str, float]]
    warnings: tuple[str, ...]

    @property
    def names(self) -> dict[int, Level]:
        """Proposed level of every named body."""
        return {p.proposal.body: p.proposal.level for p in self.levels if p.proposal.level is not None}

    @property
    def labels(self) -> tuple[EndplateLabel, ...]:
        """Labels under the proposed names, head to foot."""
        return endplates.relabel(self.findings, self.names)


@dataclass(frozen=True)
class Bodies:
    """numbers: int16 [slices, rows, columns] on the stack's grid. s1_shares: mean S1 probability by body.

    left_out: pieces below a clear S1 (sacrum, bowel) that have been taken off the chain.
    """

    numbers: NDArray[np.int16]
    s1_shares: dict[int, float]
    left_out: int


def map_exam(
    t1: Volume,
    t2: Volume,
    *,
    localizer: Network,
    detector: Network,
    settings: MapSettings | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> ExamMap:
    """Map one exam. progress hears (stage, share done of that stage).

    Raises MapError if the exam cannot be mapped and NetworkError if a network gave no trustworthy answer.
    """
    settings = settings or MapSettings()
    tell = progress or (lambda stage, share: None)
    clock = _Clock(tell)
    upright, turn = _upright(t1)
    spacing = (upright.slice_spacing_mm, *upright.pixel_spacing_mm)
    with clock.stage("align"):
        aligned = align.align(upright, t2)
        if len(aligned.without_t2) == len(upright.array):
            raise MapError("T1 and T2 do not overlap: no T2 slice lies within half a slice of any T1 slice.")
    with clock.stage("localize"):
        bodies = find_bodies(upright, localizer, settings.instances, lambda s: tell("localize", s))
        centres = instances.centres(bodies.numbers)
        centres_mm = {body: centre * spacing for body, centre in centres.items()}
        proposals = names.propose(bodies.s1_shares, centres_mm, bodies.left_out)
        body_mask = bodies.numbers > 0
        residual = align.residual_shift(upright.array, aligned.t2, body_mask, upright.pixel_spacing_mm)
        fluid = fluid_contrast(upright.array, aligned.t2, body_mask, upright.pixel_spacing_mm)
    with clock.stage("standardize"):
        inside = marrow(body_mask, upright.pixel_spacing_mm, settings.shrink_mm)
        scores = _z_scores(upright, aligned, inside, spacing, settings.flatten)
        inside &= np.isfinite(aligned.t2)
        neighbours = spacing[0] <= NEIGHBOURS_MM
        if neighbours and not settings.partial_volume:
            inside &= seen_beside(bodies.numbers, upright.pixel_spacing_mm)
    with clock.stage("detect"):
        z = (scores[0].z, scores[1].z)
        chosen = crops.cut_all(z, bodies.numbers, inside, upright.pixel_spacing_mm, settings.crop_mm)
        answers = detect.detect(chosen.images, detector, lambda s: tell("detect", s))
        probability = crops.paste_all(answers, chosen, bodies.numbers, inside)
    with clock.stage("map"):
        detected = inside & (probability >= settings.threshold)
        detected = without_lines(detected, upright.pixel_spacing_mm, settings.least_width_mm)
        if neighbours and not settings.lone_sections:
            detected = without_lone_sections(detected, inside, upright.pixel_spacing_mm)
        modic = modic_map(*z, detected, settings.centroids)
    with clock.stage("label"):
        half, axes = halves.split(bodies.numbers, centres_mm, upright.pixel_spacing_mm)
        half[~np.isfinite(aligned.t2)] = 0
        cut = _cut(bodies.numbers, aligned, axes) | set(chosen.too_large)
        ups = {body: axis.up for body, axis in axes.items() if body not in cut}
        sacral = next((p.body for p in proposals if p.level is Level.S1), None)
        owners = [body for _, body, _ in chosen.place]
        seen = of_halves(chosen.images, owners, ups, sacral, min(axes), settings.crop_mm)
        told = {}
        if settings.bands and settings.t2_fat_suppressed != "yes":
            told = {place: settings.bands.evidence(own) for place, own in seen.items()}
        findings = endplates.find(
            modic,
            probability,
            bodies.numbers,
            half,
            spacing,
            settings.rules,
            settings.calibration,
            evidence=told,
            threshold=settings.threshold,
        )
    return ExamMap(
        t2=turn.undo(aligned.t2),
        without_t2=aligned.without_t2,
        bodies=turn.undo(bodies.numbers),
        halves=turn.undo(half),
        modic=turn.undo(modic),
        probability=turn.undo(probability),
        bands=seen,
        levels=tuple(_place(upright, centres[proposal.body], proposal) for proposal in proposals),
        findings=findings,
        residual_mm=residual,
        networks=tuple(
            {"name": n.name, "version": n.version, "digest": n.digest} for n in (localizer, detector)
        ),
        settings=settings,
        timings=clock.seconds,
        warnings=(
            *_warnings(aligned, residual, proposals, scores, chosen, settings),
            *remarks.about_weighting(fluid),
            *remarks.about_calibration(settings.localizer_sha256, localizer.digest),
        ),
    )


def find_bodies(
    upright: Volume,
    localizer: Network,
    method: str = "chained",
    progress: Callable[[float], None] = lambda share: None,
) -> Bodies:
    """Numbered bodies of one upright series on its own grid. Raises MapError if there are none."""
    pixel = upright.pixel_spacing_mm
    likely = localize.localize(upright.array, pixel, localizer, progress)
    grid = (upright.slice_spacing_mm, localize.GRID_MM, localize.GRID_MM)
    coarse = instances.METHODS[method](likely[..., 0], grid)
    if not coarse.any():
        raise MapError(
            "No vertebral body was found on T1. Is it a sagittal lumbar series with usable contrast?"
        )
    shares = _s1_shares(coarse, likely)
    s1 = names.find_s1(shares) or 1
    coarse = instances.from_body(coarse, s1)
    shares = {body - s1 + 1: share for body, share in shares.items() if body >= s1}
    numbers = np.zeros(upright.array.shape, np.int16)
    for index, plane in enumerate(coarse):
        if plane.any():
            shape = (upright.array.shape[1], upright.array.shape[2])
            numbers[index] = localize.numbers_on_pixels(plane, likely[index, ..., 0], shape, pixel)
    kept = set(np.unique(numbers[numbers > 0]).tolist())
    return Bodies(numbers, {body: share for body, share in shares.items() if body in kept}, s1 - 1)


def _cut(numbers: NDArray[np.int16], aligned: align.Aligned, axes: Mapping[int, halves.BodyAxis]) -> set[int]:
    """Bodies that the picture's borders, or T2's within a section, cut off."""
    with_t2 = np.delete(np.arange(len(numbers)), aligned.without_t2)
    beyond = numbers[with_t2][~np.isfinite(aligned.t2[with_t2])]
    borders = numbers[:, :, [0, -1]]
    ended = {body for body, axis in axes.items() if axis.cut_above or axis.cut_below}
    return ended | set(np.unique(beyond).tolist()) | set(np.unique(borders).tolist())


def _s1_shares(numbers: NDArray[np.int16], likely: NDArray[np.float32]) -> dict[int, float]:
    """Mean of the S1 channel over each body."""
    bodies = np.unique(numbers[numbers > 0]).tolist()
    return {body: float(likely[..., 1][numbers == body].mean()) for body in bodies}


def _upright(t1: Volume) -> tuple[Volume, orient.Turn]:
    try:
        return orient.upright(t1)
    except ValueError as error:
        raise MapError(f"T1 cannot be mapped: {error}.") from error


def _z_scores(
    upright: Volume,
    aligned: align.Aligned,
    inside: NDArray[np.bool_],
    spacing: tuple[float, float, float],
    flatten: bool,
) -> tuple[Standardized, Standardized]:
    results = []
    for name, image in (("T1", upright.array), ("T2", aligned.t2)):
        try:
            results.append(standardize(image, inside, spacing, flatten=flatten, margin=CROP_MARGIN))
        except ValueError as error:
            raise MapError(f"{name} cannot be standardized: {error}.") from error
    return results[0], results[1]


def _place(upright: Volume, centre: NDArray[np.float64], proposal: names.Proposal) -> LevelProposal:
    point = upright.to_patient(centre)
    return LevelProposal(proposal, (float(point[0]), float(point[1]), float(point[2])))


def _warnings(
    aligned: align.Aligned,
    residual: tuple[float, float, float] | None,
    proposals: tuple[names.Proposal, ...],
    scores: tuple[Standardized, Standardized],
    chosen: crops.CropSet,
    settings: MapSettings,
) -> tuple[str, ...]:
    unsure = sorted({sentence for p in proposals if not p.sure for sentence in p.evidence})
    clipped = {name: score.clipped for name, score in zip(("T1", "T2"), scores, strict=True)}
    return (
        *remarks.about_alignment(aligned.without_t2, residual),
        *unsure,
        *remarks.about_pictures(clipped, chosen.too_large, settings.t2_fat_suppressed),
    )


class _Clock:
    """Seconds per stage, and progress told at both ends of it."""

    def __init__(self, tell: Callable[[str, float], None]) -> None:
        self.seconds: dict[str, dict[str, float]] = {}
        self._tell = tell

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self._tell(name, 0.0)
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.seconds[name] = {
            "wall_s": round(time.perf_counter() - wall, 4),
            "cpu_s": round(time.process_time() - cpu, 4),
        }
        self._tell(name, 1.0)
