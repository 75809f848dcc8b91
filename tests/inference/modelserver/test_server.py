"""The embedded server as a process, asked with tensorflow-serving's messages by our client and by theirs."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from inference.networks.base import NetworkError
from inference.networks.digest import model_digest
from inference.networks.embedded import model_server
from inference.networks.serving import ServedNetwork, served_networks


def test_both_networks_answer_through_the_protocol(tiny_server):
    rng = np.random.default_rng(0)
    slices = rng.uniform(0, 1, (11, 64, 48, 1)).astype(np.float32)
    crops = rng.uniform(0, 1, (19, 100, 100, 2)).astype(np.float32)
    with ServedNetwork(tiny_server, "localize") as localize, ServedNetwork(tiny_server, "detect") as detect:
        answer = localize.predict(slices)
        assert np.allclose(answer[..., 0], slices[..., 0])
        assert np.allclose(answer[..., 1], 1 - slices[..., 0])
        assert np.allclose(detect.predict(crops)[..., 0], crops.mean(axis=-1), atol=1e-6)
        assert localize.version == "1"
        assert detect.available_versions() == (1,)


def test_slices_of_different_sizes_at_once_are_never_mixed(tiny_server):
    wrong = []

    def ask(rows):
        slices = np.full((7, rows, 32, 1), rows / 1000, np.float32)
        with ServedNetwork(tiny_server, "localize") as network:
            for _ in range(5):
                answer = network.predict(slices)
                if answer.shape != (7, rows, 32, 2) or not np.allclose(answer[..., 0], rows / 1000):
                    wrong.append(rows)

    threads = [threading.Thread(target=ask, args=(rows,)) for rows in (32, 48, 64, 80)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_version_that_is_not_served_is_named(tiny_server):
    with (
        ServedNetwork(tiny_server, "localize", version=9) as network,
        pytest.raises(NetworkError, match="does not serve this model or version"),
    ):
        network.predict(np.zeros((1, 16, 16, 1), np.float32))


THEIRS = """
import sys, grpc, numpy as np, tensorflow as tf
from google.protobuf import text_format
from tensorflow_serving.apis import *
from tensorflow_serving.apis import (predict_pb2, prediction_service_pb2_grpc, model_service_pb2_grpc,
    get_model_status_pb2, get_model_metadata_pb2, model_management_pb2)
address, other = sys.argv[1:]
channel = grpc.insecure_channel(address)
prediction = prediction_service_pb2_grpc.PredictionServiceStub(channel)
models = model_service_pb2_grpc.ModelServiceStub(channel)

def code(call, request):
    try:
        call(request)
    except grpc.RpcError as error:
        return error.code().name
    return "OK"

request = predict_pb2.PredictRequest()
request.model_spec.name = "detect"
request.inputs["crop"].CopyFrom(tf.make_tensor_proto(np.full((2, 100, 100, 2), 0.3, np.float32)))
answer = prediction.Predict(request)
assert answer.model_spec.version.value == 1 and answer.model_spec.name == "detect"
assert np.allclose(tf.make_ndarray(answer.outputs["probability"]), 0.3)

request.output_filter.append("nothing")
assert code(prediction.Predict, request) == "INVALID_ARGUMENT"
del request.output_filter[:]
request.model_spec.signature_name = "other"
assert code(prediction.Predict, request) == "NOT_FOUND"
request.model_spec.signature_name = ""
request.inputs["crop"].CopyFrom(tf.make_tensor_proto(np.zeros((9, 100, 100, 2), np.float32)))
assert code(prediction.Predict, request) == "INVALID_ARGUMENT"  # larger than max_batch_size
request.inputs["crop"].CopyFrom(tf.make_tensor_proto(np.zeros((2, 90, 100, 2), np.float32)))
assert code(prediction.Predict, request) == "INVALID_ARGUMENT"
request.inputs["crop"].tensor_content = b"123"
assert code(prediction.Predict, request) == "INVALID_ARGUMENT"

metadata = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
metadata.model_spec.name = "localize"
signatures = get_model_metadata_pb2.SignatureDefMap()
assert prediction.GetModelMetadata(metadata).metadata["signature_def"].Unpack(signatures)
definition = signatures.signature_def["serving_default"]
assert list(definition.inputs) == ["image"] and list(definition.outputs) == ["probability"]

status = get_model_status_pb2.GetModelStatusRequest()
status.model_spec.name = "localize"
(version,) = models.GetModelStatus(status).model_version_status
assert (version.version, version.state) == (2, 30)
status.model_spec.name = "nobody"
assert code(models.GetModelStatus, status) == "NOT_FOUND"

reload = model_management_pb2.ReloadConfigRequest()
text_format.Parse('model_config_list { config { name: "localize" base_path: "%s/localize" '
    'model_version_policy { specific { versions: 1 versions: 2 } } '
    'version_labels { key: "stable" value: 1 } } }' % other, reload.config)
