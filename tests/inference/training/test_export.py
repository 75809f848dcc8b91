"""What lies in a SavedModel folder after an export."""

from pathlib import Path

import numpy as np

from inference.training.engine import tf
from inference.training.export import digest, export
from inference.training.vnet import VNet, VNetShape


def small(seed: int = 0) -> VNet:
    return VNet(VNetShape(inputs=2, outputs=1, kernels=2), seed)


def test_signature_and_answer(tmp_path: Path) -> None:
    network = small()
    serve = tf.saved_model.load(str(export(network, "detect", tmp_path))).signatures["serving_default"]
    assert list(serve.structured_input_signature[1]) == ["crop"]
    assert serve.structured_input_signature[1]["crop"].shape.as_list() == [None, 100, 100, 2]
    crops = np.random.default_rng(0).normal(size=(2, 100, 100, 2)).astype(np.float32)
    served = serve(crop=tf.constant(crops))["probability"].numpy()
    assert served.shape == (2, 100, 100, 1)
    np.testing.assert_allclose(served, network.probabilities(crops).numpy(), atol=1e-6)


def test_export_replaces_and_leaves_nothing_behind(tmp_path: Path) -> None:
    first = digest(export(small(0), "detect", tmp_path))
    folder = export(small(1), "detect", tmp_path)
    assert digest(folder) != first
    assert [path.name for path in folder.parent.iterdir()] == ["1"]


def test_digest_sees_contents_and_names(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    one = digest(tmp_path)
    (tmp_path / "a").write_bytes(b"2")
    two = digest(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert len({one, two, digest(tmp_path)}) == 3
