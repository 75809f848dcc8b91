"""Tiny SavedModels with the product's signatures and an answer that can be computed by hand.

localize: channel 0 is the clipped image, channel 1 its complement. detect: the clipped mean of T1 and T2.
Run as a script so that the test process never imports TensorFlow: tiny.py FOLDER.
"""

import subprocess
import sys
from pathlib import Path

JOBS = (
    ("plain", "localize", "1", "plain"),
    ("plain", "detect", "1", "plain"),
    ("two", "localize", "1", "plain"),
    ("two", "localize", "2", "half"),
    ("two", "detect", "1", "plain"),
    ("lies", "localize", "1", "nan"),
    ("lies", "detect", "1", "extra_channel"),
)


def write_tiny_models(folder: Path) -> Path:
    """Model roots FOLDER/plain, FOLDER/two (two versions of localize) and FOLDER/lies."""
    subprocess.run([sys.executable, __file__, str(folder)], check=True, capture_output=True)
    return folder


def build(folder: Path, model: str, version: str, kind: str) -> None:
    import tensorflow as tf

    name, size, channels = {"localize": ("image", None, 1), "detect": ("crop", 100, 2)}[model]
    module = tf.Module()
    module.factor = tf.Variable(0.5 if kind == "half" else 1.0)

    @tf.function(input_signature=[tf.TensorSpec([None, size, size, channels], tf.float32, name=name)])
    def serve(batch):
        value = tf.clip_by_value(tf.reduce_mean(batch, axis=-1, keepdims=True), 0.0, 1.0) * module.factor
        if model == "localize":
            value = tf.concat([value, 1.0 - value], axis=-1)
        if kind == "nan":
            value = value * float("nan")
        if kind == "extra_channel":
            value = tf.concat([value, value], axis=-1)
        return {"probability": value}

    module.serve = serve
    tf.saved_model.save(module, str(folder / model / version), signatures={"serving_default": serve})


if __name__ == "__main__":
    for group, *job in JOBS:
        build(Path(sys.argv[1]) / group, *job)
