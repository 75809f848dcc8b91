"""SavedModels on disk, loaded and looked up as TensorFlow Serving does."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from google.protobuf import text_format
from numpy.typing import NDArray
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import get_model_status_pb2, prediction_log_pb2
from tensorflow_serving.config import model_server_config_pb2

from inference.modelserver.batching import Batcher, BatchingRules, Tensors
from inference.networks.digest import model_digest
from inference.networks.versions import versions

logger = logging.getLogger(__name__)

State = get_model_status_pb2.ModelVersionStatus
WARM_UP = Path("assets.extra") / "tf_serving_warmup_requests"


class ModelNotFoundError(LookupError):
    """No such model, version, label or signature is served."""


class BadInputError(ValueError):
    """A request's tensors do not fit the signature."""


def read_config(path: Path) -> Any:
    """The ModelServerConfig in a text file. Raises ValueError if it cannot be read."""
    config = model_server_config_pb2.ModelServerConfig()
    try:
        return text_format.Parse(path.read_text(), config)
    except text_format.ParseError as error:
        raise ValueError(f"{path}: {error}") from error


class Servable:
    """One loaded version of one model. digest: of its files as they were when it was loaded."""

    def __init__(self, folder: Path, rules: BatchingRules | None) -> None:
        self.digest = model_digest(folder)
        self._loaded = tf.saved_model.load(str(folder))
        saved = saved_model_pb2.SavedModel()
        saved.ParseFromString((folder / "saved_model.pb").read_bytes())
        if model_digest(folder) != self.digest:
            raise ValueError("its files changed while they were loaded")
        self.signature_defs = dict(saved.meta_graphs[0].signature_def)
        self._batchers: dict[str, Batcher] = {}
        if rules is not None:
            for name in self._loaded.signatures:
                self._batchers[name] = Batcher(self._runner(name), rules)
        self._warm_up(folder / WARM_UP)

    def predict(self, signature: str, inputs: Tensors, wanted: Callable[[], bool] = lambda: True) -> Tensors:
        """Outputs by name. Raises ModelNotFoundError, BadInputError, and what `Batcher.submit` raises."""
        self._check(signature, inputs)
        batcher = self._batchers.get(signature)
        return batcher.submit(inputs, wanted).result() if batcher else self._runner(signature)(inputs)

    def close(self) -> None:
        """Finish what waits and end the threads."""
        for batcher in self._batchers.values():
            batcher.close()

    def _runner(self, signature: str) -> Callable[[Tensors], Tensors]:
        function = self._loaded.signatures[signature]

        def run(inputs: Tensors) -> Tensors:
            outputs = function(**{name: tf.constant(value) for name, value in inputs.items()})
            return {name: np.asarray(value.numpy()) for name, value in outputs.items()}

        return run

    def _check(self, signature: str, inputs: Tensors) -> None:
        if signature not in self._loaded.signatures:
            raise ModelNotFoundError(f"Signature '{signature}' is not in the model")
        wanted = self._loaded.signatures[signature].structured_input_signature[1]
        if set(inputs) != set(wanted):
            raise BadInputError(f"inputs are {sorted(wanted)}, the request has {sorted(inputs)}")
        rows = {value.shape[0] if value.ndim else 0 for value in inputs.values()}
        for name, spec in wanted.items():
            value = inputs[name]
            if tf.as_dtype(value.dtype) != spec.dtype or not spec.shape.is_compatible_with(value.shape):
                wanted_here, given = f"{spec.dtype.name}{spec.shape}", f"{value.dtype}{value.shape}"
                raise BadInputError(f"input '{name}' is {wanted_here}, the request has {given}")
        if len(rows) != 1 or 0 in rows:
            raise BadInputError("every input needs the same number of rows, at least 1")

    def _warm_up(self, records: Path) -> None:
        if not records.is_file():
            return
        for record in tf.data.TFRecordDataset(str(records)):
            log = prediction_log_pb2.PredictionLog.FromString(record.numpy()).predict_log.request
            inputs: dict[str, NDArray[np.float32]] = {k: tf.make_ndarray(v) for k, v in log.inputs.items()}
            self.predict(log.model_spec.signature_name or "serving_default", inputs)


