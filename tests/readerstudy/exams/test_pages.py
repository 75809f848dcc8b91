"""The coordinator's pages: who may come, what they show, what the viewer is given."""

import io
import json
import re
import zipfile

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from PIL import Image

from readerstudy.accounts.states import Role
from readerstudy.exams import rendering, services
from readerstudy.exams.models import Exam, Instance, Series, Upload
from tests import cast, factories
from tests.inference.dicom import made
from tests.readerstudy.exams.conftest import files_of

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


@pytest.fixture
def exam(take_in) -> Exam:
    return take_in(made.t1() + made.t2()).exams.get()


def addresses(exam):
    yield reverse("exams:list")
    yield from (reverse(f"exams:{name}", args=[exam.pk]) for name in ("detail", "view"))
    yield reverse("exams:metadata", args=[exam.pk, "t1"])
    yield from (reverse(f"exams:{n}", args=[exam.pk, "t2", 3]) for n in ("frame", "thumbnail", "picture"))


@pytest.mark.parametrize("role", list(Role))
def test_exams_are_for_who_manages_them(role, exam):
    client = cast.signed_in(cast.person(role))
    expected = 200 if role in (Role.COORDINATOR, Role.ADMINISTRATOR) else 403
    assert {client.get(address).status_code for address in addresses(exam)} == {expected}


def test_strangers_are_sent_to_sign_in(exam, client):
    assert {client.get(address).status_code for address in addresses(exam)} == {302}


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.READER, Role.STATISTICIAN, Role.AUDITOR])
def test_only_coordinators_bring_in_and_release(role, exam):
    client = cast.signed_in(cast.person(role))
    assert client.post(reverse("exams:upload"), {"files": files_of(made.t1(1))}).status_code == 403
    assert client.post(reverse("exams:release", args=[exam.pk]), {}).status_code == 403
    assert client.post(reverse("exams:reconsider", args=[exam.pk])).status_code == 403


def test_an_exam_that_is_not_there_is_not_there(coordinator, exam):
    client = cast.signed_in(coordinator)
    other = factories.digest("x")[:8]
    for name in ("detail", "view", "release"):
        assert (
            client.get(reverse(f"exams:{name}", args=[f"{other}-0000-4000-8000-000000000000"])).status_code
            == 404
        )
    assert client.get(reverse("exams:frame", args=[exam.pk, "t1", 99])).status_code == 404
    assert client.get(reverse("exams:metadata", args=[exam.pk, "t3"])).status_code == 404


def test_frames_are_the_pixels_in_the_order_of_positions(exam, coordinator):
    client = cast.signed_in(coordinator)
    metadata = client.get(reverse("exams:metadata", args=[exam.pk, "t1"])).json()
    places = [image["00200032"]["Value"][0] for image in metadata]
    assert places == sorted(places, reverse=True), "from the patient's left to right"
    assert all("7FE00010" not in image for image in metadata)
    for index, image in enumerate(metadata):
        answer = client.get(reverse("exams:frame", args=[exam.pk, "t1", index]))
        assert answer.headers["Content-Type"] == rendering.FRAME_TYPE
        rows, columns = image["00280010"]["Value"][0], image["00280011"]["Value"][0]
        pixels = np.frombuffer(answer.content, "<u2").reshape(rows, columns)
        assert np.array_equal(pixels, made.picture(seed=5 - index))


def test_thumbnails_are_pictures_in_true_proportions(take_in, coordinator):
    exam = take_in([*made.t1(PixelSpacing=[4.0, 2.0]), *made.t2(PixelSpacing=[4.0, 2.0])]).exams.get()
    client = cast.signed_in(coordinator)
    png = client.get(reverse("exams:picture", args=[exam.pk, "t1", 2]))
    image = Image.open(io.BytesIO(png.content))
    assert png.headers["Content-Type"] == "image/png"
    assert image.size == (48, 128)
    values = np.asarray(image)
    assert values[64, 24] > 150
    assert values[2, 2] < 40


