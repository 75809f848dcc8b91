"""The client of a served network: TensorFlow Serving's gRPC protocol without TensorFlow.

Importing TensorFlow's own messages costs seconds and hundreds of megabytes, so web and worker send the
same bytes from a small message module of this product (`messages.proto`); a contract test holds the
requests byte-identical to tensorflow-serving-api.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import numpy as np
from numpy.typing import NDArray

from inference.networks import messages_pb2 as messages
from inference.networks.base import NetworkError
from inference.networks.digest import TOLD, model_digest

PREDICT = "/tensorflow.serving.PredictionService/Predict"
MODEL_STATUS = "/tensorflow.serving.ModelService/GetModelStatus"
MAX_MESSAGE_BYTES = 256 * 2**20
LARGEST_BATCH = 8
SMALLEST_BATCH = 5
"""Two batches of at least 5 never fit one server batch of 8. TensorFlow Serving joins waiting requests of
one model and refuses the joined batch if their slices differ in size, as those of two exams may."""

_ANOTHER_MODEL = "another model seems to stand under this name. Check the server's model config."
_DAMAGED = "its weights may be damaged. Put them back as they were exported, and map again."
_OTHER_WEIGHTS = (
    "answered with other weights than lie in its folder, or than it had before: a version was replaced. "
    "Start the server anew, check the folder named as its weights, and map again."
)
_RETRY_AFTER_S = 0.5
_DT_FLOAT = 1
_AVAILABLE = 30


@dataclass(frozen=True)
class Signature:
    """What a model takes and gives: tensor names, channels in and out."""

    input: str
    channels_in: int
    channels_out: int
    output: str = "probability"


SIGNATURES: dict[str, Signature] = {"localize": Signature("image", 1, 2), "detect": Signature("crop", 2, 1)}


class ServedNetwork:
    """A network behind a TensorFlow Serving address ("host:port" or "unix:path").

    The channel is opened at the first call (never before a fork). With `version` None the newest version
    answers the first call and is then kept to, so that one exam is never mapped by two versions. So is the
    digest: the embedded server tells with every answer which weights gave it, and others than those first
    known (`digest`, "" for unknown) are an error.
    """

    def __init__(
        self,
        address: str,
        model: str,
        *,
        version: int | None = None,
        deadline_s: float = 60.0,
        digest: str = "",
    ) -> None:
        if model not in SIGNATURES:
            raise ValueError(f"no such model: {model!r}; there are {', '.join(SIGNATURES)}")
        self.name = model
        self.digest = digest
        self._address = address
        self._version = version
        self._deadline_s = deadline_s
        self._channel: grpc.Channel | None = None

    @property
    def version(self) -> str:
        """The version asked for, or that answered first; "" before that."""
        return "" if self._version is None else str(self._version)

    def close(self) -> None:
        """Close the channel; the next call opens a new one."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def __enter__(self) -> "ServedNetwork":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def predict(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities [N, H, W, channels out] for [N, H, W, channels in]; N of any size.

        Raises NetworkError if the server is down (after one retry), too slow, does not know the model, or
        answers with another shape or with values that are no probabilities.
        """
        signature = SIGNATURES[self.name]
        if batch.ndim != 4 or batch.shape[-1] != signature.channels_in:
            raise ValueError(f"{self.name} takes [N, H, W, {signature.channels_in}], got {batch.shape}")
        if not len(batch):
            return np.zeros((*batch.shape[:3], signature.channels_out), np.float32)
        parts = np.array_split(batch, -(-len(batch) // LARGEST_BATCH))
        return np.concatenate([self._predict_part(part, signature) for part in parts])

    def available_versions(self) -> tuple[int, ...]:
        """Versions of this model that the server has loaded, oldest first. Raises NetworkError."""
        request = messages.ModelStatusRequest(model_spec=messages.ModelSpec(name=self.name))
        answer, _ = self._call(MODEL_STATUS, request, messages.ModelStatusResponse.FromString)
        return tuple(sorted(v.version for v in answer.model_version_status if v.state == _AVAILABLE))

    def _predict_part(self, part: NDArray[np.float32], signature: Signature) -> NDArray[np.float32]:
        missing = max(0, SMALLEST_BATCH - len(part))
        full = np.concatenate([part, np.zeros((missing, *part.shape[1:]), np.float32)]) if missing else part
        request = predict_request(self.name, self._version, signature.input, full)
        answer, told = self._call(PREDICT, request, messages.PredictResponse.FromString)
        if self.digest and told not in ("", self.digest):
            raise NetworkError(f"{self._whom} {_OTHER_WEIGHTS}")
        values = self._checked(answer, signature, full.shape)
        self.digest = told or self.digest
        if self._version is None and answer.model_spec.HasField("version"):
            self._version = int(answer.model_spec.version.value)
        return values[: len(part)]

    def _checked(self, answer: Any, signature: Signature, sent: tuple[int, ...]) -> NDArray[np.float32]:
        expected = (*sent[:3], signature.channels_out)
        if signature.output not in answer.outputs:
            raise NetworkError(f"{self._whom} answered without '{signature.output}': {_ANOTHER_MODEL}")
        tensor = answer.outputs[signature.output]
        shape = tuple(int(dim.size) for dim in tensor.tensor_shape.dim)
        count = len(tensor.tensor_content) // 4 if tensor.tensor_content else len(tensor.float_val)
        if tensor.dtype != _DT_FLOAT or shape != expected or count != int(np.prod(expected)):
            raise NetworkError(
                f"{self._whom} answered with shape {shape} where {expected} was expected: {_ANOTHER_MODEL}"
            )
        if tensor.tensor_content:
            values = np.frombuffer(tensor.tensor_content, "<f4").reshape(expected)
        else:
            values = np.asarray(tensor.float_val, np.float32).reshape(expected)
        if not np.isfinite(values).all():
            raise NetworkError(f"{self._whom} answered with values that are no numbers: {_DAMAGED}")
        if values.min() < -1e-3 or values.max() > 1 + 1e-3:
            raise NetworkError(f"{self._whom} answered with values outside 0 to 1: {_ANOTHER_MODEL}")
        return np.asarray(values, np.float32)

    def _call(self, method: str, request: Any, parse: Callable[[bytes], Any]) -> tuple[Any, str]:
        """The answer, and the digest of the weights that gave it, "" where the server tells none."""
        if self._channel is None:
            self._channel = grpc.insecure_channel(
                self._address,
                options=[
                    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
                    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
                    ("grpc.enable_http_proxy", 0),
                ],
            )
        call = self._channel.unary_unary(
            method,
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=parse,
        )
        for attempt in (1, 2):
            try:
                answer, done = call.with_call(request, timeout=self._deadline_s)
                return answer, str(dict(done.trailing_metadata()).get(TOLD, ""))
            except grpc.RpcError as error:
                if error.code() is not grpc.StatusCode.UNAVAILABLE or attempt == 2:
                    raise NetworkError(self._sentence(error)) from error
                time.sleep(_RETRY_AFTER_S)
        raise AssertionError("unreachable")

    @property
    def _whom(self) -> str:
        version = f" version {self.version}" if self.version else ""
        return f"The model server at {self._address} (model {self.name}{version})"

    def _sentence(self, error: grpc.RpcError) -> str:
        code, said = error.code(), (error.details() or "")[:300]
        if code is grpc.StatusCode.UNAVAILABLE and "is full" in said:
            return f"{self._whom} takes no request now: {said}. Try again when it is less busy."
        if code is grpc.StatusCode.UNAVAILABLE:
            return f"The model server at {self._address} cannot be reached. Start it, or check its address."
        if code is grpc.StatusCode.DEADLINE_EXCEEDED:
            return (
                f"{self._whom} did not answer within {self._deadline_s:g} s. Try again when it is less busy."
            )
        if code is grpc.StatusCode.NOT_FOUND:
            return f"{self._whom} does not serve this model or version: {said}. Check its model config."
        return f"{self._whom} refused the request ({code.name}): {said}. Its log says more."


@contextmanager
def served_networks(
    address: str, *, deadline_s: float = 60.0, weights: Path | None = None
) -> Iterator[tuple[ServedNetwork, ServedNetwork]]:
    """Localizer and detector at an address, each kept to the newest version served now.

    weights: the folder that server loads from, if it is known; without it digests are "" until the server
    tells them. Raises NetworkError if a model is not served.
    """
    with ExitStack() as open_channels:
        pair = []
        for model in ("localize", "detect"):
            with ServedNetwork(address, model, deadline_s=deadline_s) as asked:
                versions = asked.available_versions()
            if not versions:
                raise NetworkError(
                    f"The model server at {address} has no version of {model} ready. "
                    "Wait until it has loaded one, or check its model config and weights."
                )
            digest = model_digest(weights / model / str(versions[-1])) if weights else ""
            network = ServedNetwork(
                address, model, version=versions[-1], deadline_s=deadline_s, digest=digest
            )
            pair.append(open_channels.enter_context(network))
        yield pair[0], pair[1]


def predict_request(model: str, version: int | None, name: str, batch: NDArray[np.float32]) -> Any:
    """A PredictRequest with one float32 tensor; `version` None asks for the newest."""
    request = messages.PredictRequest(
        model_spec=messages.ModelSpec(name=model, signature_name="serving_default")
    )
    if version is not None:
        request.model_spec.version.value = version
    tensor = request.inputs[name]
    tensor.dtype = _DT_FLOAT
    tensor.tensor_shape.dim.extend(messages.TensorShape.Dim(size=n) for n in batch.shape)
    tensor.tensor_content = np.ascontiguousarray(batch, "<f4").tobytes()
    return request
