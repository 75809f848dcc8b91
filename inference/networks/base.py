"""What a network is to the steps that use one."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class NetworkError(RuntimeError):
    """A network could not answer: server down, too slow, wrong shape, or values that are no numbers."""


class Network(Protocol):
    """A segmentation network, wherever it runs.

    name: model name. version: the version that answers. digest: SHA-256 (hex) of its files, "" if unknown.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def digest(self) -> str: ...

    def predict(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities [N, H, W, C] in 0..1 for a batch [N, H, W, channels].

        Raises NetworkError, with a sentence that says what to do, if no trustworthy answer came.
        """
        ...
