"""TensorFlow, imported once with the settings training and export need.

oneDNN is switched on before the import: it nearly halves a convolution's cost where it is off by default.
"""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


@contextlib.contextmanager
def heard_on_failure() -> Iterator[None]:
    """Standard error of native code, told only if the block fails: no log level reaches what TensorFlow says
    of oneDNN and absent GPUs."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        except BaseException:
            said.seek(0)
            os.write(kept, said.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


with heard_on_failure():
    import tensorflow as tf

    tf.config.list_physical_devices()

Tensor = Any
"""A tf.Tensor; TensorFlow ships no types that mypy could follow."""


def limit_threads(threads: int) -> None:
    """Give TensorFlow `threads` threads per operation; one that has begun already keeps what it has."""
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)


__all__ = ["Tensor", "limit_threads", "tf"]