def test_the_viewer_gets_images_names_and_no_map_yet(exam, coordinator, monkeypatch):
    from readerstudy.exams import extensions

    monkeypatch.setattr(extensions._registry, "map_links", [])
    page = cast.signed_in(coordinator).get(reverse("exams:view", args=[exam.pk]))
    config = page.context["config"]
    assert config["map_url"] is None
    assert config["levels"] == []
    assert len(config["images"]["t1"]["frame_urls"]) == 6
    assert config["images"]["t2"]["description"] == "Sagittal T2"


def test_the_exam_page_gives_every_reason(exam, coordinator):
    page = cast.signed_in(coordinator).get(reverse("exams:detail", args=[exam.pk])).content.decode()
    assert "Chosen as T1: sagittal by its orientation" in page
    assert "Chosen as T2" in page
    assert "SYNTHETIC DATA" in page


def zipped(datasets) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, dataset in enumerate(datasets):
            archive.writestr(f"exam/{number}.dcm", made.encoded(dataset))
    return buffer.getvalue()


def test_a_zip_is_brought_in_by_browser(coordinator, sent):
    client = cast.signed_in(coordinator, csrf=False)
    archive = SimpleUploadedFile("exam.zip", zipped(made.t1() + made.t2()))
    answer = client.post(reverse("exams:upload"), {"files": [archive], "synthetic": "yes"}, headers=JSON)
    assert answer.status_code == 201
    upload = Upload.objects.get()
    assert answer.json() == {"url": reverse("exams:upload-detail", args=[upload.pk])}
    waiting = client.get(answer.json()["url"]).content.decode()
    assert "data-poll" in waiting
    status = reverse("exams:upload-status", args=[upload.pk])
    assert client.get(status).json()["finished"] is False
    services.ingest_upload(upload_id=upload.pk)
    assert client.get(status).json()["finished"] is True
    done = client.get(answer.json()["url"]).content.decode()
    assert "12 images were read." in done
    assert Exam.objects.get().pseudonym in done
    assert Exam.objects.get().synthetic


def test_a_refused_upload_is_explained_on_its_page(coordinator, sent):
    client = cast.signed_in(coordinator)
    client.post(reverse("exams:upload"), {"files": files_of(made.t1())}, headers=JSON)
    upload = Upload.objects.get()
    services.ingest_upload(upload_id=upload.pk)
    page = client.get(reverse("exams:upload-detail", args=[upload.pk])).content.decode()
    assert "refused, nothing was kept" in page
    assert "No usable sagittal T2 was found. Both series are needed." in page
    assert "refused" in client.get(reverse("exams:list")).content.decode()


