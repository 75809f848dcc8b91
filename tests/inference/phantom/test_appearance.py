"""Phantoms as on another scanner and in other patients: other pictures, and a truth that still holds."""

import hashlib
import json
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from scipy import ndimage

from annotations.vocabulary import SITES_12, Half, Level, ModicType, Site
from inference.dicom.load import load_exam
from inference.phantom import Lesion, Phantom, make_phantom, second_appearance, write_dicom
from inference.phantom.appearance import FIRST
from inference.phantom.console import FIRST_CONSOLE, SECOND_CONSOLE, Console
from inference.phantom.lesions import overlapping
from inference.steps.align import align
from inference.steps.normalise import standardize
from inference.training.lesions import CENTROIDS

SEED = 11
FIRST_HEADERS_SHA256 = "c5ee7446f552f657dcd9f5ec141cd0e9faa68029a83d85786227a122a0fb395e"
PLANTED = (
    Lesion(Level.L5, Half.LOWER, ModicType.TYPE_1),
    Lesion(Level.L4, Half.UPPER, ModicType.TYPE_2),
    Lesion(Level.L2, Half.LOWER, ModicType.TYPE_3),
)


@pytest.fixture(scope="module")
def first() -> Phantom:
    return make_phantom(SEED, PLANTED)


@pytest.fixture(scope="module")
def second() -> Phantom:
    return make_phantom(SEED, PLANTED, second_appearance(SEED))


def test_equal_seeds_look_the_same_and_others_do_not():
    assert second_appearance(4) == second_appearance(4) != second_appearance(5)


def test_tissues_differ_from_marrow_by_other_ratios_in_every_seed():
    """Some larger and some smaller than in the first appearance."""
    drawn = [second_appearance(seed).tissues for seed in range(60)]
    for weighting in (0, 1):
        usual = FIRST.tissues[weighting]
        for name in ("muscle", "fat", "nucleus", "fluid"):
            ratios = [getattr(t[weighting], name) / t[weighting].marrow for t in drawn]
            assert min(ratios) < getattr(usual, name) / usual.marrow < max(ratios)
            assert np.std(ratios) > 0.05 * np.mean(ratios)


def air(phantom: Phantom) -> np.ndarray:
    """Behind the skin of the head-most back corner, over all slices."""
    return phantom.t1.array[:, :8, -8:]


def normal_marrow(phantom: Phantom) -> np.ndarray:
    truth, number = phantom.truth, level_number(phantom, Level.L3)
    return phantom.t1.array[truth.marrow & (truth.bodies == number)]


def level_number(phantom: Phantom, level: Level) -> int:
    return next(number for number, named in phantom.truth.levels.items() if named is level)


def test_the_second_is_noisier_coarser_and_its_marrow_less_even(first: Phantom, second: Phantom):
    assert air(second).mean() > 1.5 * air(first).mean() > 0
    assert second.t1.pixel_spacing_mm[0] > first.t1.pixel_spacing_mm[0]
    assert second.t1_settings.thickness_mm > first.t1_settings.thickness_mm
    spread = [normal_marrow(p).std() / normal_marrow(p).mean() for p in (first, second)]
    assert spread[1] > 1.3 * spread[0]


def test_its_truth_names_what_was_planted(second: Phantom):
    changed = {Site(lesion.level, lesion.half): lesion.type for lesion in PLANTED}
    assert second.truth.labels == {site: changed.get(site, ModicType.NONE) for site in SITES_12}
    assert all((second.truth.volumes_mm3[site] > 300) == (site in changed) for site in SITES_12)


def test_what_the_truth_calls_changed_is_what_differs_without_the_lesion():
    """L5/S1's disc grows thinner with the lesion, which moves S1 and leaves L5 as it is."""
    look = second_appearance(SEED)
    lesion = replace(PLANTED[0], strength=1.5)
    changed, normal = (make_phantom(SEED, planted, look) for planted in ((lesion,), ()))
    truth = changed.truth
    body = truth.marrow & (truth.bodies == level_number(changed, Level.L5)) & normal.truth.marrow
    slices = (truth.lesions > 0).any(axis=(1, 2))
    away = np.stack([ndimage.distance_transform_edt(plane == 0) for plane in truth.lesions])
    away_mm = away * changed.t1.pixel_spacing_mm[0]
    difference = np.abs(changed.t1.array - normal.t1.array)
    assert difference[(truth.lesions > 0) & body].mean() > 15
    far = body & slices[:, None, None] & (away_mm > 6.0)
    assert far.sum() > 1000
    assert difference[far].mean() < 1


