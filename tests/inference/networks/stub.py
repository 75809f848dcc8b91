"""A gRPC server that answers Predict as a test tells it to."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import numpy as np

from inference.networks import messages_pb2 as messages


def plain_answer(request, channels=2, fill=0.25, version=1):
    tensor = next(iter(request.inputs.values()))
    shape = [dim.size for dim in tensor.tensor_shape.dim[:3]] + [channels]
    return answer(np.full(shape, fill, np.float32), version)


def answer(values, version=1, name="probability"):
    response = messages.PredictResponse()
    response.model_spec.version.value = version
    tensor = response.outputs[name]
    tensor.dtype = 1
    tensor.tensor_shape.dim.extend(messages.TensorShape.Dim(size=n) for n in values.shape)
    tensor.tensor_content = values.astype("<f4").tobytes()
    return response


@contextmanager
def stub_server(reply, address, versions=(1,)):
    """Serve `reply(request, context)` at a unix socket; the list of requests seen is yielded.

    versions: what GetModelStatus says is available.
    """
    seen = []

    def status(request, context):
        entries = [messages.ModelVersionStatus(version=v, state=30) for v in versions]
        return messages.ModelStatusResponse(model_version_status=entries)

    told = grpc.unary_unary_rpc_method_handler(
        status,
        request_deserializer=messages.ModelStatusRequest.FromString,
        response_serializer=messages.ModelStatusResponse.SerializeToString,
    )

    def predict(request, context):
        seen.append(request)
        return reply(request, context)

    handler = grpc.unary_unary_rpc_method_handler(
        predict,
        request_deserializer=messages.PredictRequest.FromString,
        response_serializer=messages.PredictResponse.SerializeToString,
    )
    server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.max_receive_message_length", -1)])
    services = {
        "tensorflow.serving.PredictionService": {"Predict": handler},
        "tensorflow.serving.ModelService": {"GetModelStatus": told},
    }
    server.add_generic_rpc_handlers(
        tuple(grpc.method_handlers_generic_handler(name, calls) for name, calls in services.items())
    )
    server.add_insecure_port(address)
    server.start()
    try:
        yield seen
    finally:
        server.stop(None).wait()


def slowly(seconds):
    def reply(request, context):
        until = time.monotonic() + seconds
        while time.monotonic() < until and context.is_active():
            time.sleep(0.02)
        return plain_answer(request)

    return reply
