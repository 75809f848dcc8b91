"""A map is read back as it was written, named as confirmed, and shown to coordinators alone."""

import io
import json

import numpy as np
import pydicom
import pytest
from django.urls import reverse

from annotations.vocabulary import SITES_12
from inference.dicom.output import check
from inference.dicom.report import check_report
from readerstudy.audit.models import Event
from readerstudy.exams.extensions import map_link, render_panels
from readerstudy.exams.selectors import files_of
from readerstudy.predictions import selectors, services
from readerstudy.predictions.models import Run
from readerstudy.predictions.states import RunState
from tests import cast
from tests.inference.steps.test_contours import filled

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(exam, canned):
    run = services.start_run(exam=exam)
    services.map_run(run_id=run.pk)
    run.refresh_from_db()
    return run


def test_the_contours_are_exactly_the_voxels(run, mapped):
    told = selectors.map_json(run.modic_map, [])
    drawn = np.zeros_like(mapped.modic)
    for entry in told["slices"]:
        for region in entry["regions"]:
            drawn[entry["instance"]][filled(region["rings"], mapped.modic.shape[1:])] = region["type"]
    assert np.array_equal(drawn, mapped.modic)
    assert told["sha256"] == run.modic_map.sha256
    assert told["model"] == {"localize": "1", "detect": "1"}
    assert told["labels"] == []


def test_what_was_remarked_goes_with_the_map(run):
    Run.objects.filter(pk=run.pk).update(warnings=["The T2 is fat-suppressed."])
    assert selectors.map_json(selectors.newest_map(run.exam), [])["remarks"] == ["The T2 is fat-suppressed."]


def test_labels_carry_the_names_a_person_confirmed(run, exam, mapped):
    exam.refresh_from_db()
    named = selectors.map_json(run.modic_map, selectors.levels_of(exam))["labels"]
    assert [(label["level"], label["half"]) for label in named] == [(s.level, s.half) for s in SITES_12]
    up = {"L1": "T", "L2": "L1", "L3": "L2", "L4": "L3", "L5": "L4", "S1": "L5"}
    exam.confirmed_levels = [
        {**entry, "level": up[entry["level"]]} for entry in exam.proposed_levels if entry["level"] in up
    ][1:]
    shifted = selectors.map_json(run.modic_map, selectors.levels_of(exam))["labels"]
    assert [label["level"] for label in shifted] == [
        "L1",
        "L1",
        "L2",
        "L2",
        "L3",
        "L3",
        "L4",
        "L4",
        "L5",
        "L5",
    ]
    assert [{**label, "level": up[label["level"]]} for label in named[2:]] == shifted


@pytest.mark.parametrize("name", ["arrays.npz", "contours.json", "labels.json"])
def test_trust_9_a_file_that_was_changed_is_not_shown(run, name):
    path = selectors.folder_of(run.modic_map) / name
    content = path.read_bytes()
    if name == "arrays.npz":
        with np.load(path) as arrays:
            changed = {key: arrays[key].copy() for key in arrays}
        changed["modic"][0, 0, 0] = 3
        np.savez_compressed(path, **changed)
    else:
        path.write_bytes(content.replace(b"1", b"2", 1))
    with pytest.raises(Exception, match="not the one that was written"):
        selectors.map_json(run.modic_map, [])
    path.unlink()
    with pytest.raises(Exception, match="is gone"):
        selectors.map_json(run.modic_map, [])


def test_a_damaged_map_is_told_on_the_exams_page(run, exam, rf):
    (selectors.folder_of(run.modic_map) / "labels.json").write_bytes(b"{}")
    request = rf.get("/")
    request.user = cast.coordinator()
    (panel, *_) = render_panels(request, exam)
    assert "can&#x27;t be shown" in panel


def routes(run):
    yield "post", reverse("predictions:start", args=[run.exam_id])
    yield "post", reverse("predictions:cancel", args=[run.pk])
    yield "get", reverse("predictions:status", args=[run.pk])
    yield "get", reverse("predictions:map", args=[run.modic_map.pk])
    for name in ("modic_map.dcm", "vertebrae.dcm", "report.dcm", "endplates.json"):
        yield "get", reverse("predictions:download", args=[run.modic_map.pk, name])


