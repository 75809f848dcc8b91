"""The client against a server that misbehaves on purpose (trust line 29)."""

import subprocess
import sys
from functools import partial

import grpc
import numpy as np
import pytest

from inference.networks import messages_pb2 as messages
from inference.networks.base import NetworkError
from inference.networks.digest import TOLD
from inference.networks.serving import ServedNetwork
from tests.inference.networks.stub import answer, plain_answer, slowly, stub_server

SLICES = np.random.default_rng(0).normal(size=(3, 32, 48, 1)).astype(np.float32)


@pytest.fixture
def address(tmp_path):
    return f"unix:{tmp_path}/grpc"


def test_trust_29_a_server_that_is_down_is_named_after_one_retry(address):
    network = ServedNetwork(address, "localize", deadline_s=5)
    with network, pytest.raises(NetworkError, match="cannot be reached"):
        network.predict(SLICES)


def test_a_full_queue_is_told_as_such_and_not_as_a_server_that_is_down(address):
    full = "The batch scheduling queue to which this task was submitted is full"

    def refuse(request, context):
        context.abort(grpc.StatusCode.UNAVAILABLE, full)

    network = ServedNetwork(address, "localize", deadline_s=5)
    with (
        stub_server(refuse, address),
        network,
        pytest.raises(NetworkError, match=f"{full}. Try again") as told,
    ):
        network.predict(SLICES)
    assert "reached" not in str(told.value)


def test_one_unavailable_answer_is_tried_again(address):
    calls = []

    def reply(request, context):
        calls.append(1)
        if len(calls) == 1:
            context.abort(grpc.StatusCode.UNAVAILABLE, "starting")
        return plain_answer(request)

    with stub_server(reply, address), ServedNetwork(address, "localize") as network:
        assert network.predict(SLICES).shape == (3, 32, 48, 2)
    assert len(calls) == 2


def test_trust_29_a_slow_server_ends_at_the_deadline(address):
    network = ServedNetwork(address, "localize", deadline_s=0.3)
    late = pytest.raises(NetworkError, match=r"did not answer within 0\.3 s")
    with stub_server(slowly(60), address), network, late:
        network.predict(SLICES)


def _short(request, context):
    response = plain_answer(request)
    tensor = response.outputs["probability"]
    tensor.tensor_content = tensor.tensor_content[:-4]
    return response


def _missing(request, context):
    context.abort(grpc.StatusCode.NOT_FOUND, "Servable not found for request: Latest(localize)")


LIES = {
    "wrong_channels": (lambda r, c: plain_answer(r, channels=3), "shape .* Check the server's model config"),
    "too_few_bytes": (_short, "shape .* Check the server's model config"),
    "nan": (lambda r, c: plain_answer(r, fill=np.nan), "no numbers.* Put them back"),
    "infinite": (lambda r, c: plain_answer(r, fill=np.inf), "no numbers.* Put them back"),
    "logits": (lambda r, c: plain_answer(r, fill=4.0), "outside 0 to 1.* Check the server's model config"),
    "other_output": (
        lambda r, c: answer(np.zeros((1,), np.float32), name="mask"),
        "without 'probability'.* Check the server's model config",
    ),
    "missing_model": (_missing, "does not serve this model.* Check its model config"),
}


@pytest.mark.parametrize("lie", LIES)
def test_trust_29_a_wrong_answer_is_a_named_error(address, lie):
    reply, sentence = LIES[lie]
    network = ServedNetwork(address, "localize")
    with stub_server(reply, address), network, pytest.raises(NetworkError, match=sentence):
        network.predict(SLICES)


def test_float_val_is_read_as_well(address):
    def reply(request, context):
        response = plain_answer(request)
        tensor = response.outputs["probability"]
        tensor.float_val.extend(np.frombuffer(tensor.tensor_content, "<f4"))
        tensor.ClearField("tensor_content")
        return response

    with stub_server(reply, address), ServedNetwork(address, "localize") as network:
        assert (network.predict(SLICES) == 0.25).all()


