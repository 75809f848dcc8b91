"""The synthetic spine: repeatable, anatomically ordered, with lesions of the contrast that was asked for."""

import numpy as np
import pydicom
import pytest
from scipy.ndimage import map_coordinates

from annotations.vocabulary import SITES_12, Half, Level, ModicType, Site
from inference.phantom import Lesion, make_phantom, write_dicom

CENTROIDS = {1: (0.23, 1.20), 2: (1.04, 0.37), 3: (-0.53, -0.52)}
PLANTED = (
    Lesion(Level.L5, Half.LOWER, ModicType.TYPE_1),
    Lesion(Level.L4, Half.UPPER, ModicType.TYPE_2),
    Lesion(Level.L2, Half.LOWER, ModicType.TYPE_3),
)


@pytest.fixture(scope="module")
def phantom():
    return make_phantom(3, PLANTED)


def on_t1(phantom):
    """T2 laid on T1's grid by patient position, linear."""
    t1, t2 = phantom.t1, phantom.t2
    index = np.stack(np.meshgrid(*[np.arange(n) for n in t1.array.shape], indexing="ij"), -1).astype(float)
    axes = np.stack(
        [
            t2.normal * t2.slice_spacing_mm,
            t2.column_direction * t2.pixel_spacing_mm[0],
            t2.row_direction * t2.pixel_spacing_mm[1],
        ],
        1,
    )
    place = (t1.to_patient(index) - t2.positions_mm[0]) @ np.linalg.inv(axes).T
    return map_coordinates(t2.array, np.moveaxis(place, -1, 0), order=1)


def test_equal_seeds_give_equal_exams_and_others_do_not():
    first, again, other = make_phantom(5, ()), make_phantom(5, ()), make_phantom(6, ())
    assert np.array_equal(first.t1.array, again.t1.array)
    assert np.array_equal(first.t2.array, again.t2.array)
    assert np.array_equal(first.t1.positions_mm, again.t1.positions_mm)
    assert first.t1.array.shape != other.t1.array.shape or not np.array_equal(first.t1.array, other.t1.array)


def test_t1_and_t2_have_grids_of_their_own(phantom):
    assert phantom.t1.array.shape != phantom.t2.array.shape
    assert phantom.t1.pixel_spacing_mm != phantom.t2.pixel_spacing_mm
    turn = np.degrees(np.arccos(np.clip(phantom.t1.normal @ phantom.t2.normal, -1, 1)))
    assert 0.1 < turn < 6.0


def test_bodies_run_from_head_to_foot_and_the_lumbar_ones_are_named(phantom):
    truth = phantom.truth
    assert [level for level in truth.levels.values() if level] == list(Level)
    heights = [truth.level_points_mm[level][2] for level in Level]
    assert heights == sorted(heights, reverse=True)
    for number, level in truth.levels.items():
        if level is not None:
            volume_cm3 = (truth.bodies == number).sum() * phantom.t1.voxel_volume_mm3 / 1000
            assert 15 < volume_cm3 < 55


def test_a_named_point_lies_in_its_body(phantom):
    t1, truth = phantom.t1, phantom.truth
    for number, level in truth.levels.items():
        if level is None:
            continue
        offset = np.asarray(truth.level_points_mm[level]) - t1.positions_mm[0]
        index = (
            round(offset @ t1.normal / t1.slice_spacing_mm),
            round(offset @ t1.column_direction / t1.pixel_spacing_mm[0]),
            round(offset @ t1.row_direction / t1.pixel_spacing_mm[1]),
        )
        assert truth.bodies[index] == number


def test_planted_lesions_are_in_the_truth_and_nowhere_else(phantom):
    changed = {Site(lesion.level, lesion.half): lesion.type for lesion in PLANTED}
    assert phantom.truth.labels == {site: changed.get(site, ModicType.NONE) for site in SITES_12}
    assert all((phantom.truth.volumes_mm3[site] > 300) == (site in changed) for site in SITES_12)


def test_each_type_lies_nearest_its_published_centroid(phantom):
    inside = phantom.truth.marrow
    scores = []
    for picture in (phantom.t1.array, on_t1(phantom)):
        scores.append((picture - picture[inside].mean()) / picture[inside].std())
    for kind in (1, 2, 3):
        voxels = phantom.truth.lesions == kind
        place = np.array([score[voxels].mean() for score in scores])
        nearest = min(CENTROIDS, key=lambda k: np.linalg.norm(place - CENTROIDS[k]))
        assert nearest == kind


def test_t2_laid_on_t1_shows_fluid_behind_the_bodies(phantom):
    t2 = on_t1(phantom)
    truth = phantom.truth
    middle = t2.shape[0] // 2
    number = next(n for n, level in truth.levels.items() if level is Level.L3)
    rows, columns = np.nonzero(truth.bodies[middle] == number)
    behind = t2[middle, int(rows.mean()), columns.max() + 3 : columns.max() + 22]
    assert behind.max() > 1.5 * t2[middle][truth.bodies[middle] == number].mean()


def test_drawn_lesions_follow_the_seed():
    kinds = [make_phantom(seed).planted for seed in (1, 2)]
    assert kinds[0] != kinds[1]


def test_written_series_carry_geometry_and_the_papers_ranges(phantom, tmp_path):
    files = write_dicom(phantom, tmp_path, distractors=True)
    read = [pydicom.dcmread(file) for file in files]
    by_series = {}
    for dataset in read:
        by_series.setdefault(dataset.SeriesDescription, []).append(dataset)
    assert set(by_series) == {"SAG T1 FSE", "SAG T2 FSE", "LOC", "AX T2 FSE"}
    assert len({dataset.SOPInstanceUID for dataset in read}) == len(files)
    t1 = sorted(by_series["SAG T1 FSE"], key=lambda d: -d.InstanceNumber)
    assert np.array_equal(t1[2].pixel_array, phantom.t1.array[2])
    assert np.allclose(t1[2].ImagePositionPatient, phantom.t1.positions_mm[2], atol=1e-5)
    assert 377 <= t1[0].RepetitionTime <= 975
    assert 6.8 <= t1[0].EchoTime <= 31.8
    t2 = by_series["SAG T2 FSE"][0]
    assert 2430 <= t2.RepetitionTime <= 6307
    assert 26.1 <= t2.EchoTime <= 107.8
    assert 256 <= t2.Rows <= 512
    assert {d.StudyInstanceUID for d in read} == {t2.StudyInstanceUID}
    axial = np.cross(
        by_series["AX T2 FSE"][0].ImageOrientationPatient[:3],
        by_series["AX T2 FSE"][0].ImageOrientationPatient[3:],
    )
    assert abs(axial[2]) > 0.9


def test_writing_twice_gives_the_same_files(phantom, tmp_path):
    first = write_dicom(phantom, tmp_path / "a")
    second = write_dicom(phantom, tmp_path / "b")
    assert [f.read_bytes() for f in first] == [f.read_bytes() for f in second]
