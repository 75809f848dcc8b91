import json

import numpy as np
import pytest

from inference.steps.modicmap import PUBLISHED, Centroids, modic_map


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
    result = modic_map(z1, z2, everywhere.astype(np.float32), everywhere)
    assert result.ravel().tolist() == [1, 2, 3, 1, 2, 3]
    assert result.dtype == np.uint8


def test_nothing_is_typed_below_the_threshold_or_outside():
    z = np.zeros((1, 1, 4), np.float32)
    probability = np.array([[[0.49, 0.5, 0.9, 0.9]]], np.float32)
    inside = np.array([[[True, True, True, False]]])
    assert (modic_map(z, z, probability, inside) > 0).ravel().tolist() == [False, True, True, False]
    assert not modic_map(z, z, probability, inside, threshold=0.95).any()


def test_other_centroids_travel_as_a_file(tmp_path):
    path = tmp_path / "centroids.json"
    own = Centroids((0, 1), (1, 0), (-1, -1), "fitted on 12 exams")
    path.write_text(json.dumps(own.to_json()))
    assert Centroids.from_file(path) == own
    path.write_text('{"centroids": {"1": [0, 1]}, "source": "x"}')
    with pytest.raises(ValueError, match="not a file of three centroids"):
        Centroids.from_file(path)