@pytest.mark.parametrize("count", [1, 4, 5, 8, 9, 17, 30])
def test_batches_are_5_to_8_so_that_no_two_fit_one_server_batch(address, count):
    many = np.random.default_rng(count).uniform(size=(count, 16, 16, 1)).astype(np.float32)

    def echo(request, context):
        sent = np.frombuffer(request.inputs["image"].tensor_content, "<f4").reshape(-1, 16, 16, 1)
        return answer(np.concatenate([sent, 1 - sent], axis=-1))

    with stub_server(echo, address) as seen, ServedNetwork(address, "localize") as network:
        result = network.predict(many)
    sizes = [request.inputs["image"].tensor_shape.dim[0].size for request in seen]
    assert all(5 <= size <= 8 for size in sizes)
    assert (result[..., 0] == many[..., 0]).all()


def test_more_than_4_megabytes_pass(address):
    large = np.zeros((8, 512, 512, 1), np.float32)
    with stub_server(lambda r, c: plain_answer(r), address), ServedNetwork(address, "localize") as network:
        assert network.predict(large).shape == (8, 512, 512, 2)


def test_the_version_that_answered_first_is_kept_to(address):
    versions = iter([7, 8])
    reply = partial(lambda r, c: plain_answer(r, version=next(versions)))
    with stub_server(reply, address) as seen, ServedNetwork(address, "localize") as network:
        assert network.version == ""
        network.predict(SLICES)
        network.predict(SLICES)
    assert network.version == "7"
    assert not seen[0].model_spec.HasField("version")
    assert seen[1].model_spec.version.value == 7


def test_an_answer_of_other_weights_than_those_known_is_an_error(address):
    told = iter(["a" * 64, "a" * 64, "b" * 64])

    def reply(request, context):
        context.set_trailing_metadata(((TOLD, next(told)),))
        return plain_answer(request)

    with stub_server(reply, address), ServedNetwork(address, "localize") as network:
        for _ in range(2):
            network.predict(SLICES)
            assert network.digest == "a" * 64
        with pytest.raises(NetworkError, match="other weights than lie in its folder.*Start the server anew"):
            network.predict(SLICES)


def test_a_server_that_tells_no_digest_leaves_the_folders(address):
    with stub_server(lambda r, c: plain_answer(r), address):
        with ServedNetwork(address, "localize", digest="c" * 64) as network:
            network.predict(SLICES)
        assert network.digest == "c" * 64


def test_an_input_with_other_channels_is_the_callers_mistake(address):
    with pytest.raises(ValueError, match=r"detect takes \[N, H, W, 2\]"):
        ServedNetwork(address, "detect").predict(SLICES)
    with pytest.raises(ValueError, match="no such model"):
        ServedNetwork(address, "other")


def test_the_client_never_imports_tensorflow():
    code = "import inference.networks.serving, sys; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


CONTRACT = """
import sys
import numpy as np, tensorflow as tf
from tensorflow_serving.apis import predict_pb2
from inference.networks.serving import predict_request
from inference.networks import messages_pb2
batch = np.random.default_rng(1).normal(size=(2, 16, 32, 1)).astype(np.float32)
for version in (None, 3):
    theirs = predict_pb2.PredictRequest()
    theirs.model_spec.name = "localize"
    theirs.model_spec.signature_name = "serving_default"
    if version is not None:
        theirs.model_spec.version.value = version
    theirs.inputs["image"].CopyFrom(tf.make_tensor_proto(batch))
    ours = predict_request("localize", version, "image", batch)
    assert theirs.SerializeToString(deterministic=True) == ours.SerializeToString(), version
reply = predict_pb2.PredictResponse()
reply.outputs["probability"].CopyFrom(tf.make_tensor_proto(batch))
reply.model_spec.version.value = 12
read = messages_pb2.PredictResponse.FromString(reply.SerializeToString())
assert read.model_spec.version.value == 12
assert read.outputs["probability"].tensor_content == batch.tobytes()
assert [d.size for d in read.outputs["probability"].tensor_shape.dim] == [2, 16, 32, 1]
print("identical")
"""


def test_requests_are_byte_identical_to_tensorflow_serving_api():
    done = subprocess.run([sys.executable, "-c", CONTRACT], capture_output=True, text=True)
    assert done.stdout.strip() == "identical", done.stderr[-2000:]


def test_unknown_fields_of_an_answer_are_passed_over():
    response = messages.PredictResponse.FromString(
        plain_answer_bytes := answer(np.zeros((1, 1), np.float32)).SerializeToString() + b"\x98\x06\x01"
    )
    assert "probability" in response.outputs
    assert plain_answer_bytes.endswith(b"\x01")
