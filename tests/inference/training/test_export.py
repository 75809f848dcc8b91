"""What lies in a SavedModel folder after an export."""

from pathlib import Path

import numpy as np

from inference.networks.digest import model_digest
from inference.networks.versions import newest, versions
from inference.training.engine import tf
from inference.training.export import WARM_UP, export
from inference.training.inprocess import exported
from inference.training.vnet import DETECT_SHAPE, VNet, VNetShape


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


def test_an_export_is_a_new_version_unless_one_is_named(tmp_path: Path) -> None:
    first = export(small(0), "detect", tmp_path)
    second = export(small(1), "detect", tmp_path)
    assert [path.name for path in (first, second)] == ["1", "2"]
    assert newest(tmp_path / "detect") == second
    before = [model_digest(path) for path in (first, second)]
    export(small(2), "detect", tmp_path, 1)
    assert model_digest(first) not in before
    assert model_digest(second) == before[1]
    assert sorted(path.name for path in first.parent.iterdir()) == ["1", "2"]


def test_the_tenth_version_is_newer_than_the_ninth_and_half_a_one_is_none(tmp_path: Path) -> None:
    for name in ("9", "10"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "saved_model.pb").touch()
    (tmp_path / "11").mkdir()
    (tmp_path / ".new-1").mkdir()
    assert versions(tmp_path) == [9, 10]
    assert versions(tmp_path / "none") == []


def test_what_is_judged_is_the_newest_version(tmp_path: Path) -> None:
    export(VNet(DETECT_SHAPE, 1), "detect", tmp_path)
    folder = export(VNet(DETECT_SHAPE, 2), "detect", tmp_path)
    network = exported("detect", tmp_path)
    assert (network.version, network.digest) == ("2", model_digest(folder))


def test_digest_sees_contents_and_names(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    one = model_digest(tmp_path)
    (tmp_path / "a").write_bytes(b"2")
    two = model_digest(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert len({one, two, model_digest(tmp_path)}) == 3


def test_a_warm_up_record_changes_no_digest(tmp_path: Path) -> None:
    folder = export(small(), "detect", tmp_path)
    assert (folder / WARM_UP).is_file()
    with_record = model_digest(folder)
    (folder / WARM_UP).unlink()
    assert model_digest(folder) == with_record