@pytest.mark.parametrize("who", ["reader", "nobody"])
def test_trust_1_no_route_of_this_room_gives_a_reader_anything(run, who, client):
    browser = cast.signed_in(cast.reader()) if who == "reader" else client
    for method, url in routes(run):
        answer = getattr(browser, method)(url)
        assert answer.status_code in (302, 403)
        assert run.modic_map.sha256.encode() not in answer.content
    run.refresh_from_db()
    assert run.state == RunState.DONE


def test_the_coordinator_sees_the_map_and_the_status(run, exam):
    browser = cast.signed_in(cast.coordinator())
    assert map_link(exam) == reverse("predictions:map", args=[run.modic_map.pk])
    shown = browser.get(map_link(exam)).json()
    assert shown["sha256"] == run.modic_map.sha256
    assert len(shown["labels"]) == 12
    status = browser.get(reverse("predictions:status", args=[run.pk])).json()
    assert status == {"progress": 1.0, "stage": "done", "finished": True}


def test_the_panel_says_what_the_map_says(run, exam, rf):
    request = rf.get("/")
    request.user = cast.coordinator()
    exam.refresh_from_db()
    (panel, *_) = render_panels(request, exam)
    assert "under proposed level names" in panel
    assert "flattened before z-scores" in panel
    assert "Modic type" in panel
    assert "Map again" in panel
    for name in ("modic_map.dcm", "vertebrae.dcm", "report.dcm", "endplates.json"):
        assert reverse("predictions:download", args=[run.modic_map.pk, name]) in panel
    assert "Not a standalone diagnostic device" in panel
    assert "style=" not in panel


def test_a_run_can_be_started_and_cancelled_from_the_page(exam, canned):
    browser = cast.signed_in(cast.coordinator())
    assert browser.post(reverse("predictions:start", args=[exam.pk])).status_code == 302
    run = selectors.newest_run(exam)
    assert run.state == RunState.QUEUED
    again = browser.post(reverse("predictions:start", args=[exam.pk]))
    assert again.status_code == 409
    browser.post(reverse("predictions:cancel", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED


def test_trust_41_files_taken_away_are_valid_named_and_on_record(stored_exam, canned, mapped):
    run = selectors.newest_run(stored_exam)
    services.map_run(run_id=run.pk)
    run.refresh_from_db()
    coordinator = cast.coordinator()
    browser = cast.signed_in(coordinator)
    files = {}
    for name in ("modic_map.dcm", "vertebrae.dcm", "report.dcm", "endplates.json"):
        answer = browser.get(reverse("predictions:download", args=[run.modic_map.pk, name]))
        assert answer.status_code == 200
        assert f"{stored_exam.pseudonym}-{name}" in answer["Content-Disposition"]
        files[name] = answer.content
    sources = [pydicom.dcmread(path) for path in files_of(stored_exam.series.get(kind="t1"))]
    kinds = [kind for kind in (1, 2, 3) if (mapped.modic == kind).any()]
    assert check(files["modic_map.dcm"], sources, mapped.modic, kinds) == []
    segmentations = [pydicom.dcmread(io.BytesIO(files[name])) for name in ("vertebrae.dcm", "modic_map.dcm")]
    stored_exam.refresh_from_db()
    named = selectors.labels_of(selectors.stored(run.modic_map), selectors.levels_of(stored_exam))
    assert check_report(files["report.dcm"], sources, segmentations, named) == []
    labels = json.loads(files["endplates.json"])
    assert "not a medical device" in labels["notice"]
    assert len(labels["endplates"]) == 12
    taken = Event.objects.filter(action="map.downloaded", actor=coordinator.username)
    assert [event.after["file"] for event in taken.order_by("seq")] == list(files)


def test_intake_starts_the_first_run(stored_exam):
    run = selectors.newest_run(stored_exam)
    assert run.state == RunState.QUEUED
