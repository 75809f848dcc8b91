"""The figures that a model card may print, by one command."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from inference.networks.versions import newest
from inference.pipeline import MapSettings, centroids_beside
from inference.steps.bands import Bands
from inference.steps.endplates import Calibration
from inference.training.calibrate import calibrate, calibration_figures, of_exams, of_records, threshold
from inference.training.crops import Sample
from inference.training.detect import DetectConfig, detector_split
from inference.training.evaluate import evaluate_localizer, sequence_agreement, summary
from inference.training.exams import read_exams
from inference.training.graded import fit_bands, graded_figures, score_discs
from inference.training.inprocess import InProcess
from inference.training.known_truth import (
    HalfRecord,
    figures,
    half_records,
    intervals,
    known_truth,
    told_where,
)
from inference.training.lesions import Lesion
from inference.training.localize import LocalizeConfig, localizer_split, slice_dice
from inference.training.named import l5_is_right, lowest_discs
from inference.training.normal_body import NormalBody
from inference.training.painted import painted_samples
from inference.training.pairs import Pair, read_pairs
from inference.training.phantoms import phantom_sections
from inference.training.splits import learned

KNOWN_TRUTH_COUNT = 600
KNOWN_TRUTH_SEED = 2
PHANTOM_SEEDS = range(910_000, 910_006)
SECOND_SEEDS = range(910_100, 910_112)
"""Seeds that are neither trained on nor shown in demonstrations, of the first and the second appearance."""
RESAMPLES = 500


def localizer_figures(
    localizer: InProcess, data: Path, runs: Path, most: int | None = None
) -> dict[str, object]:
    """Held-out SPIDER slices, T1-T2 agreement, names, and vb_seg, on which nothing was trained; JSON types.

    most: at most so many exams of each vb_seg group, and ten times as many T1-T2 pairs; None for all.
    """
    train, held_out = localizer_split(LocalizeConfig(data, runs / "localize"))
    pairs = read_pairs(data / "spider_pairs", None if most is None else 10 * most)
    agreement = sequence_agreement(localizer, pairs)
    return {
        "weights_sha256": localizer.digest,
        "version": localizer.version,
        "held_out_space": {
            "patients": len({s.patient for s in held_out}),
            "slices": len(held_out),
            **slice_dice(localizer.network, held_out),
        },
        "t1_t2_agreement": {
            "pairs": len(agreement),
            "mean": float(agreement.mean()),
            "median": float(np.median(agreement)),
        },
        "names_spider_t1": _names(localizer, data, pairs, {s.patient for s in train}),
        "vb_seg": summary(evaluate_localizer(localizer, data / "vb_seg", most)),
    }


def detector_figures(
    detector: InProcess, localizer: InProcess, data: Path, runs: Path, weights: Path
) -> dict[str, object]:
    """Known truth in held-out patients and phantoms, with intervals by patient; grades beside the control."""
    settings = MapSettings.beside(weights)
    config = DetectConfig(data, runs / "detect", weights / "localize" / localizer.version)
    trained_on, held_out, _ = detector_split(config)
    cut, calibration = settings.threshold, settings.calibration
    drawn = {disturbed: _samples(held_out, disturbed=disturbed) for disturbed in (True, False)}
    real, plain_real = (half_records(detector, drawn[disturbed], settings) for disturbed in (True, False))
    pairs = read_pairs(data / "spider_pairs")
    judged = {body.patient for body in held_out}
    trained = {body.patient for body in trained_on}
    scores = score_discs(pairs, localizer, detector, settings)
    unseen = [score for score in scores if score.patient not in trained]
    return {
        "weights_sha256": detector.digest,
        "version": detector.version,
        "localizer_sha256": localizer.digest,
        "known_truth": {
            "patients": len(judged),
            "all": figures(real, cut),
            "intervals": intervals(real, RESAMPLES, KNOWN_TRUTH_SEED, cut),
            "groups": {name: figures(part, cut) for name, part in _groups(real).items()},
        },
        "known_truth_as_they_are": {
            "patients": len(judged),
            "all": figures(plain_real, cut),
            "intervals": intervals(plain_real, RESAMPLES, KNOWN_TRUTH_SEED, cut),
            "calibration": calibration_figures(of_records(_other_patients(plain_real)), calibration),
            "groups": {name: figures(part, cut) for name, part in _groups(plain_real).items()},
            "sensitivity_at_95_if_told_where": told_where(drawn[False]),
        },
        "phantoms": phantom_figures(detector, PHANTOM_SEEDS, settings, second=False),
        "phantoms_other_appearance": phantom_figures(detector, SECOND_SEEDS, settings, second=True),
        "grades_all_patients": graded_figures(scores, RESAMPLES, KNOWN_TRUTH_SEED),
        "grades_patients_not_trained_on": graded_figures(unseen, RESAMPLES, KNOWN_TRUTH_SEED),
    }


def phantom_figures(
    detector: InProcess, seeds: range, settings: MapSettings, *, second: bool
) -> dict[str, object]:
    """Lesions drawn into normal bodies of phantoms, disturbed and as they are; beside them those painted.

    second: phantoms of the second appearance. An interval's patients are exams.
    """
    cut = settings.threshold
    plain: list[NormalBody] = []
    painted: list[tuple[str, Sample]] = []
    for seed in seeds:
        sections, slices = phantom_sections(seed, second=second)
        plain += [b for b in sections.bodies(slices) if b.lesions is not None and not b.lesions.any()]
        painted += painted_samples(sections, slices)
    drawn = half_records(detector, known_truth(plain, KNOWN_TRUTH_COUNT // 3, KNOWN_TRUTH_SEED), settings)
    undisturbed = _samples(plain, disturbed=False)
    as_they_are = half_records(detector, undisturbed, settings)
    own = half_records(detector, painted, settings)
    return {
        "exams": len(seeds),
        "all": figures(drawn, cut),
        "intervals": intervals(drawn, RESAMPLES, KNOWN_TRUTH_SEED, cut),
        "as_they_are": {
            "all": figures(as_they_are, cut),
            "intervals": intervals(as_they_are, RESAMPLES, KNOWN_TRUTH_SEED, cut),
            "groups": {name: figures(part, cut) for name, part in _groups(as_they_are).items()},
            "sensitivity_at_95_if_told_where": told_where(undisturbed),
        },
        "painted_lesions": {
            "all": figures(own, cut),
            "intervals": intervals(own, RESAMPLES, KNOWN_TRUTH_SEED, cut),
        },
    }


def calibration_of(
    detector: InProcess, localizer: InProcess, data: Path, runs: Path, weights: Path
) -> tuple[float, Calibration, Bands]:
    """(threshold, calibration, bands) of a detector.

    The first two on half of the held-out patients, the other half judges them: pictures as they are, with
    drawn lesions. Bands on the grades of the patients that it learned from.
    """
    split = detector_split(DetectConfig(data, runs / "detect", newest(weights / "localize")))
    records = half_records(detector, _samples(split.held_out, disturbed=False))
    judging = {r.patient for r in _other_patients(records)}
    own = of_records([r for r in records if r.patient not in judging])
    trained = {body.patient for body in split.train}
    pairs = [pair for pair in read_pairs(data / "spider_pairs") if pair.patient in trained]
    return threshold(own), calibrate(own), fit_bands(score_discs(pairs, localizer, detector, _plain(weights)))


def calibration_on_exams(
    detector: InProcess, localizer: InProcess, exams: Path, runs: Path, weights: Path
) -> tuple[float, Calibration]:
    """(threshold, calibration) of a detector on annotated exams of patients from whom no run has learned.

    At the prevalence of these exams. Raises ValueError where none or only one kind of half is left.
    """
    known = learned(runs, weights)
    left = [exam for exam in read_exams(exams) if exam.person not in known]
    if not left:
        raise ValueError(f"the networks have learned from every patient in {exams}")
    own = of_exams(left, localizer, detector, _plain(weights))
    return threshold(own), calibrate(own, prevalence=None)


def _plain(weights: Path) -> MapSettings:
    """Settings without what `calibrate` is about to fit."""
    centroids = centroids_beside(weights)
    return MapSettings(centroids=centroids, flatten=centroids.flattened)


def _samples(bodies: list[NormalBody], *, disturbed: bool) -> list[tuple[str, Sample]]:
    return known_truth(bodies, KNOWN_TRUTH_COUNT, KNOWN_TRUTH_SEED, disturbed=disturbed)


def _other_patients(records: Sequence[HalfRecord]) -> list[HalfRecord]:
    """Those of every second patient, by number: not calibrated on."""
    chosen = set(sorted({r.patient for r in records}, key=int)[1::2])
    return [r for r in records if r.patient in chosen]


def _names(
    localizer: InProcess, data: Path, pairs: Sequence[Pair], trained: set[str]
) -> dict[str, dict[str, int]]:
    """L5 right on T1, by whether the patient's T2-SPACE slices were trained on (no T1 was)."""
    discs = lowest_discs(data / "spider_space_seg")
    right = {p.patient: l5_is_right(localizer, p, discs[p.patient]) for p in pairs if p.patient in discs}
    groups = {
        "held_out": {p: r for p, r in right.items() if p not in trained},
        "other_sequence_trained_on": {p: r for p, r in right.items() if p in trained},
    }
    return {name: {"patients": len(own), "l5_right": sum(own.values())} for name, own in groups.items()}


def _groups(records: Sequence[HalfRecord]) -> dict[str, list[HalfRecord]]:
    """Lesions by type, size and contrast, each beside all halves without a lesion."""
    tests: dict[str, Callable[[Lesion], bool]] = {
        "type 1": lambda lesion: lesion.kind == 1,
        "type 2": lambda lesion: lesion.kind == 2,
        "type 3": lambda lesion: lesion.kind == 3,
        "5 to 12 mm": lambda lesion: lesion.diameter_mm < 12.0,
        "12 mm and more": lambda lesion: lesion.diameter_mm >= 12.0,
        "contrast below 1.2 SD": lambda lesion: lesion.contrast < 1.2,
        "contrast 1.2 SD and more": lambda lesion: lesion.contrast >= 1.2,
    }
    return {name: [r for r in records if not r.lesion or test(r.lesion)] for name, test in tests.items()}
