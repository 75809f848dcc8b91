"""Bad input, one row for each kind: refused with the rule named and what to do about it."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from readerstudy.common.errors import BadInput, Conflict, Refused
from readerstudy.demo.services import advance_clock
from readerstudy.preparation.services import write_instructions
from readerstudy.reads import amending
from readerstudy.studies import protocol, services
from readerstudy.studies.models import Study
from tests import cast, factories
from tests.readerstudy.reads.desk import desk

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
Doing = Callable[..., object]


@pytest.fixture(autouse=True)
def _stand_ins(stand_in_images: None, stand_in_maps: None) -> None:
    """Images and maps as other rooms would render them."""


@pytest.fixture
def travel():
    """A clock that stands still until moved."""
    with time_machine.travel("2026-03-01T12:00:00+00:00", tick=False) as traveller:
        yield traveller


def opens(draft: Study) -> Study:
    return services.open_study(actor=draft.created_by, study=draft)


def a_file_that_contradicts_itself(travel) -> None:
    """As a coordinator uploads it: named in full and made into nothing."""
    document = protocol.make()
    document["design"]["sequences"] = [[["unaided"], ["unaided"]]]
    document["periods"][1]["washout_hours"] = 0
    try:
        protocol.import_file(json.dumps(document).encode())
    except protocol.ProtocolError as error:
        raise BadInput(str(error), code="protocol") from error


def a_file_changed_after_its_export(travel) -> None:
    exported = json.loads(protocol.export_file(protocol.make(), version=1, extra={}))
    exported["protocol"]["periods"][1]["washout_hours"] = 24
    try:
        protocol.import_file(json.dumps(exported).encode())
    except protocol.ProtocolError as error:
        raise BadInput(str(error), code="protocol") from error


def a_case_without_a_map(travel) -> None:
    draft = factories.make_draft()
    exam = factories.make_exam()
    services.set_cases(actor=draft.created_by, study=draft, exams=[exam])
    opens(draft)


def a_reader_who_labelled(travel) -> None:
    document = protocol.make()
    document["readers"][1]["labelled_training_data"] = True
    opens(factories.make_draft(document=document))


def nobody_reads(travel) -> None:
    opens(services.create_study(actor=cast.coordinator(), name="Without readers"))


def no_reader_in_the_protocol(travel) -> None:
    draft = factories.make_draft()
    document = protocol.make() | {"readers": []}
    services.set_protocol(actor=draft.created_by, study=draft, document=document)


def too_few_calibration_cases(travel) -> None:
    draft = factories.make_draft()
    services.set_protocol(actor=draft.created_by, study=draft, document=protocol.make("calibration-main"))
    opens(draft)


def a_demo_clock_set_back(travel) -> None:
    study = factories.make_study()
    advance_clock(actor=study.created_by, days=-28, study=study)


def a_deadline_that_has_passed(travel) -> None:
    document = protocol.make()
    document["periods"][0]["closes_at"] = "2026-03-01T12:00:00Z"
    opens(factories.make_draft(document=document))


def a_deadline_amended_into_the_past(travel) -> None:
    amend(factories.make_study(), lambda d: d["periods"][1].update(closes_at="2026-02-28T12:00:00Z"))


def a_change_while_a_reader_is_mid_case(travel) -> None:
    study = factories.make_study()
    reader = desk(study, 2)
    reader.look(reader.open())
    amend(study, lambda d: d["periods"][1].update(washout_hours=336))


def a_question_changed_once_open(travel) -> None:
    amend(factories.make_study(), lambda d: d["question"].update(bulk_none=True))


def cases_changed_once_open(travel) -> None:
    study = factories.make_study()
    services.set_cases(actor=study.created_by, study=study, exams=[])


def instructions_changed_without_a_reason(travel) -> None:
    study = factories.make_study()
    for text in ("Read.", "Read slowly."):
        write_instructions(actor=study.created_by, study=study, text=text)


def a_study_with_reads_deleted(travel) -> None:
    study = factories.make_study()
    desk(study, 1).read_one()
    services.delete_draft(actor=study.created_by, study=study, name=study.name)


def a_draft_deleted_under_another_name(travel) -> None:
    draft = factories.make_draft()
    services.delete_draft(actor=draft.created_by, study=draft, name="Another")


def amend(study: Study, change: Callable[[protocol.Document], object]) -> None:
    document = json.loads(json.dumps(study.protocols.get().document))
    change(document)
    amending.amend(
        actor=study.created_by,
        study=study,
        document=document,
        exams=[],
        readers=[],
        reason="It was wished for.",
        password=cast.PASSWORD,
    )


TABLE: list[tuple[Doing, type[Refused], str, str]] = [
    (a_file_that_contradicts_itself, BadInput, "twice in one arm", "Give the repetition an arm of its own"),
    (a_file_that_contradicts_itself, BadInput, "reads the same cases again", "give it a washout in hours"),
    (a_file_changed_after_its_export, BadInput, "changed after it was exported", "Take “sha256” out"),
    (a_case_without_a_map, Conflict, "has no Modic map, which an arm here shows", "run the mapping"),
    (a_reader_who_labelled, Conflict, "R2 labelled the data", "take another reader, or say in the protocol"),
    (nobody_reads, Conflict, "0 of 3 readers are enrolled", "name the others"),
    (no_reader_in_the_protocol, BadInput, "readers", "Here belongs: 2 to 200 readers"),
    (too_few_calibration_cases, Conflict, "asks for 15 calibration cases and 0 are chosen", "add 15"),
    (a_demo_clock_set_back, BadInput, "The clock moves forward", "by 1 to 366 days"),
    (a_deadline_that_has_passed, Conflict, "Period 1 would have closed already", "name a moment to come"),
    (a_deadline_amended_into_the_past, Conflict, "would close in the past", "name a moment to come"),
    (a_change_while_a_reader_is_mid_case, Conflict, "R2 has a case open", "Wait until it is handed in"),
    (a_question_changed_once_open, Conflict, "“question” is fixed", "Begin another study for it"),
    (cases_changed_once_open, Conflict, "The study is open", "only a draft can be changed"),
    (instructions_changed_without_a_reason, BadInput, "while readers read by them", "Say why"),
    (a_study_with_reads_deleted, Conflict, "reads are kept for ever", "End its reading by a lock instead"),
    (a_draft_deleted_under_another_name, BadInput, "nothing was deleted", "Write the study's name"),
]


@pytest.mark.parametrize(
    ("doing", "kind", "rule", "remedy"), TABLE, ids=[f"{row[0].__name__}: {row[3]}" for row in TABLE]
)
def test_bad_input_is_refused_with_its_rule_and_what_to_do(
    doing: Doing, kind: type[Refused], rule: str, remedy: str, travel, settings, tmp_path
) -> None:
    settings.DATA_DIR, settings.DEMO = tmp_path, doing is a_demo_clock_set_back
    with pytest.raises(kind) as refused:
        doing(travel)
    said = refused.value.detail
    assert refused.value.code
    assert rule in said
    assert remedy in said


def test_w7_a_server_clock_set_back_opens_nothing_and_the_wait_is_told(travel) -> None:
    """Not refused as input, for nobody enters it: what had opened closes again until its time."""
    reader = desk(factories.make_study(cases=1), 2)
    reader.read_one()
    travel.shift(timedelta(days=27))
    reader.sign_in_again()
    due = reader.next()
    assert due["status"] == "waiting"
    travel.shift(timedelta(days=-26))
    reader.sign_in_again()
    assert reader.next() == due


def test_who_labelled_the_training_data_may_read_where_the_protocol_says_why(travel) -> None:
    document = protocol.make()
    document["readers"][1]["labelled_training_data"] = True
    document["training_labellers"] = "Only three radiologists of this hospital read spines."
    assert opens(factories.make_draft(document=document)).state == "open"
