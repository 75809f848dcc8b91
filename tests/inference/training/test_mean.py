"""Several networks that answer by their mean: exported, joined, judged and served as one."""

import json
from pathlib import Path

import numpy as np
import pytest

from inference.cli import main
from inference.training.engine import tf
from inference.training.export import export
from inference.training.inprocess import exported
from inference.training.mean import Mean
from inference.training.saved import begin_with, saved
from inference.training.splits import RECORD
from inference.training.vnet import DETECT_SHAPE, LOCALIZE_SHAPE, VNet, VNetShape

CROPS = np.random.default_rng(0).normal(size=(2, 100, 100, 2)).astype(np.float32)


def record(version: Path, *persons: str) -> None:
    (version / RECORD).parent.mkdir(parents=True, exist_ok=True)
    (version / RECORD).write_text(json.dumps({"persons_sha256": list(persons)}))


@pytest.fixture
def three(tmp_path: Path) -> tuple[list[VNet], list[Path]]:
    networks = [VNet(DETECT_SHAPE, seed) for seed in range(3)]
    return networks, [export(network, "detect", tmp_path / "single") for network in networks]


def test_joined_versions_answer_by_the_mean_of_their_probabilities(
    three: tuple[list[VNet], list[Path]], tmp_path: Path
) -> None:
    networks, versions = three
    record(versions[0], "a", "b")
    record(versions[1], "b", "c")
    pair = ["join", "detect", *map(str, versions[:2]), "--weights", str(tmp_path / "pair")]
    assert main(pair) == 0
    joined = tmp_path / "pair" / "detect" / "1"
    expected = np.mean([network.probabilities(CROPS).numpy() for network in networks[:2]], axis=0)
    serve = tf.saved_model.load(str(joined)).signatures["serving_default"]
    np.testing.assert_allclose(serve(crop=tf.constant(CROPS))["probability"].numpy(), expected, atol=1e-6)
    np.testing.assert_allclose(exported("detect", tmp_path / "pair").predict(CROPS), expected, atol=1e-6)
    assert json.loads((joined / RECORD).read_text())["persons_sha256"] == ["a", "b", "c"]
    assert max(path.stat().st_size for path in joined.rglob("*")) < 10e6


def test_a_mean_of_a_mean_counts_every_network_once(
    three: tuple[list[VNet], list[Path]], tmp_path: Path
) -> None:
    networks, versions = three
    weights = str(tmp_path / "all")
    assert main(["join", "detect", str(versions[0]), str(versions[1]), "--weights", weights]) == 0
    pair = tmp_path / "all" / "detect" / "1"
    assert main(["join", "detect", str(pair), str(versions[2]), "--weights", weights]) == 0
    whole = exported("detect", tmp_path / "all")
    assert whole.version == "2"
    expected = np.mean([network.probabilities(CROPS).numpy() for network in networks], axis=0)
    np.testing.assert_allclose(whole.predict(CROPS), expected, atol=1e-6)
    assert not (tmp_path / "all" / "detect" / "2" / RECORD).exists(), "nobody knows whom these learned from"


def test_training_begins_with_the_first_network_of_a_mean(
    three: tuple[list[VNet], list[Path]], tmp_path: Path
) -> None:
    folder = export(Mean(three[0]), "detect", tmp_path / "mean")
    network = VNet(DETECT_SHAPE, seed=9)
    begin_with(network, folder)
    for name, variable in network.variables.items():
        assert np.array_equal(variable.numpy(), three[0][0].variables[name].numpy()), name


def test_weights_of_another_network_are_refused(three: tuple[list[VNet], list[Path]]) -> None:
    with pytest.raises(ValueError, match="another kind"):
        saved(VNetShape(inputs=2, outputs=1, convolutions=(1,)), three[1][0])


def test_networks_of_two_kinds_have_no_mean() -> None:
    with pytest.raises(ValueError, match="one shape"):
        Mean([VNet(DETECT_SHAPE), VNet(LOCALIZE_SHAPE)])
