"""The coordinator's pages: make a study, see what is missing, open it, follow it."""

import json

import jsonschema
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from readerstudy.accounts.states import Role
from readerstudy.audit.models import Event
from readerstudy.studies import protocol as protocols
from readerstudy.studies import services
from readerstudy.studies.models import Study
from readerstudy.studies.protocol import fingerprint
from tests import cast, factories

SIGNED = {"password": cast.PASSWORD}

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
    assert "Sign and open the study" in page
    assert "SYNTHETIC DATA" in page
    edit = client.get(f"/studies/{study.pk}/edit/").content.decode()
    assert edit.count(" checked") == 3, "two cases and the mode"
    client.post(f"/studies/{study.pk}/edit/", filled_in(exams, readers, washout_days=35))
    document = study.protocols.get().document
    assert document["periods"][1]["washout_hours"] == 35 * 24
    assert document["question"]["bulk_none"] is False
    assert study.cases.count() == 3
    client.post(f"/studies/{study.pk}/open/", SIGNED)
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


def test_readers_are_different_persons(client, exams, readers) -> None:
    answer = client.post("/studies/new/", filled_in(exams, [readers[0]] * 3))
    assert "different person" in answer.content.decode()


def test_a_study_starts_from_any_template_with_as_many_readers_as_wanted(client, exams, readers) -> None:
    page = client.get("/studies/new/?template=crossover&readers=2").content.decode()
    assert "Reader 2: reads twice" in page
    assert "Reader 3" not in page
    assert "one half of the readers begins unaided" in page
    client.post("/studies/new/?template=crossover&readers=2", filled_in(exams, readers[:2]))
    study = Study.objects.get()
    page = client.get(f"/studies/{study.pk}/").content.decode()
    assert "unaided; " in page
    assert "AB/BA crossover" in page
    client.post(f"/studies/{study.pk}/open/", SIGNED)
    study.refresh_from_db()
    assert study.state == "open"


@pytest.mark.parametrize(
    ("query", "said"),
    [("template=none", "not one of the available"), ("template=split-plot&readers=2", "takes 4 readers")],
)
def test_a_template_that_does_not_fit_is_said(client, query: str, said: str) -> None:
    assert said in client.get(f"/studies/new/?{query}").content.decode()


def file_of(document: dict) -> SimpleUploadedFile:
    return SimpleUploadedFile("p.json", json.dumps(document).encode())


def test_a_protocol_is_taken_in_from_a_file_compared_and_replaced(client, exams, readers) -> None:
    wanted = protocols.make("williams", readers=2)
    assert client.get("/studies/import/").status_code == 200
    answer = client.post("/studies/import/", {"name": "From a file", "file": file_of(wanted)})
    study = Study.objects.get()
    assert answer["Location"] == f"/studies/{study.pk}/edit/"
    assert study.protocols.get().document == wanted
    address = f"/studies/{study.pk}/compare/"
    assert client.get(address).status_code == 200
    assert "the same" in client.post(address, {"file": file_of(wanted)}).content.decode()
    other = protocols.make("williams", readers=2, washout_hours=24)
    page = client.post(address, {"file": file_of(other)}).content.decode()
    assert "Period 2, washout in hours: 672 becomes 24." in page
    assert study.protocols.get().document == wanted
    client.post(address, {"file": file_of(other), "take": "yes"})
    assert study.protocols.get().document == other
    client.post(f"/studies/{study.pk}/edit/", filled_in(exams, readers[:2], washout_days=1))
    assert study.protocols.get().document == other, "what was not changed is kept"


@pytest.mark.parametrize("address", ["/studies/import/", "/studies/{}/compare/"])
def test_a_file_that_contradicts_itself_is_refused_with_every_reason(client, coordinator, address) -> None:
    study = services.create_study(actor=coordinator, name="Draft")
    wrong = protocols.make()
    wrong["periods"][1]["washout_hours"] = 0
    wrong["statistics"]["pairs"] = [[1, 9]]
    answer = client.post(address.format(study.pk), {"name": "Wrong", "file": file_of(wrong)})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "give it a washout" in page
    assert "two different readers" in page
    assert Study.objects.count() == 1


def test_an_open_study_takes_no_file(client) -> None:
    study = factories.make_study()
    assert client.post(f"/studies/{study.pk}/compare/", {"file": file_of({})}).status_code == 409


