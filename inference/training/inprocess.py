"""A V-Net as a `Network` of the pipeline: it is judged through the pipeline's own steps."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.networks.digest import model_digest
from inference.networks.versions import newest as newest_version
from inference.training.engine import tf
from inference.training.export import SHAPES
from inference.training.fit import restore, restore_saved
from inference.training.vnet import VNet


@dataclass(frozen=True)
class InProcess:
    """One network that answers here, without a server."""

    name: str
    network: VNet
    version: str = ""
    digest: str = ""

    def predict(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities [N, H, W, C] of a batch [N, H, W, channels]."""
        return np.asarray(self.network.probabilities(tf.constant(batch)).numpy(), np.float32)


def exported(model: str, weights: Path) -> InProcess:
    """The newest version in `weights`/<model>. Raises FileNotFoundError if there is none."""
    network, folder = VNet(SHAPES[model]), newest_version(weights / model)
    restore_saved(network, folder)
    return InProcess(model, network, folder.name, model_digest(folder))


def newest(model: str, runs: Path) -> InProcess:
    """The newest checkpoint in `runs`/<model>. Raises FileNotFoundError if there is none."""
    network = VNet(SHAPES[model])
    steps = restore(network, runs / model)
    return InProcess(model, network, f"step {steps}")
