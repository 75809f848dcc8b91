"""Networks from exported SavedModels: one, or several that answer by their mean."""

from pathlib import Path

from inference.training.engine import tf
from inference.training.mean import Mean
from inference.training.vnet import VNet, VNetShape

STORED = "weights/{}/.ATTRIBUTES/VARIABLE_VALUE"
"""Name of weight number n in a SavedModel's checkpoint."""


def saved(shape: VNetShape, version: Path) -> VNet | Mean:
    """What an exported SavedModel holds; raises as `restore_saved`."""
    network = VNet(shape)
    count = _weights(version) // len(network.variables)
    whole = Mean([network, *(VNet(shape) for _ in range(count - 1))]) if count > 1 else network
    restore_saved(whole, version)
    return whole


def restore_saved(network: VNet | Mean, version: Path) -> None:
    """Give `network` the weights of an exported SavedModel.

    Raises FileNotFoundError if there is none, and ValueError if it holds another number of weights.
    """
    found, wanted = _weights(version), len(network.variables)
    if found != wanted:
        raise ValueError(
            f"{version} holds {found} weights, not {wanted}: if it answers by the mean of several networks, "
            "take one of those it was made of"
        )
    reader = tf.train.load_checkpoint(_checkpoint(version))
    for number, variable in enumerate(network.variables.values()):
        variable.assign(reader.get_tensor(STORED.format(number)))


def _weights(version: Path) -> int:
    if not Path(_checkpoint(version) + ".index").exists():
        raise FileNotFoundError(f"no SavedModel at {version}: export one first")
    names = tf.train.load_checkpoint(_checkpoint(version)).get_variable_to_shape_map()
    return sum(STORED.format(number) in names for number in range(len(names)))


def _checkpoint(version: Path) -> str:
    return str(version / "variables" / "variables")
