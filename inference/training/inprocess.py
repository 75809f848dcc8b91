"""V-Nets as a `Network` of the pipeline: they are judged through the pipeline's own steps."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.networks.digest import model_digest
from inference.networks.versions import newest as newest_version
from inference.training.engine import tf
from inference.training.export import SHAPES
from inference.training.fit import restore
from inference.training.mean import Mean
from inference.training.saved import saved
from inference.training.vnet import VNet


@dataclass(frozen=True)
class InProcess:
    """What answers here, without a server."""

    name: str
    network: VNet | Mean
    version: str = ""
    digest: str = ""

    def predict(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities [N, H, W, C] of a batch [N, H, W, channels]."""
        return np.asarray(self.network.probabilities(tf.constant(batch)).numpy(), np.float32)


def exported(model: str, weights: Path) -> InProcess:
    """The newest version in `weights`/<model>. Raises FileNotFoundError if there is none."""
    folder = newest_version(weights / model)
    return InProcess(model, saved(SHAPES[model], folder), folder.name, model_digest(folder))


def newest(model: str, runs: Path) -> InProcess:
    """The newest checkpoint in `runs`/<model>. Raises FileNotFoundError if there is none."""
    network = VNet(SHAPES[model])
    steps = restore(network, runs / model)
    return InProcess(model, network, f"step {steps}")
