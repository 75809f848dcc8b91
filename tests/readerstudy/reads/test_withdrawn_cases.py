"""A case that left the study: offered to nobody, not missing, its reads kept and left out."""

import pytest

from readerstudy.audit.models import Event
from readerstudy.reads.models import Grade, Read
from readerstudy.reports import dataset, selectors
from readerstudy.studies.models import Study
from readerstudy.studies.selectors import protocol_of
from readerstudy.studies.services import casework
from readerstudy.studies.states import WithdrawalReason
from tests.readerstudy.reads.desk import Desk, answers_to, desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(study) -> Desk:
    return desk(study, 2)


def withdraw(study: Study, case_id: int) -> None:
    casework.withdraw_case(
        actor=study.created_by,
        study=study,
        case_id=case_id,
        reason=WithdrawalReason.IMAGES,
        words="T2 ends above L4.",
    )


def case_of(read: dict) -> int:
    return Read.objects.get(pk=read["id"]).assignment.case_id


def test_an_open_read_of_it_ends_and_the_next_case_follows(study, reader: Desk) -> None:
    read = reader.open()
    reader.put_draft(read, answers_to(read, leave_out=6))
    withdraw(study, case_of(read))
    assert reader.client.get(read["images"]["t1"]["frame_urls"][0]).status_code == 409
    for answer in (
        reader.put_draft(read, answers_to(read), version=1),
        reader.post_submit(read, answers_to(read), version=1),
    ):
        assert answer.status_code == 409
        assert answer.json()["code"] == "withdrawn"
        assert "go on with the next" in answer.json()["detail"]
    following = reader.open()
    assert case_of(following) != case_of(read)
    assert len(Read.objects.get(pk=read["id"]).draft) == 6, "what was entered is kept"
    assert Event.objects.filter(action="read.refused", after__rule="withdrawn").count() == 3


def test_it_is_offered_to_nobody_and_not_missing(study, reader: Desk) -> None:
    withdraw(study, study.cases.get(number=1).pk)
    read = reader.read_one()
    assert case_of(read) == study.cases.get(number=2).pk
    assert reader.next()["status"] in ("waiting", "complete")
    assert "1 of 1 cases read" in reader.client.get("/read/").content.decode()
    slot = next(s for s in selectors.slots_of(study) if (s.reader, s.period) == ("R2", 1))
    assert (slot.assigned, slot.submitted) == (1, 1)


def test_reads_of_it_are_kept_exported_with_the_reason_and_not_analysed(study, reader: Desk) -> None:
    first = reader.read_one(grade=2)
    reader.read_one()
    withdraw(study, case_of(first))
    assert Grade.objects.filter(read=first["id"]).count() == 12
    document = protocol_of(study).document
    exported = dataset.render(selectors.dataset_rows(study, document), synthetic=True)
    assert exported.count("images of no use") == 12 * 5, "every assigned read of it"
    analysed = dataset.parse(exported)
    assert set(analysed["exam"]) == {selectors.case_name(study.cases.exclude(pk=case_of(first)).get().number)}
    (withdrawn,) = selectors.withdrawn_cases(study)
    assert (withdrawn["reason"], withdrawn["reads"]) == ("images of no use", 1)
