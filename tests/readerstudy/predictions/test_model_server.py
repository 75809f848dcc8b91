"""A model server that is down, slow or wrong fails the run in words; the exam can be mapped again."""

import shutil
from datetime import timedelta

import grpc
import numpy as np
import pytest

from inference.networks import messages_pb2 as messages
from inference.networks.digest import model_digest
from readerstudy.audit.models import Event
from readerstudy.predictions import services
from readerstudy.predictions.models import ModicMap, Run
from readerstudy.predictions.states import RunState
from tests.inference.networks.stub import plain_answer, slowly, stub_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(settings, tmp_path):
    settings.MODEL_SERVER_ADDRESS = f"unix:{tmp_path}/grpc"
    settings.MODEL_SERVER_DEADLINE_S = 1
    return settings.MODEL_SERVER_ADDRESS


@pytest.fixture
def volumes(monkeypatch, phantom):
    monkeypatch.setattr(
        services.exams, "volume_of", lambda exam, kind: phantom.t1 if kind == "t1" else phantom.t2
    )


def run_of(exam):
    run = services.start_run(exam=exam)
    services.map_run(run_id=run.pk)
    return Run.objects.get(pk=run.pk)


def failed_with(run, sentence):
    assert run.state == RunState.FAILED
    assert sentence in run.error
    event = Event.objects.get(object_id=str(run.pk), action="run.failed")
    assert event.after == {"reason": run.error}
    assert not ModicMap.objects.exists()
    services.start_run(exam=run.exam)


def test_trust_29_a_server_that_is_down(exam, volumes, address):
    failed_with(run_of(exam), "cannot be reached")


LIES = {
    "slow": (slowly(30), "did not answer within 1 s"),
    "wrong_shape": (lambda r, c: plain_answer(r, channels=3), "shape"),
    "nan": (lambda r, c: plain_answer(r, fill=np.nan), "no numbers"),
    "refusing": (lambda r, c: c.abort(grpc.StatusCode.INTERNAL, "out of memory"), "refused the request"),
}


@pytest.mark.parametrize("lie", LIES)
def test_trust_29_a_server_that_is_slow_or_wrong(exam, volumes, address, lie):
    reply, sentence = LIES[lie]
    with stub_server(reply, address, versions=[1]):
        run = run_of(exam)
    failed_with(run, sentence)


def test_trust_29_a_model_that_is_not_served(exam, volumes, address):
    with stub_server(lambda r, c: messages.PredictResponse(), address, versions=[]):
        run = run_of(exam)
    failed_with(run, "has no version of localize ready. Wait until it has loaded one")


def test_trust_29_the_version_is_replaced_during_an_exam(exam, volumes, address):
    def reply(request, context):
        assert request.model_spec.version.value == 1
        context.abort(grpc.StatusCode.NOT_FOUND, "Servable not found for request: localize 1")

    with stub_server(reply, address, versions=[1]):
        run = run_of(exam)
    failed_with(run, "does not serve this model or version")


def test_the_real_server_with_networks_that_see_nothing(exam, volumes, settings, tiny_models, tiny_server):
    settings.MODEL_SERVER_ADDRESS, settings.WEIGHTS = tiny_server, tiny_models / "plain"
    run = run_of(exam)
    assert (run.state, run.error) == (RunState.DONE, "")
    assert ModicMap.objects.get().run == run


def test_a_result_tells_of_the_weights_that_the_setting_names(
    exam, volumes, settings, tiny_models, tiny_server
):
    settings.MODEL_SERVER_ADDRESS, settings.WEIGHTS = tiny_server, tiny_models / "plain"
    run = run_of(exam)
    digests = [network["digest"] for network in run.provenance["networks"]]
    assert digests == [model_digest(settings.WEIGHTS / name / "1") for name in ("localize", "detect")]
    assert run.provenance["settings"]["threshold"] == 0.5


def test_a_server_with_other_weights_than_the_setting_names_fails_the_run_in_words(
    exam, volumes, settings, tiny_server
):
    settings.MODEL_SERVER_ADDRESS = tiny_server
    failed_with(run_of(exam), "answered with other weights than lie in its folder")


def test_weights_with_the_calibration_of_others_fail_the_run_in_words(
    exam, volumes, settings, tiny_models, tiny_server, tmp_path
):
    shutil.copytree(tiny_models / "plain", tmp_path / "weights")
    shutil.copy(settings.WEIGHTS / "detect" / "settings.json", tmp_path / "weights" / "detect")
    settings.MODEL_SERVER_ADDRESS, settings.WEIGHTS = tiny_server, tmp_path / "weights"
    failed_with(run_of(exam), "was fitted to other weights than those beside it")


def test_trust_29_a_server_that_answers_each_request_just_in_time(exam, volumes, address, monkeypatch):
    monkeypatch.setattr(services.policies, "LONGEST_RUN", timedelta(seconds=1))
    with stub_server(slowly(0.5), address, versions=[1]):
        run = run_of(exam)
    failed_with(run, "Mapping took longer than")
