"""Step 5: probability of Modic change in every crop, by the detector (Gao et al. 2022, section 2.2.3)."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from inference.networks.base import Network

BATCH = 8


def detect(
    crops: NDArray[np.float32], network: Network, progress: Callable[[float], None] = lambda share: None
) -> NDArray[np.float32]:
    """Probabilities [N, size, size] of crops [N, size, size, 2] (T1 z, T2 z). Raises NetworkError."""
    if not len(crops):
        return np.zeros(crops.shape[:3], np.float32)
    results = []
    for part in np.array_split(crops, -(-len(crops) // BATCH)):
        results.append(network.predict(part)[..., 0])
        progress(sum(map(len, results)) / len(crops))
    return np.concatenate(results)