assert models.HandleReloadConfigRequest(reload).status.error_code == 0
request = predict_pb2.PredictRequest()
request.model_spec.name = "localize"
request.inputs["image"].CopyFrom(tf.make_tensor_proto(np.full((1, 16, 16, 1), 0.8, np.float32)))
newest = prediction.Predict(request)
assert newest.model_spec.version.value == 2
assert np.allclose(tf.make_ndarray(newest.outputs["probability"])[..., 0], 0.4)
request.model_spec.version_label = "stable"
assert prediction.Predict(request).model_spec.version.value == 1
request.model_spec.name = "detect"
request.model_spec.ClearField("version_label")
assert code(prediction.Predict, request) == "NOT_FOUND"
print("all answered")
"""


def test_tensorflow_serving_api_as_client_finds_every_call(tiny_models):
    two = tiny_models / "two"
    with model_server(two) as address:
        done = subprocess.run(
            [sys.executable, "-c", THEIRS, address, str(two)], capture_output=True, text=True
        )
    assert done.stdout.strip() == "all answered", done.stderr[-2000:]


def test_trust_29_a_model_that_answers_nan_or_another_shape(tiny_models):
    with model_server(tiny_models / "lies") as address:
        with ServedNetwork(address, "localize") as network, pytest.raises(NetworkError, match="no numbers"):
            network.predict(np.zeros((1, 16, 16, 1), np.float32))
        with ServedNetwork(address, "detect") as network, pytest.raises(NetworkError, match="shape"):
            network.predict(np.zeros((1, 100, 100, 2), np.float32))


def test_weights_that_are_missing_are_told_at_the_start(tmp_path):
    (tmp_path / "localize" / "1").mkdir(parents=True)
    (tmp_path / "localize" / "1" / "saved_model.pb").touch()
    with (
        pytest.raises(NetworkError, match="holds no version of detect: name the folder"),
        model_server(tmp_path),
    ):
        pass


def test_a_server_without_a_model_ends_at_once_and_cleanly_while_its_parent_lives(tmp_path):
    command = [
        sys.executable,
        "-m",
        "inference.modelserver",
        "--stop-with-stdin",
        "--model-root",
        str(tmp_path),
    ]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said = child.stderr.read()
    assert child.wait(60) == 2
    assert "no version of localize, detect could be loaded" in said
    assert "Fatal" not in said
    child.communicate()


def start(root, folder, *options):
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "inference.modelserver", "--ready-file", str(ready)]
    child = subprocess.Popen(
        [*command, "--model-root", str(root), *options], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    until = time.monotonic() + 120
    while not ready.exists():
        assert child.poll() is None, child.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.05)
    return child, json.loads(ready.read_text())


def test_a_new_version_is_served_no_call_is_lost_and_sigterm_ends_it_cleanly(tiny_models, tmp_path):
    shutil.copytree(tiny_models / "plain", tmp_path / "models")
    shutil.copytree(tiny_models / "two" / "localize" / "2", tmp_path / "new")
    child, ready = start(tmp_path / "models", tmp_path, "--poll-seconds", "0.2")
    assert ready["pid"] == child.pid
    assert ready["address"].startswith("127.0.0.1:")
    versions, until = [], time.monotonic() + 60
    while "2" not in versions and time.monotonic() < until:
        with ServedNetwork(ready["address"], "localize") as network:
            answer = network.predict(np.ones((1, 16, 16, 1), np.float32))
        versions.append(network.version)
        assert answer[0, 0, 0, 0] == {"1": 1.0, "2": 0.5}[network.version]
        if len(versions) == 1:
            os.replace(tmp_path / "new", tmp_path / "models" / "localize" / "2")
    assert (versions[0], versions[-1]) == ("1", "2")
    os.kill(child.pid, signal.SIGTERM)
    assert child.wait(30) == 0
    child.communicate()


def test_a_version_replaced_in_place_is_never_taken_for_the_new_one(tiny_models, tmp_path):
    shutil.copytree(tiny_models / "plain", tmp_path / "models")
    folder = tmp_path / "models" / "localize" / "1"
    loaded = model_digest(folder)
    one = np.ones((1, 16, 16, 1), np.float32)
    with model_server(tmp_path / "models") as address:
        with served_networks(address, weights=tmp_path / "models") as (localizer, _):
            assert localizer.predict(one)[0, 0, 0, 0] == 1.0
            assert localizer.digest == loaded
        shutil.rmtree(folder)
        shutil.copytree(tiny_models / "two" / "localize" / "2", folder)
        with (
            served_networks(address, weights=tmp_path / "models") as (localizer, _),
            pytest.raises(NetworkError, match="other weights than lie in its folder"),
        ):
            localizer.predict(one)
        with ServedNetwork(address, "localize") as network:
            assert network.predict(one)[0, 0, 0, 0] == 1.0
            assert network.digest == loaded != model_digest(folder)


def test_it_ends_with_its_parents_pipe(tiny_models, tmp_path):
    socket = str(tmp_path / "grpc")
    child, _ = start(tiny_models / "plain", tmp_path, "--stop-with-stdin", "--socket", socket)
    child.stdin.close()
    assert child.wait(30) == 0
    child.stderr.close()


def test_a_server_that_is_late_is_not_taken_for_broken(tiny_models):
    with (
        pytest.raises(NetworkError, match="was not ready in time: is the machine too busy"),
        model_server(tiny_models / "plain", patience_s=0.0),
    ):
        pass
