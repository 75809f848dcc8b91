"""The paper's 2D V-Net, used for localization and for detection.

Gao et al., JOR Spine 2022, sections 2.3 and 2.4: encoder and decoder of four levels with 1, 2, 3, 3
convolutions, 32 kernels of 5x5 with stride 1, down 2x2 with stride 2, deconvolution up, sigmoid.
Our reading of what the text leaves open: a 5x5 input convolution to 32 channels, residual blocks, PReLU with
one slope per channel, concatenated skips, a bottom block of 3 below the fourth downsampling, 32 kernels
throughout. Fully convolutional: any height and width (100 -> 50 -> 25 -> 13 -> 7), cropped on the way up.

Parameters by hand, for i input and o output channels (weights + biases, PReLU slopes apart):

    input        25*i*32 + 32                                   =      800 i + 32
    encoder      (1 + 2 + 3 + 3) * (25*32*32 + 32)   = 9 * 25632 =       230 688
    bottom        3 * 25632                                     =        76 896
    decoder      4 * (25*64*32 + 32) + 5 * 25632                =       333 088
    down, up     8 * (4*32*32 + 32)                             =        33 024
    output       32*o + o                                       =        33 o
    PReLU        32 * (1 input + 9 + 3 + 9 convolutions + 8 down/up) =      960

    sum          674 688 + 800 i + 33 o:  localize (1, 2) 675 554;  detect (2, 1) 676 321
"""

from dataclasses import dataclass

import numpy as np

from inference.training.engine import Tensor, tf


@dataclass(frozen=True)
class VNetShape:
    """What a V-Net looks like; the defaults are the paper's."""

    inputs: int
    outputs: int
    kernels: int = 32
    kernel_size: int = 5
    convolutions: tuple[int, ...] = (1, 2, 3, 3)
    bottom: int = 3


LOCALIZE_SHAPE = VNetShape(inputs=1, outputs=2)
DETECT_SHAPE = VNetShape(inputs=2, outputs=1)


class VNet:
    """A V-Net with its variables, in the order in which they are made.

    variables: name -> tf.Variable; names say the place, as in `encoder2/conv1/kernel`.
    """

    def __init__(self, shape: VNetShape, seed: int = 0) -> None:
        self.shape = shape
        self.variables: dict[str, Tensor] = {}
        self._random = np.random.default_rng(seed)
        n, k = shape.kernels, shape.kernel_size
        self._add("input", k, shape.inputs, n)
        for level, count in enumerate(shape.convolutions, 1):
            for conv in range(1, count + 1):
                self._add(f"encoder{level}/conv{conv}", k, n, n)
            self._add(f"down{level}", 2, n, n)
        for conv in range(1, shape.bottom + 1):
            self._add(f"bottom/conv{conv}", k, n, n)
        for level in range(len(shape.convolutions), 0, -1):
            self._add(f"up{level}", 2, n, n)
            for conv in range(1, shape.convolutions[level - 1] + 1):
                self._add(f"decoder{level}/conv{conv}", k, 2 * n if conv == 1 else n, n)
        self._add("output", 1, n, shape.outputs, activated=False)

    @property
    def members(self) -> "tuple[VNet, ...]":
        """The networks that answer: this one."""
        return (self,)

    @property
    def parameter_count(self) -> int:
        """Number of trainable numbers."""
        return sum(int(np.prod(variable.shape)) for variable in self.variables.values())

    def logits(self, x: Tensor, *, dropout: float = 0.0, seed: Tensor | None = None) -> Tensor:
        """Raw outputs [N, H, W, outputs] of pictures [N, H, W, inputs], computed in the pictures' precision.

        dropout: rate after each block; drawn from `seed` (int32 [2]), so that a resumed run repeats itself.
        """
        blocks = _Dropout(dropout, seed)
        x = self._conv("input", x)
        skips = []
        for level, count in enumerate(self.shape.convolutions, 1):
            x = blocks(self._block(f"encoder{level}", x, x, count))
            skips.append(x)
            x = self._conv(f"down{level}", x, stride=2)
        x = blocks(self._block("bottom", x, x, self.shape.bottom))
        for level in range(len(self.shape.convolutions), 0, -1):
            skip = skips[level - 1]
            x = self._up(f"up{level}", x, skip)
            joined = tf.concat([x, skip], axis=-1)
            x = blocks(self._block(f"decoder{level}", joined, x, self.shape.convolutions[level - 1]))
        return self._conv("output", x, activated=False)

    def probabilities(self, x: Tensor) -> Tensor:
        """Probabilities in 0..1, [N, H, W, outputs], of pictures [N, H, W, inputs]."""
        return tf.sigmoid(self.logits(x))

    def _add(self, name: str, size: int, inputs: int, outputs: int, activated: bool = True) -> None:
        scale = np.sqrt(2.0 / (size * size * inputs))
        up = name.startswith("up")
        if up:
            scale = np.sqrt(2.0 / inputs)
        kernel = self._random.normal(0.0, scale, (size, size, inputs, outputs)).astype(np.float32)
        self.variables[f"{name}/kernel"] = tf.Variable(kernel, name=f"{name}/kernel")
        self.variables[f"{name}/bias"] = tf.Variable(tf.zeros(outputs), name=f"{name}/bias")
        if activated:
            self.variables[f"{name}/slope"] = tf.Variable(tf.fill([outputs], 0.25), name=f"{name}/slope")

    def _conv(self, name: str, x: Tensor, stride: int = 1, activated: bool = True) -> Tensor:
        x = tf.nn.conv2d(x, self._weight(name, "kernel", x), stride, "SAME")
        x = tf.nn.bias_add(x, self._weight(name, "bias", x))
        return self._prelu(name, x) if activated else x

    def _up(self, name: str, x: Tensor, skip: Tensor) -> Tensor:
        """Deconvolution to twice the size, cropped to the skip's (an odd size was rounded up going down)."""
        size = tf.shape(x)
        shape = tf.stack([size[0], 2 * size[1], 2 * size[2], self.shape.kernels])
        x = tf.nn.conv2d_transpose(x, self._weight(name, "kernel", x), shape, 2, "SAME")
        x = tf.nn.bias_add(x, self._weight(name, "bias", x))
        target = tf.shape(skip)
        return self._prelu(name, x[:, : target[1], : target[2], :])

    def _block(self, name: str, x: Tensor, residual: Tensor, count: int) -> Tensor:
        """`count` convolutions; the block's input joins before the last activation (residual learning)."""
        for conv in range(1, count + 1):
            place = f"{name}/conv{conv}"
            if conv < count:
                x = self._conv(place, x)
            else:
                x = self._prelu(place, self._conv(place, x, activated=False) + residual)
        return x

    def _prelu(self, name: str, x: Tensor) -> Tensor:
        return tf.maximum(x, 0.0) + self._weight(name, "slope", x) * tf.minimum(x, 0.0)

    def _weight(self, name: str, part: str, x: Tensor) -> Tensor:
        """A variable in the precision of `x`."""
        return tf.cast(self.variables[f"{name}/{part}"], x.dtype)


class _Dropout:
    """Dropout whose masks depend on nothing but the seed and the place in the network."""

    def __init__(self, rate: float, seed: Tensor | None) -> None:
        if rate > 0 and seed is None:
            raise ValueError("dropout needs a seed, or a resumed run would not repeat itself")
        self.rate, self.seed, self.place = rate, seed, 0

    def __call__(self, x: Tensor) -> Tensor:
        if self.rate == 0:
            return x
        self.place += 1
        return tf.nn.experimental.stateless_dropout(x, self.rate, seed=tf.add(self.seed, [0, self.place]))
