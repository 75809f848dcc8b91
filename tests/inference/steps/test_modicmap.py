import json

import numpy as np
import pytest

from inference.steps.modicmap import PUBLISHED, Centroids, modic_map, without_lines, without_lone_sections


def test_the_published_centroids_are_the_papers():
    assert (PUBLISHED.type_1, PUBLISHED.type_2, PUBLISHED.type_3) == (
        (0.23, 1.20),
        (1.04, 0.37),
        (-0.53, -0.52),
    )


def test_each_detected_voxel_takes_the_nearest_centroid():
    points = np.array([[0.2, 1.3], [1.1, 0.3], [-0.6, -0.5], [-2.0, 3.0], [3.0, -1.0], [-0.4, 0.1]])
    z1, z2 = (points[:, i].reshape(1, 2, 3).astype(np.float32) for i in (0, 1))
    everywhere = np.ones((1, 2, 3), bool)
    result = modic_map(z1, z2, everywhere)
    assert result.ravel().tolist() == [1, 2, 3, 1, 2, 3]
    assert result.dtype == np.uint8


def test_nothing_is_typed_where_nothing_is_detected():
    z = np.zeros((1, 1, 4), np.float32)
    detected = np.array([[[False, True, True, False]]])
    assert (modic_map(z, z, detected) > 0).ravel().tolist() == [False, True, True, False]


@pytest.mark.parametrize("spacing", [(0.5, 0.5), (0.4, 0.8), (0.9, 0.9)])
def test_lines_and_specks_are_no_lesions_and_a_band_keeps_its_shape(spacing):
    rows, columns = (np.arange(80) * mm for mm in spacing)
    band = (rows[:, None] >= 5) & (rows[:, None] < 10) & (columns >= 6) & (columns < 20)
    line = (rows[:, None] >= 16) & (rows[:, None] < 17) & (columns >= 6) & (columns < 20)
    speck = (rows[:, None] >= 24) & (rows[:, None] < 25) & (columns >= 6) & (columns < 7)
    found = without_lines((band | line | speck)[None], spacing)[0]
    assert not found[~band].any()
    assert found[band].mean() > 0.95
    assert (without_lines((band | line)[None], spacing, 0.0)[0] == (band | line)).all()


def test_what_one_slice_alone_shows_is_no_lesion():
    detected, looked_at = np.zeros((2, 5, 40, 40), bool)
    looked_at[:] = True
    detected[1:3, 5:10, 5:12] = True
    detected[2, 20:25, 5:12] = True
    detected[3, 9:14, 14:20] = True
    found = without_lone_sections(detected, looked_at, (0.5, 0.5))
    assert found[1:3, 5:10, 5:12].all()
    assert found.sum() == 2 * 5 * 7
    moved = without_lone_sections(detected, looked_at, (0.5, 0.25))
    assert moved[3, 9:14, 14:20].all(), "1 mm further is the same place"
    assert not moved[2, 20:25].any()


def test_a_place_without_neighbouring_slices_stays():
    detected, looked_at = np.zeros((2, 3, 20, 20), bool)
    detected[2, 5:9, 5:9] = looked_at[2] = looked_at[0] = True
    assert (without_lone_sections(detected, looked_at, (1.0, 1.0)) == detected).all()
    single = detected[2:]
    assert (without_lone_sections(single, looked_at[2:], (1.0, 1.0)) == single).all()
    looked_at[1] = True
    assert not without_lone_sections(detected, looked_at, (1.0, 1.0)).any()


def test_other_centroids_travel_as_a_file(tmp_path):
    path = tmp_path / "centroids.json"
    own = Centroids((0, 1), (1, 0), (-1, -1), "fitted on 12 exams")
    path.write_text(json.dumps(own.to_json()))
    assert Centroids.from_file(path) == own
    path.write_text('{"centroids": {"1": [0, 1]}, "source": "x"}')
    with pytest.raises(ValueError, match="not a file of three centroids"):
        Centroids.from_file(path)


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_a_centroid_that_is_no_finite_number_is_refused(tmp_path, value):
    """Nothing is near to it, and every voxel would be type 1."""
    path = tmp_path / "centroids.json"
    path.write_text(f'{{"centroids": {{"1": [0, 1], "2": [1, {value}], "3": [0, 0]}}, "source": "x"}}')
    with pytest.raises(ValueError, match="no finite number"):
        Centroids.from_file(path)


def test_whether_z_scores_were_flattened_travels_along(tmp_path):
    path = tmp_path / "centroids.json"
    own = Centroids((0, 1), (1, 0), (-1, -1), "fitted on 12 exams", flattened=False)
    path.write_text(json.dumps(own.to_json()))
    assert Centroids.from_file(path) == own
    assert "flattened" not in Centroids((0, 1), (1, 0), (-1, -1), "x").to_json()
