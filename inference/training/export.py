"""Networks to SavedModels: signature, version, warm-up record, atomic replacement."""

import os
import shutil
import tempfile
from pathlib import Path

from tensorflow_serving.apis import prediction_log_pb2

from inference.networks.versions import versions
from inference.training.engine import Tensor, tf
from inference.training.mean import Mean
from inference.training.vnet import DETECT_SHAPE, LOCALIZE_SHAPE, VNet, VNetShape

SHAPES: dict[str, VNetShape] = {"localize": LOCALIZE_SHAPE, "detect": DETECT_SHAPE}
INPUT_NAMES = {"localize": "image", "detect": "crop"}
INPUT_SIZES: dict[str, tuple[int | None, int | None]] = {"localize": (None, None), "detect": (100, 100)}
WARM_UP = Path("assets.extra") / "tf_serving_warmup_requests"
WARM_UP_SIDE = 64
"""Pixels of a warm-up picture where the size is free: what a first request costs hardly depends on it."""


def export(network: VNet | Mean, model: str, folder: Path, version: int | None = None) -> Path:
    """Write `network` as SavedModel `folder`/<model>/<version>; None takes the number after the newest.

    A version that is there is replaced in one move; a server that has loaded it goes on with the old one.
    Signature `serving_default`: `image` float32 [N, H, W, 1] or `crop` float32 [N, 100, 100, 2] ->
    `probability` float32 [N, H, W, outputs]. Returns the version's folder. Raises KeyError for a model
    other than localize and detect.
    """
    name, (height, width) = INPUT_NAMES[model], INPUT_SIZES[model]
    module = tf.Module()
    module.weights = list(network.variables.values())
    spec = tf.TensorSpec([None, height, width, network.shape.inputs], tf.float32, name=name)

    def serve(x: Tensor) -> dict[str, Tensor]:
        return {"probability": network.probabilities(x)}

    module.serve = tf.function(serve, input_signature=[spec])
    number = version or max(versions(folder / model), default=0) + 1
    target = folder / model / str(number)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder / model, prefix=".new-") as fresh:
        written = Path(fresh) / "model"
        tf.saved_model.save(module, str(written), signatures={"serving_default": module.serve})
        write_warm_up(written, model, network.shape.inputs)
        old = Path(fresh) / "old"
        if target.exists():
            os.replace(target, old)
        os.replace(written, target)
        shutil.rmtree(old, ignore_errors=True)
    return target


def write_warm_up(version: Path, model: str, channels: int) -> None:
    """The request that a server makes of itself before it answers others: one picture of zeros.

    A TFRecord of one PredictionLog (TensorFlow Serving's guide, SavedModel warmup).
    """
    height, width = (side or WARM_UP_SIDE for side in INPUT_SIZES[model])
    log = prediction_log_pb2.PredictionLog()
    request = log.predict_log.request
    request.model_spec.name, request.model_spec.signature_name = model, "serving_default"
    zeros = request.inputs[INPUT_NAMES[model]]
    zeros.dtype = tf.float32.as_datatype_enum
    zeros.tensor_shape.CopyFrom(tf.TensorShape([1, height, width, channels]).as_proto())
    zeros.float_val.append(0.0)
    path = version / WARM_UP
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as records:
        records.write(log.SerializeToString(deterministic=True))
