"""Networks to SavedModels: signature, atomic replacement, digest."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from inference.training.engine import Tensor, tf
from inference.training.vnet import DETECT_SHAPE, LOCALIZE_SHAPE, VNet, VNetShape

SHAPES: dict[str, VNetShape] = {"localize": LOCALIZE_SHAPE, "detect": DETECT_SHAPE}
INPUT_NAMES = {"localize": "image", "detect": "crop"}
INPUT_SIZES: dict[str, tuple[int | None, int | None]] = {"localize": (None, None), "detect": (100, 100)}


def export(network: VNet, model: str, folder: Path, version: int = 1) -> Path:
    """Write `network` as SavedModel `folder`/<model>/<version>, replacing what stands there in one move.

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
    target = folder / model / str(version)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder / model, prefix=".new-") as fresh:
        written = Path(fresh) / "model"
        tf.saved_model.save(module, str(written), signatures={"serving_default": module.serve})
        old = Path(fresh) / "old"
        if target.exists():
            os.replace(target, old)
        os.replace(written, target)
        shutil.rmtree(old, ignore_errors=True)
    return target


def digest(folder: Path) -> str:
    """SHA-256 (hex) over the names and contents of all files below `folder`, in sorted order."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
