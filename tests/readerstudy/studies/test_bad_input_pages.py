"""Bad input at the application's own addresses: each refused with its rule and what to do."""

import copy
import html
import json
from collections.abc import Callable

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from readerstudy.studies import protocol, services
from readerstudy.studies.models import Study
from readerstudy.studies.selectors import protocol_of
from tests import cast, factories
from tests.readerstudy.reads.desk import desk
from tests.readerstudy.studies.test_editor import posted

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
OPEN = {"password": cast.PASSWORD}
AMEND = {"washout_2": "14", "reason": "Slow.", "password": cast.PASSWORD, "do": "sign"}
Sent = tuple[Client, str, dict]


@pytest.fixture(autouse=True)
def _stand_ins(stand_in_images: None, stand_in_maps: None) -> None:
    """Images and maps as other rooms would render them."""


@pytest.fixture(autouse=True)
def _first_of_march():
    with time_machine.travel("2026-03-01T12:00:00+00:00", tick=False):
        yield


def of(study: Study, address: str, fields: dict | None = None) -> Sent:
    return cast.signed_in(study.created_by), f"/studies/{study.pk}/{address}", fields or {}


def file_of(change: Callable[[protocol.Document], object]) -> Callable[[], Sent]:
    """A new study from a file whose protocol was changed so."""

    def sent() -> Sent:
        document = copy.deepcopy(protocol.make())
        change(document)
        file = SimpleUploadedFile("protocol.json", json.dumps(document).encode())
        return cast.signed_in(cast.coordinator()), "/studies/import/", {"name": "Study", "file": file}

    return sent


def opening(change: Callable[[protocol.Document], object]) -> Callable[[], Sent]:
    """Opening a draft, complete but for its protocol."""

    def sent() -> Sent:
        document = copy.deepcopy(protocol.make())
        change(document)
        return of(factories.make_draft(document=document), "open/", OPEN)

    return sent


def a_case_without_a_map() -> Sent:
    draft = factories.make_draft()
    services.set_cases(actor=draft.created_by, study=draft, exams=[factories.make_exam()])
    return of(draft, "open/", OPEN)


def nobody_reads() -> Sent:
    return of(services.create_study(actor=cast.coordinator(), name="Nobody's"), "open/", OPEN)


def a_clock_set_back() -> Sent:
    client, _, _ = of(study := factories.make_study(), "")
    return client, f"/demo/studies/{study.pk}/clock/", {"days": "-28"}


def mid_case() -> Sent:
    study = factories.make_study()
    reader = desk(study, 2)
    reader.look(reader.open())
    return of(study, "amend/", AMEND)


def edited_once_open() -> Sent:
    return of(factories.make_study(), "protocol/", {"do": "save"})


def a_closing_edited_to_one_that_is_none() -> Sent:
    client, address, _ = of(factories.make_draft(), "protocol/")
    form = posted(client.get(address).content.decode())
    return client, address, {**form, "do": "save", "period-1-closes_at": "2027-02-31T18:00:00Z"}


def a_closing_amended_into_the_past() -> Sent:
    return of(
        factories.make_study(), "amend/", {**AMEND, "washout_2": "28", "closes_2": "2026-02-01T00:00:00Z"}
    )


def reads_deleted() -> Sent:
    study = factories.make_study()
    desk(study, 1).read_one()
    return of(study, "delete/", {"name": study.name})


def closes(number: int, moment: str) -> Callable[[protocol.Document], object]:
    return lambda d: d["periods"][number - 1].update(closes_at=moment)


TABLE: dict[str, tuple[Callable[[], Sent], int, str, str]] = {
    "a file that reads cases again without a washout": (
        file_of(lambda d: d["periods"][1].update(washout_hours=0)),
        400,
        "Period 2 reads the same cases again",
        "give it a washout in hours",
    ),
    "a file whose baseline reads twice": (
        file_of(lambda d: d["readers"][0].update(periods=[1, 2])),
        400,
        "Reader 1 is the baseline and reads once",
        "leave one period, or take the baseline away",
    ),
    "a file whose periods close in the wrong order": (
        file_of(lambda d: [closes(1, "2027-06-01T00:00:00Z")(d), closes(2, "2027-05-01T00:00:00Z")(d)]),
        400,
        "Period 2 closes before an earlier one does",
        "name a later moment",
    ),
    "a file with a character that can't be kept": (
        file_of(lambda d: d.update(title="Paper\0")),
        400,
        "“Paper” holds a character that can't be kept",
        "write it again",
    ),
    "a case without a map": (a_case_without_a_map, 409, "has no Modic map", "run the mapping, or remove it"),
    "a reader who labelled the training data": (
        opening(lambda d: d["readers"][1].update(labelled_training_data=True)),
        409,
        "R2 labelled the data",
        "take another reader, or say in the protocol why",
    ),
    "nobody reads": (nobody_reads, 409, "0 of 3 readers are enrolled", "name the others"),
    "a demo's clock set back": (a_clock_set_back, 400, "The clock moves forward only", "days, 1 to 366"),
    "a closing that has passed": (
        opening(closes(1, "2026-03-01T12:00:00Z")),
        409,
        "Period 1 would have closed already",
        "name a moment to come",
    ),
    "a closing before the washout can have passed": (
        opening(closes(2, "2026-03-29T12:00:00Z")),
        409,
        "Period 2 closes (2026-03-29T12:00:00Z) before the washout can have passed for anyone",
        "let it close later, or ask for a shorter washout",
    ),
    "a closing that is no moment": (
        a_closing_edited_to_one_that_is_none,
        400,
        "there is no such moment as 2027-02-31T18:00:00Z",
        "correct it",
    ),
    "a closing amended into the past": (
        a_closing_amended_into_the_past,
        409,
        "Period 2 would close in the past",
        "name a moment to come",
    ),
    "a protocol amended while a reader is mid-case": (
        mid_case,
        409,
        "R2 has a case open",
        "Wait until it is handed in",
    ),
    "a protocol edited once open": (
        edited_once_open,
        409,
        "The study is open: it keeps its protocol",
        "Amend it, signed and with a reason",
    ),
    "a study with reads deleted": (
        reads_deleted,
        409,
        "its protocol, orders and reads are kept for ever",
        "End its reading by a lock instead",
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_bad_input_is_refused_at_its_address_with_rule_and_remedy(case: str, settings, tmp_path) -> None:
    settings.DATA_DIR, settings.DEMO = tmp_path, case == "a demo's clock set back"
    send, status, rule, remedy = TABLE[case]
    client, address, fields = send()
    before = [(study.pk, study.state, protocol_of(study).sha256) for study in Study.objects.all()]
    answer = client.post(address, fields)
    said = html.unescape(answer.content.decode())
    assert answer.status_code == status, said
    assert rule in said
    assert remedy in said
    after = [(study.pk, study.state, protocol_of(study).sha256) for study in Study.objects.all()]
    assert after == before, "nothing was changed"


def test_a_closing_just_after_the_washout_and_one_of_readers_who_read_once_open() -> None:
    document = protocol.make()
    document["periods"][1]["closes_at"] = "2026-03-29T12:00:01Z"
    draft = factories.make_draft(document=document)
    assert services.open_study(actor=draft.created_by, study=draft).state == "open"
