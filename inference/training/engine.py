"""TensorFlow, imported once with the settings training and export need.

oneDNN is switched on before the import: it nearly halves a convolution's cost where it is off by default.
"""

import contextlib
import os
from typing import Any

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf

Tensor = Any
"""A tf.Tensor; TensorFlow ships no types that mypy could follow."""


def limit_threads(threads: int) -> None:
    """Give TensorFlow `threads` threads per operation; one that has begun already keeps what it has."""
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)


__all__ = ["Tensor", "limit_threads", "tf"]
