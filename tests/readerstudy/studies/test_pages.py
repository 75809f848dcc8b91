"""The coordinator's pages: make a study, see what is missing, open it, follow it."""

import json

import pytest

from readerstudy.accounts.states import Role
from readerstudy.studies import services
from readerstudy.studies.models import Study
from readerstudy.studies.protocol import fingerprint
from tests import cast, factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator():
    return cast.coordinator()


@pytest.fixture
def client(coordinator):
    return cast.signed_in(coordinator)


def filled_in(cases, readers, **changes) -> dict:
    return {
        "name": "Four weeks",
        "washout_days": 28,
        "washout_mode": "per-session",
        "exams": [str(exam.pk) for exam in cases],
        **{f"reader_{n}": reader.pk for n, reader in enumerate(readers, start=1)},
        **changes,
    }


@pytest.fixture
def exams():
    made = [factories.make_exam() for _ in range(3)]
    for exam in made:
        factories.make_map(exam)
    return made


@pytest.fixture
def readers():
    return [cast.reader() for _ in range(3)]


def test_a_study_is_made_from_the_template_changed_and_opened(client, exams, readers) -> None:
    factories.make_exam(released=False)
    page = client.get("/studies/new/").content.decode()
    assert all(exam.pseudonym in page for exam in exams)
    assert page.count('type="checkbox" name="exams"') == 3, "only released exams are offered"
    answer = client.post("/studies/new/", filled_in(exams[:2], readers))
    study = Study.objects.get()
    assert answer["Location"] == f"/studies/{study.pk}/"
    page = client.get(answer["Location"]).content.decode()
    assert "Open the study" in page
    assert "SYNTHETIC DATA" in page
    edit = client.get(f"/studies/{study.pk}/edit/").content.decode()
    assert edit.count(" checked") == 3, "two cases and the mode"
    client.post(f"/studies/{study.pk}/edit/", filled_in(exams, readers, washout_days=35))
    document = study.protocols.get().document
    assert document["periods"][1]["washout_hours"] == 35 * 24
    assert document["question"]["bulk_none"] is False
    assert study.cases.count() == 3
    client.post(f"/studies/{study.pk}/open/")
    study.refresh_from_db()
    assert study.state == "open"
    page = client.get(f"/studies/{study.pk}/").content.decode()
    assert study.seed_commitment in page
    assert study.seed not in page
    assert [e.reader for e in study.enrolments.order_by("index")] == readers


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "required"),
        ({"washout_days": 0}, "greater than or equal to 1"),
        ({"washout_days": "soon"}, "whole number"),
        ({"washout_mode": "never"}, "valid choice"),
        ({"exams": []}, "at least one released exam"),
        ({"exams": ["00000000-0000-4000-8000-000000000000"]}, "not one of the available"),
        ({"reader_3": ""}, "required"),
    ],
)
def test_what_is_left_out_or_impossible_is_said_beside_it(client, exams, readers, changes, said) -> None:
    answer = client.post("/studies/new/", filled_in(exams, readers, **changes))
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not Study.objects.exists()


def test_three_readers_are_three_persons(client, exams, readers) -> None:
    answer = client.post("/studies/new/", filled_in(exams, [readers[0]] * 3))
    assert "three different persons" in answer.content.decode()


def test_what_keeps_a_draft_from_opening_is_listed(client, coordinator, readers) -> None:
    study = services.create_study(actor=coordinator, name="Unready")
    services.set_cases(actor=coordinator, study=study, exams=[factories.make_exam()])
    page = client.get(f"/studies/{study.pk}/").content.decode()
    assert "has no Modic map" in page
    assert "0 of 3 readers are enrolled" in page
    assert "Open the study" not in page
    answer = client.post(f"/studies/{study.pk}/open/")
    assert answer.status_code == 409
    assert "has no Modic map" in answer.content.decode()


def test_an_open_study_can_no_longer_be_changed(client, exams, readers) -> None:
    study = factories.make_study()
    assert client.get(f"/studies/{study.pk}/edit/").status_code == 409
    assert client.post(f"/studies/{study.pk}/edit/", filled_in(exams, readers)).status_code == 409
    assert client.post(f"/studies/{study.pk}/open/").status_code == 409


def test_the_protocol_file_carries_its_hash_and_the_seed_only_once_locked(client) -> None:
    study = factories.make_study()
    body = json.loads(client.get(f"/studies/{study.pk}/protocol.json").content)
    assert fingerprint(body["protocol"]) == body["sha256"]
    assert "seed" not in body
    services.lock_study(actor=study.created_by, study=study)
    body = json.loads(client.get(f"/studies/{study.pk}/protocol.json").content)
    assert body["seed"] == study.seed


def test_the_list_shows_every_study_with_its_size(client) -> None:
    factories.make_study(cases=2)
    page = client.get("/studies/").content.decode()
    assert "A study in miniature" in page
    assert '<td class="number">2</td>' in page
    assert '<td class="number">3</td>' in page


@pytest.mark.parametrize("role", [Role.READER, Role.STATISTICIAN, Role.AUDITOR, Role.ADJUDICATOR])
def test_no_other_role_sees_these_pages(role) -> None:
    study = factories.make_study()
    client = cast.signed_in(cast.person(role))
    for url in ("/studies/", "/studies/new/", f"/studies/{study.pk}/", f"/studies/{study.pk}/protocol.json"):
        assert client.get(url).status_code == 403
    assert client.post(f"/studies/{study.pk}/open/").status_code == 403


def test_an_administrator_looks_and_changes_nothing(exams, readers) -> None:
    study = factories.make_draft()
    client = cast.signed_in(cast.person(Role.ADMINISTRATOR))
    page = client.get(f"/studies/{study.pk}/").content.decode()
    assert "Open the study" not in page
    assert client.post(f"/studies/{study.pk}/open/").status_code == 403
    assert client.post("/studies/new/", filled_in(exams, readers)).status_code == 403


def test_a_name_is_text_not_markup(client, exams, readers) -> None:
    client.post("/studies/new/", filled_in(exams, readers, name="<script>alert(1)</script>"))
    page = client.get(f"/studies/{Study.objects.get().pk}/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
