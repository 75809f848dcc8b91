"""The network and its losses against numbers worked out by hand."""

import numpy as np
import pytest

from inference.training.engine import tf
from inference.training.losses import detection_loss, dice_loss, halves_loss, weighted_cross_entropy
from inference.training.vnet import DETECT_SHAPE, LOCALIZE_SHAPE, VNet, VNetShape


def kernels(network: VNet) -> dict[str, tuple[int, ...]]:
    return {
        name.removesuffix("/kernel"): tuple(variable.shape)
        for name, variable in network.variables.items()
        if name.endswith("/kernel")
    }


@pytest.mark.parametrize(("shape", "count"), [(LOCALIZE_SHAPE, 675_554), (DETECT_SHAPE, 676_321)])
def test_parameter_count_is_the_one_derived_by_hand(shape: VNetShape, count: int) -> None:
    assert VNet(shape).parameter_count == count
    assert 674_688 + 800 * shape.inputs + 33 * shape.outputs == count


def test_levels_have_the_papers_convolutions_and_kernels() -> None:
    found = kernels(VNet(DETECT_SHAPE))
    for level, count in enumerate((1, 2, 3, 3), 1):
        for side, first in (("encoder", 32), ("decoder", 64)):
            names = [name for name in found if name.startswith(f"{side}{level}/")]
            assert len(names) == count
            assert [found[name] for name in names] == [
                (5, 5, first if i == 0 else 32, 32) for i in range(count)
            ]
        assert found[f"down{level}"] == found[f"up{level}"] == (2, 2, 32, 32)
    assert len([name for name in found if name.startswith("bottom/")]) == 3
    assert found["input"] == (5, 5, 2, 32)
    assert found["output"] == (1, 1, 32, 1)


@pytest.mark.parametrize(("height", "width"), [(100, 100), (16, 48), (13, 7)])
def test_answers_have_the_size_of_the_picture(height: int, width: int) -> None:
    network = VNet(VNetShape(inputs=2, outputs=1, kernels=2))
    answer = network.probabilities(tf.zeros([3, height, width, 2])).numpy()
    assert answer.shape == (3, height, width, 1)
    assert ((answer > 0) & (answer < 1)).all()


def test_same_seed_same_network() -> None:
    one, two, other = (VNet(VNetShape(1, 1, kernels=2), seed) for seed in (1, 1, 2))
    assert all(np.array_equal(one.variables[name], two.variables[name]) for name in one.variables)
    assert not np.array_equal(one.variables["input/kernel"], other.variables["input/kernel"])


def test_dropout_repeats_itself_under_the_same_seed_and_refuses_none() -> None:
    network = VNet(VNetShape(1, 1, kernels=4))
    picture = tf.random.stateless_normal([1, 32, 32, 1], [0, 1])
    first, again, other = (
        network.logits(picture, dropout=0.5, seed=tf.constant([7, step])).numpy() for step in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    with pytest.raises(ValueError, match="seed"):
        network.logits(picture, dropout=0.5)


def one_channel(values: list[float]) -> "tf.Tensor":
    return tf.reshape(tf.constant(values, tf.float32), [1, 1, len(values), 1])


def test_dice_loss_by_hand() -> None:
    # 2 (0.5 + 1) / ((0.25 + 1 + 0.25) + (1 + 1)) = 3 / 3.5
    p, g = one_channel([0.5, 1.0, 0.5, 0.0]), one_channel([1.0, 1.0, 0.0, 0.0])
    assert float(dice_loss(p, g)) == pytest.approx(1 - 3 / 3.5, abs=1e-5)


def test_dice_loss_is_the_mean_of_its_channels() -> None:
    perfect, missed = one_channel([1.0, 0.0]), one_channel([0.0, 1.0])
    p, g = tf.concat([perfect, missed], -1), tf.concat([perfect, perfect], -1)
    assert float(dice_loss(p, g)) == pytest.approx(0.5, abs=1e-5)


def test_ignored_pixels_cost_nothing() -> None:
    p, g = one_channel([1.0, 1.0]), one_channel([1.0, 0.0])
    keep = one_channel([1.0, 0.0])
    assert float(dice_loss(p, g, keep)) == pytest.approx(0.0, abs=1e-5)
    assert float(weighted_cross_entropy(one_channel([0.0, 9.0]), g, 20.0, keep)) == pytest.approx(
        20 * np.log(2), abs=1e-4
    )


def test_weighted_cross_entropy_by_hand() -> None:
    # p = 0.5: 20 ln 2 for the foreground pixel, ln 2 for the background pixel; p = 0.8: -ln 0.2
    logits = one_channel([0.0, 0.0, float(np.log(4.0))])
    expected = (20 * np.log(2) + np.log(2) - np.log(0.2)) / 3
    assert float(weighted_cross_entropy(logits, one_channel([1.0, 0.0, 0.0]))) == pytest.approx(
        expected, abs=1e-5
    )


def test_detection_loss_is_a_tenth_of_cross_entropy_plus_dice() -> None:
    logits, g = one_channel([0.0, 0.0]), one_channel([1.0, 0.0])
    dice = 1 - 2 * 0.5 / (0.5 + 1)
    assert float(detection_loss(logits, g)) == pytest.approx(0.1 * 10.5 * np.log(2) + dice, abs=1e-4)


def test_halves_loss_by_hand() -> None:
    # First half, changed: its two highest logits are 4 and 2, so -ln sigmoid(3). Second, unchanged: the mean
    # of -1 and -3, so -ln sigmoid(2). A third of one pixel does not count, nor does the pixel in no half.
    logits, g = one_channel([4.0, 2.0, 0.0, -1.0, -3.0, 9.0, 9.0]), one_channel([0, 0, 1.0, 0, 0, 0, 1.0])
    halves = tf.concat([one_channel([1, 1, 1, 0, 0, 0, 0]), one_channel([0, 0, 0, 1, 1, 0, 0])], -1)
    halves = tf.concat([halves, one_channel([0, 0, 0, 0, 0, 1, 0])], -1)
    expected = (np.log1p(np.exp(-3.0)) + np.log1p(np.exp(-2.0))) / 2
    assert float(halves_loss(logits, g, halves, 2)) == pytest.approx(expected, abs=1e-5)


def test_halves_loss_of_no_half_is_nothing_and_tells_pictures_apart() -> None:
    logits = tf.reshape(tf.constant([5.0, 5.0, -5.0, -5.0]), [2, 1, 2, 1])
    g = tf.reshape(tf.constant([1.0, 1.0, 0.0, 0.0]), [2, 1, 2, 1])
    assert float(halves_loss(logits, g, tf.zeros([2, 1, 2, 2]), 2)) == 0.0
    assert float(halves_loss(logits, g, tf.ones([2, 1, 2, 1]), 2)) == pytest.approx(
        np.log1p(np.exp(-5.0)), abs=1e-5
    )