def test_types_lie_nearest_their_published_centroids_on_average_and_overlap():
    """Shifts as they are drawn, three lesions a seed."""
    found: dict[int, list[np.ndarray]] = {1: [], 2: [], 3: []}
    for seed in range(3):
        look = second_appearance(seed)
        phantom = make_phantom(seed, overlapping(PLANTED, look, np.random.default_rng(seed)), look)
        t2 = align(phantom.t1, phantom.t2).t2
        inside = phantom.truth.marrow & np.isfinite(t2)
        spacing = (phantom.t1.slice_spacing_mm, *phantom.t1.pixel_spacing_mm)
        scores = [standardize(x, inside, spacing).z for x in (phantom.t1.array, np.nan_to_num(t2))]
        for kind, own in found.items():
            voxels = inside & (phantom.truth.lesions == kind)
            own.append(np.array([z[voxels].mean() for z in scores]))
    for kind, own in found.items():
        away = {k: np.linalg.norm(np.mean(own, axis=0) - np.array(c)) for k, c in CENTROIDS.items()}
        assert min(away, key=lambda k: away[k]) == kind
        assert np.std(own, axis=0).min() > 0.15


def test_the_same_seed_draws_the_same_lesions_with_other_signals():
    look = second_appearance(2)
    first, second = make_phantom(2).planted, make_phantom(2, appearance=look).planted
    assert len(first) > 0
    for usual, other in zip(first, second, strict=True):
        assert replace(other, strength=usual.strength, shift=(0.0, 0.0)) == usual
        assert astuple(other) != astuple(usual)


def test_exams_of_one_seed_and_two_appearances_are_two_patients(first: Phantom, second: Phantom, tmp_path):
    read = [
        pydicom.dcmread(write_dicom(phantom, tmp_path / name)[0])
        for name, phantom in (("a", first), ("b", second))
    ]
    for name in ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        assert read[0][name].value != read[1][name].value
    assert 256 <= read[1].Rows <= 320


def first_headers(phantom: Phantom, folder: Path) -> dict[str, pydicom.Dataset]:
    """Of each series the image that is numbered 1, by folder."""
    write_dicom(phantom, folder, distractors=True)
    return {path.name: pydicom.dcmread(path / "IM0001.dcm") for path in folder.iterdir()}


def test_headers_are_another_scanners(first: Phantom, second: Phantom, tmp_path: Path):
    usual, other = (first_headers(p, tmp_path / name) for name, p in (("a", first), ("b", second)))
    assert usual.keys() == other.keys() == {"sag_t1", "sag_t2", "scout", "ax_t2"}
    for name in usual:
        for keyword in (
            *("ManufacturerModelName", "SeriesDescription", "ImageType", "MagneticFieldStrength"),
            *("RepetitionTime", "EchoTime", "FlipAngle", "PixelBandwidth", "EchoTrainLength"),
            *("SliceThickness", "SpacingBetweenSlices", "PixelSpacing", "NumberOfAverages"),
        ):
            assert usual[name][keyword].value != other[name][keyword].value, (name, keyword)
    left = {name: [h[name].ImagePositionPatient[0] for h in (usual, other)] for name in ("sag_t1", "sag_t2")}
    assert all(right < 0 < from_left for right, from_left in left.values())
    assert "ProtocolName" not in usual["sag_t1"]
    assert other["sag_t1"].ProtocolName == "t1_tse_sag"


def test_headers_of_the_first_are_as_they_were(first: Phantom, tmp_path: Path):
    """Whoever has a phantom of a seed has this one."""
    headers = first_headers(first, tmp_path)
    plain = {name: {element.keyword: element.value for element in headers[name]} for name in headers}
    for own in plain.values():
        del own["PixelData"]
    text = json.dumps(plain, sort_keys=True, default=str)
    assert hashlib.sha256(text.encode()).hexdigest() == FIRST_HEADERS_SHA256


@pytest.mark.parametrize("console", [FIRST_CONSOLE, SECOND_CONSOLE], ids=["first", "second"])
def test_settings_lie_within_the_papers(console: Console):
    """Gao et al. 2022, Table 1."""
    papers = (((377, 975), (6.8, 31.8)), ((2430, 6307), (26.1, 107.8)))
    for sequence, (repetition, echo) in zip(console.sequences, papers, strict=True):
        for own, allowed in ((sequence.repetition_ms, repetition), (sequence.echo_ms, echo)):
            assert allowed[0] <= own[0] < own[1] <= allowed[1]


def test_intake_finds_the_series_of_the_second_among_its_others(second: Phantom, tmp_path: Path):
    write_dicom(second, tmp_path, distractors=True)
    t1, t2 = load_exam(tmp_path)
    assert np.array_equal(t1.volume.array, second.t1.array)
    assert np.array_equal(t2.volume.array, second.t2.array)
    assert (t1.stack.first.manufacturer, t1.stack.first.model) == ("Synthetic", SECOND_CONSOLE.model)
