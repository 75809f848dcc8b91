"""Networks from exported SavedModels: one, or several that answer by their mean."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.training.engine import tf
from inference.training.mean import Mean
from inference.training.vnet import VNet, VNetShape

STORED = "weights/{}/.ATTRIBUTES/VARIABLE_VALUE"
"""Name of weight number n in a SavedModel's checkpoint."""


def saved(shape: VNetShape, version: Path) -> VNet | Mean:
    """What an exported SavedModel holds.

    Raises FileNotFoundError if there is none, and ValueError unless its weights are those of whole networks.
    """
    weights = _weights(version)
    each = len(VNet(shape).variables)
    if not weights or len(weights) % each:
        raise ValueError(
            f"{version} holds {len(weights)} weights; a network has {each}: is it of another kind?"
        )
    members = [VNet(shape) for _ in range(len(weights) // each)]
    for number, member in enumerate(members):
        for variable, weight in zip(member.variables.values(), weights[number * each :], strict=False):
            variable.assign(weight)
    return Mean(members) if len(members) > 1 else members[0]


def begin_with(network: VNet, version: Path) -> None:
    """Give `network` the weights of an exported SavedModel, of a mean the first one's; raises as `saved`."""
    first = saved(network.shape, version).members[0]
    for name, variable in network.variables.items():
        variable.assign(first.variables[name])


def _weights(version: Path) -> list[NDArray[np.float32]]:
    checkpoint = str(version / "variables" / "variables")
    if not Path(checkpoint + ".index").exists():
        raise FileNotFoundError(f"no SavedModel at {version}: export one first")
    reader = tf.train.load_checkpoint(checkpoint)
    names = reader.get_variable_to_shape_map()
    stored = [STORED.format(number) for number in range(len(names))]
    return [reader.get_tensor(name) for name in stored if name in names]