@dataclass(frozen=True)
class VersionStatus:
    """State of one version (ModelVersionStatus.State) and, if it failed, why."""

    version: int
    state: int
    error: str = ""


class Registry:
    """The models of a ModelServerConfig; `refresh` loads and unloads versions by its version policies.

    root replaces the container's "/models" in every base_path, so that one file serves both servers.
    """

    def __init__(self, config: Any, root: Path | None, rules: BatchingRules | None) -> None:
        self._root = root
        self._rules = rules
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()
        self._config = config
        self._servables: dict[tuple[str, int], Servable] = {}
        self._failed: dict[tuple[str, int], str] = {}

    def reload(self, config: Any) -> None:
        """Serve another configuration from now on."""
        self._config = config
        self.refresh()

    def refresh(self) -> None:
        """Load what the configuration wants and is new on disk, then unload what it no longer wants.

        A version that cannot be loaded is reported by `status` and not tried again until it goes away.
        """
        with self._refreshing:
            wanted = {
                (config.name, version): self._base_path(config) / str(version)
                for config in self._config.model_config_list.config
                for version in self._wanted_versions(config)
            }
            for key, folder in wanted.items():
                if key not in self._servables and key not in self._failed:
                    self._load(key, folder)
            with self._lock:
                gone = [self._servables.pop(key) for key in set(self._servables) - set(wanted)]
                self._failed = {key: why for key, why in self._failed.items() if key in wanted}
            for servable in gone:
                servable.close()

    def find(self, name: str, version: int | None, label: str) -> tuple[int, Servable]:
        """The asked version, or the newest. Raises ModelNotFoundError."""
        with self._lock:
            versions = sorted(v for n, v in self._servables if n == name)
            if label:
                version = self._labelled(name, label)
            if version is None and versions:
                version = versions[-1]
            servable = self._servables.get((name, version or -1))
        if servable is None or version is None:
            raise ModelNotFoundError(f"Servable not found for request: {name} {version or 'latest'}")
        return version, servable

    def status(self, name: str) -> list[VersionStatus]:
        """Every version of a model that is loaded or failed to load. Raises ModelNotFoundError if none."""
        with self._lock:
            found = [VersionStatus(v, State.AVAILABLE) for n, v in self._servables if n == name]
            found += [VersionStatus(v, State.END, why) for (n, v), why in self._failed.items() if n == name]
        if not found:
            raise ModelNotFoundError(f"Could not find any versions of model {name}")
        return sorted(found, key=lambda status: status.version)

    def missing(self) -> list[str]:
        """Names of configured models of which no version is loaded."""
        with self._lock:
            loaded = {name for name, _ in self._servables}
        return [c.name for c in self._config.model_config_list.config if c.name not in loaded]

    def close(self) -> None:
        """Unload everything."""
        with self._lock:
            servables, self._servables = list(self._servables.values()), {}
        for servable in servables:
            servable.close()

    def _load(self, key: tuple[str, int], folder: Path) -> None:
        try:
            servable = Servable(folder, self._rules)
        except Exception as error:
            logger.error("model %s version %s cannot be loaded: %s", *key, error)
            with self._lock:
                self._failed[key] = str(error)[:500]
            return
        with self._lock:
            self._servables[key] = servable
        logger.info("model %s version %s is served", *key)

    def _labelled(self, name: str, label: str) -> int:
        for config in self._config.model_config_list.config:
            if config.name == name and label in config.version_labels:
                return int(config.version_labels[label])
        raise ModelNotFoundError(f"Unrecognized servable version label: {label}")

    def _base_path(self, config: Any) -> Path:
        base = Path(config.base_path)
        if self._root is not None and base.is_relative_to("/models"):
            return self._root / base.relative_to("/models")
        return base

    def _wanted_versions(self, config: Any) -> list[int]:
        there = versions(self._base_path(config))
        policy = config.model_version_policy
        if policy.HasField("all"):
            return there
        if policy.HasField("specific"):
            return [version for version in there if version in policy.specific.versions]
        return there[-(policy.latest.num_versions or 1) :]
