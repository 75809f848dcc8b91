"""PredictionService and ModelService of TensorFlow Serving (tensorflow_serving/apis/*.proto) over gRPC."""

import logging
from collections.abc import Callable
from typing import Any

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_management_pb2,
    predict_pb2,
)

from inference.modelserver.batching import BatchTooLargeError, QueueFullError
from inference.modelserver.servables import BadInputError, ModelNotFoundError, Registry
from inference.networks.digest import TOLD

logger = logging.getLogger(__name__)

_CODES: tuple[tuple[type[Exception], grpc.StatusCode], ...] = (
    (ModelNotFoundError, grpc.StatusCode.NOT_FOUND),
    (BadInputError, grpc.StatusCode.INVALID_ARGUMENT),
    (BatchTooLargeError, grpc.StatusCode.INVALID_ARGUMENT),
    (QueueFullError, grpc.StatusCode.UNAVAILABLE),
)


def handlers(registry: Registry) -> tuple[Any, ...]:
    """The generic handlers of both services, to be added to a gRPC server."""
    services = {
        "tensorflow.serving.PredictionService": {
            "Predict": _method(predict_pb2.PredictRequest, registry, _predict),
            "GetModelMetadata": _method(get_model_metadata_pb2.GetModelMetadataRequest, registry, _metadata),
        },
        "tensorflow.serving.ModelService": {
            "GetModelStatus": _method(get_model_status_pb2.GetModelStatusRequest, registry, _status),
            "HandleReloadConfigRequest": _method(model_management_pb2.ReloadConfigRequest, registry, _reload),
        },
    }
    return tuple(grpc.method_handlers_generic_handler(name, calls) for name, calls in services.items())


def _method(request_type: Any, registry: Registry, answer: Callable[[Any, Registry, Any], Any]) -> Any:
    def call(request: Any, context: Any) -> Any:
        try:
            return answer(request, registry, context)
        except Exception as error:
            for kind, code in _CODES:
                if isinstance(error, kind):
                    context.abort(code, str(error))
            logger.exception("request failed")
            context.abort(grpc.StatusCode.INTERNAL, f"{type(error).__name__}: {error}"[:1000])

    return grpc.unary_unary_rpc_method_handler(
        call,
        request_deserializer=request_type.FromString,
        response_serializer=lambda message: message.SerializeToString(),
    )


def _find(spec: Any, registry: Registry) -> tuple[int, Any]:
    version = spec.version.value if spec.HasField("version") else None
    return registry.find(spec.name, version, spec.version_label)


def _predict(request: Any, registry: Registry, context: Any) -> Any:
    version, servable = _find(request.model_spec, registry)
    signature = request.model_spec.signature_name or "serving_default"
    inputs = {name: _array(name, tensor) for name, tensor in request.inputs.items()}
    outputs = servable.predict(signature, inputs, context.is_active)
    unknown = set(request.output_filter) - set(outputs)
    if unknown:
        raise BadInputError(f"output_filter names no output: {sorted(unknown)}")
    context.set_trailing_metadata(((TOLD, servable.digest),))
    response = predict_pb2.PredictResponse()
    response.model_spec.name = request.model_spec.name
    response.model_spec.signature_name = signature
    response.model_spec.version.value = version
    for name, value in outputs.items():
        if not request.output_filter or name in request.output_filter:
            response.outputs[name].CopyFrom(tf.make_tensor_proto(value))
    return response


def _array(name: str, tensor: Any) -> Any:
    try:
        return np.asarray(tf.make_ndarray(tensor))
    except (TypeError, ValueError) as error:
        raise BadInputError(f"input '{name}' is not a whole tensor: {error}") from error


def _metadata(request: Any, registry: Registry, _: Any) -> Any:
    if list(request.metadata_field) != ["signature_def"]:
        raise BadInputError("metadata_field must be 'signature_def'")
    version, servable = _find(request.model_spec, registry)
    signatures = get_model_metadata_pb2.SignatureDefMap()
    for name, definition in servable.signature_defs.items():
        signatures.signature_def[name].CopyFrom(definition)
    response = get_model_metadata_pb2.GetModelMetadataResponse()
    response.model_spec.name = request.model_spec.name
    response.model_spec.version.value = version
    response.metadata["signature_def"].Pack(signatures)
    return response


def _status(request: Any, registry: Registry, _: Any) -> Any:
    spec = request.model_spec
    statuses = registry.status(spec.name)
    if spec.HasField("version"):
        statuses = [status for status in statuses if status.version == spec.version.value]
        if not statuses:
            raise ModelNotFoundError(f"Could not find version {spec.version.value} of model {spec.name}")
    response = get_model_status_pb2.GetModelStatusResponse()
    for status in statuses:
        entry = response.model_version_status.add(version=status.version, state=status.state)
        if status.error:
            entry.status.error_code = grpc.StatusCode.UNKNOWN.value[0]
            entry.status.error_message = status.error
    return response


def _reload(request: Any, registry: Registry, _: Any) -> Any:
    names = [config.name for config in request.config.model_config_list.config]
    if not names or len(set(names)) != len(names):
        raise BadInputError("the configuration needs a model_config_list with unique model names")
    registry.reload(request.config)
    logger.info("configuration reloaded: %s", ", ".join(names))
    response = model_management_pb2.ReloadConfigResponse()
    failed = registry.missing()
    response.status.error_code = grpc.StatusCode.NOT_FOUND.value[0] if failed else 0
    response.status.error_message = f"no version could be loaded: {', '.join(failed)}" if failed else ""
    return response