def test_the_schema_is_published_and_every_export_keeps_to_it(client) -> None:
    study = factories.make_study()
    schema = json.loads(client.get("/studies/protocol.schema.json").content)
    exported = json.loads(client.get(f"/studies/{study.pk}/protocol.json").content)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(exported["protocol"], schema)


def test_what_keeps_a_draft_from_opening_is_listed(client, coordinator, readers) -> None:
    study = services.create_study(actor=coordinator, name="Unready")
    services.set_cases(actor=coordinator, study=study, exams=[factories.make_exam()])
    page = client.get(f"/studies/{study.pk}/").content.decode()
    assert "has no Modic map" in page
    assert "0 of 3 readers are enrolled" in page
    assert "Sign and open the study" not in page
    answer = client.post(f"/studies/{study.pk}/open/", SIGNED)
    assert answer.status_code == 409
    assert "has no Modic map" in answer.content.decode()


def test_opening_is_signed_with_the_coordinator_s_password(client, coordinator) -> None:
    study = factories.make_draft(actor=coordinator)
    page = client.post(f"/studies/{study.pk}/open/", {"password": "another"}, follow=True).content.decode()
    assert "The password is not right: the study was not opened." in page
    study.refresh_from_db()
    assert study.state == "draft"
    assert study.protocols.get().signed_by is None
    assert Event.objects.filter(action="study.opening-signature-refused", study_id=study.pk).count() == 1
    page = client.post(f"/studies/{study.pk}/open/", SIGNED, follow=True).content.decode()
    assert f"signed by {coordinator.username}" in page
    assert study.protocols.get().signed_by == coordinator
    opened = Event.objects.get(action="study.opened", study_id=study.pk)
    assert opened.actor == coordinator.username
    assert opened.after["meaning"].startswith("I open this study")


def test_an_open_study_can_no_longer_be_changed(client, exams, readers) -> None:
    study = factories.make_study()
    assert client.get(f"/studies/{study.pk}/edit/").status_code == 409
    assert client.post(f"/studies/{study.pk}/edit/", filled_in(exams, readers)).status_code == 409
    assert client.post(f"/studies/{study.pk}/open/", SIGNED).status_code == 409


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
    own = [f"/studies/{study.pk}/", f"/studies/{study.pk}/protocol.json"]
    for url in ("/studies/", "/studies/new/", "/studies/import/", "/studies/protocol.schema.json", *own):
        assert client.get(url).status_code == 403
    assert client.post(f"/studies/{study.pk}/open/", SIGNED).status_code == 403


def test_an_administrator_looks_and_changes_nothing(exams, readers) -> None:
    study = factories.make_draft()
    client = cast.signed_in(cast.person(Role.ADMINISTRATOR))
    page = client.get(f"/studies/{study.pk}/").content.decode()
    assert "Sign and open the study" not in page
    assert client.post(f"/studies/{study.pk}/open/", SIGNED).status_code == 403
    assert client.post("/studies/new/", filled_in(exams, readers)).status_code == 403


def test_a_name_is_text_not_markup(client, exams, readers) -> None:
    client.post("/studies/new/", filled_in(exams, readers, name="<script>alert(1)</script>"))
    page = client.get(f"/studies/{Study.objects.get().pk}/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_what_a_draft_lacks_is_said_where_it_lacks(client, exams) -> None:
    page = client.post("/studies/new/", {"washout_days": 28, "washout_mode": "per-session"}).content.decode()
    assert page.count("Choose a reader.") == 3
    assert "Name the study." in page
    assert "This field is required" not in page


def test_once_locked_nothing_is_said_to_be_open_or_to_wait(client, coordinator) -> None:
    study = factories.make_study(actor=coordinator)
    address = f"/studies/{study.pk}/"
    assert "open: can be read now" in client.get(address).content.decode()
    services.lock_study(actor=coordinator, study=study)
    page = client.get(address).content.decode()
    assert "0 of 2" in page
    assert "can be read now" not in page
    assert "after the period before it" not in page


def test_who_left_is_said_among_the_readers_and_what_to_do_then(client, coordinator) -> None:
    study = factories.make_study(actor=coordinator)
    form = {"enrolment": str(study.enrolments.get(index=2).pk), "reason": "Left the hospital in May."}
    told = client.post(f"/studies/{study.pk}/conduct/withdraw-reader/", form, follow=True).content.decode()
    assert "An amendment lets another reader take over the part." in told
    page = client.get(f"/studies/{study.pk}/").content.decode()
    assert page.count("has left the study</li>") == 1