def test_an_empty_upload_is_answered_with_what_to_do(coordinator):
    client = cast.signed_in(coordinator)
    answer = client.post(reverse("exams:upload"), {}, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("Choose a folder")
    assert client.post(reverse("exams:upload"), {}).status_code == 400


def test_without_scripts_an_upload_leads_to_its_page(coordinator, sent):
    client = cast.signed_in(coordinator)
    answer = client.post(reverse("exams:upload"), {"files": files_of(made.t1(2))})
    assert (answer.status_code, answer.url) == (
        302,
        reverse("exams:upload-detail", args=[Upload.objects.get().pk]),
    )


def test_the_page_needs_a_token(coordinator):
    client = cast.signed_in(coordinator, csrf=True)
    assert client.post(reverse("exams:upload"), {"files": files_of(made.t1(1))}).status_code == 403
    assert not Upload.objects.exists()


@pytest.mark.parametrize("name", ["g03_xss_template", "g11_nul_in_pn", "g12_bad_utf8_pn", "g14_pn_60000"])
def test_trust_40_hostile_text_ends_in_no_500(name, shared_data, coordinator, sent):
    data = (shared_data / "bad_dicom" / "generated" / f"{name}.dcm").read_bytes()
    client = cast.signed_in(coordinator)
    file = SimpleUploadedFile("<script>alert(1)</script>\x00.dcm", data)
    client.post(reverse("exams:upload"), {"files": [file]}, headers=JSON)
    upload = Upload.objects.get()
    services.ingest_upload(upload_id=upload.pk)
    page = client.get(reverse("exams:upload-detail", args=[upload.pk]))
    assert page.status_code == 200
    assert b"<script>alert" not in page.content


def test_trust_35_hostile_uploads_end_in_a_refusal_not_in_a_500(shared_data, coordinator, sent):
    client = cast.signed_in(coordinator)
    names = (
        "z01_zip_bomb_200MB.zip",
        "z02_zip_slip.zip",
        "g45_nested_3000.dcm",
        "g72_rle_panic.dcm",
        "g51_empty.dcm",
    )
    for name in names:
        data = (shared_data / "bad_dicom" / "generated" / name).read_bytes()
        answer = client.post(
            reverse("exams:upload"), {"files": [SimpleUploadedFile(name, data)]}, headers=JSON
        )
        assert answer.status_code in (201, 400), name
        for upload in Upload.objects.filter(state="received"):
            services.ingest_upload(upload_id=upload.pk)
    assert set(Upload.objects.values_list("state", flat=True)) == {"refused"}
    assert not Exam.objects.exists()


def test_the_command_takes_in_and_says_what_to_do(tmp_path):
    folder = tmp_path / "exam"
    folder.mkdir()
    for number, dataset in enumerate(made.t1() + made.t2()):
        (folder / str(number)).write_bytes(made.encoded(dataset))
    out = io.StringIO()
    call_command("ingest", str(folder), "--synthetic", stdout=out)
    exam = Exam.objects.get()
    assert f"/exams/{exam.pk}/release/" in out.getvalue()
    assert Instance.objects.count() == 12
    assert len(list(folder.iterdir())) == 12, "what was read where it lies stays there"
    with pytest.raises(CommandError, match="There is nothing"):
        call_command("ingest", str(tmp_path / "none"))
    (tmp_path / "letter.txt").write_text("no image")
    with pytest.raises(CommandError, match="Nothing was taken in"):
        call_command("ingest", str(tmp_path / "letter.txt"), stdout=out)


def test_json_in_pages_can_not_break_out(coordinator, exam):
    Exam.objects.filter(pk=exam.pk).update(
        proposed_levels=[{"level": "L1", "body": 1, "point_mm": [0, 0, 0], "evidence": "</script><script>"}]
    )
    page = cast.signed_in(coordinator).get(reverse("exams:release", args=[exam.pk])).content.decode()
    assert "</script><script>" not in page
    assert json.loads(page.split('id="levels-config" type="application/json">')[1].split("</script>")[0])


def test_the_list_keeps_t1_and_t2_in_their_columns_and_names_every_column(coordinator):
    exam = factories.make_exam(slices=0)
    exam.series.all().delete()
    for kind, slices in (("t2", 22), ("t1", 11)):
        Series.objects.create(exam=exam, kind=kind, description=kind, reason="made", slices=slices)
    page = cast.signed_in(coordinator).get(reverse("exams:list")).content.decode()
    assert page.index("<td>11 slices") < page.index("<td>22 slices")
    heads = re.findall(r'<th scope="col">(.*?)</th>', page)
    assert [re.sub("<.*?>", "", head) for head in heads][2:4] == ["T1", "T2"]
    assert all(re.sub("<.*?>", "", head) for head in heads)


def test_too_many_files_are_refused_with_the_limit(coordinator, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 3
    client = cast.signed_in(coordinator, csrf=True)
    page = client.get(reverse("exams:upload"))
    assert 'data-upload-most="3"' in page.content.decode()
    token = page.context["csrf_token"]
    for headers, read in ((JSON, lambda a: a.json()["detail"]), ({}, lambda a: a.content.decode())):
        sent = {"files": files_of(made.t1(4)), "csrfmiddlewaretoken": str(token)}
        answer = client.post(reverse("exams:upload"), sent, headers=headers)
        assert answer.status_code == 400
        assert "At most 3 files can be sent at once. Send one exam at a time, or as a zip." in read(answer)
    assert not Upload.objects.exists()
