"""Several V-Nets of one shape that answer together, by the mean of their probabilities.

Each errs by chance where it knows too little, and each elsewhere: together they err less (Lakshminarayanan et
al. 2017, arXiv 1612.01474). Every one of them is the paper's network.
"""

from collections.abc import Sequence

from inference.training.engine import Tensor, tf
from inference.training.vnet import VNet, VNetShape


class Mean:
    """The mean of `members`. Raises ValueError unless there are some, all of one shape."""

    def __init__(self, members: Sequence[VNet]) -> None:
        if len({member.shape for member in members}) != 1:
            raise ValueError("a mean is taken of networks of one shape")
        self.members = tuple(members)

    @property
    def shape(self) -> VNetShape:
        """That of each member."""
        return self.members[0].shape

    @property
    def variables(self) -> dict[str, Tensor]:
        """Of all members, in their order; names say which, as in `2/input/kernel`."""
        return {
            f"{number}/{name}": variable
            for number, member in enumerate(self.members, 1)
            for name, variable in member.variables.items()
        }

    def probabilities(self, x: Tensor) -> Tensor:
        """Probabilities in 0..1, [N, H, W, outputs], of pictures [N, H, W, inputs]."""
        return tf.add_n([member.probabilities(x) for member in self.members]) / len(self.members)
