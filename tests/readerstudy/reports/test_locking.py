import hashlib
import json

import pytest
from django.db import DatabaseError, transaction

from readerstudy.accounts.states import Role
from readerstudy.audit.models import Event
from readerstudy.common.errors import BadInput, Conflict, NotThere, Refused
from readerstudy.reads.models import Read
from readerstudy.reports import dataset, services
from readerstudy.reports.models import Analysis, Lock
from readerstudy.reports.services import locking
from readerstudy.studies.models import Study
from readerstudy.studies.states import StudyState
from tests import cast
from tests.readerstudy.reports.conftest import MEANING, PASSWORD, read_all, submit


def lock(study, person, **changes):
    wishes = {"password": PASSWORD, "meaning": MEANING} | changes
    return services.lock_study(study_id=study.pk, person=person, **wishes)


def nothing_happened(study):
    assert Study.objects.get(pk=study.pk).state == StudyState.OPEN
    assert not Lock.objects.exists()
    assert not Analysis.objects.exists()


def test_locking_freezes_data_and_result_and_says_so_in_the_audit(analysis, coordinator):
    locked = analysis.lock
    study = Study.objects.get(pk=locked.study_id)
    assert study.state == StudyState.LOCKED
    assert (locked.signed_by, locked.meaning, locked.signed_at) == (coordinator, MEANING, study.locked_at)
    assert locked.dataset_sha256 == hashlib.sha256(locked.dataset.encode()).hexdigest()
    assert analysis.sha256 == hashlib.sha256(analysis.result.encode()).hexdigest()
    result = json.loads(analysis.result)
    assert result["dataset_sha256"] == result["agreement"]["dataset"]["sha256"] == locked.dataset_sha256
    assert result["study"]["order_seed"] == study.seed
    assert locked.dataset.count("\r\n") == 1 + 1200
    signed = Event.objects.get(action="study.lock-signed")
    assert signed.actor_id == coordinator.pk
    assert signed.after["dataset_sha256"] == locked.dataset_sha256
    assert Event.objects.get(action="study.analysed").after["sha256"] == analysis.sha256


def test_the_signature_needs_the_right_password_and_a_wrong_one_is_logged(finished_study, coordinator):
    with pytest.raises(Refused, match="password"):
        lock(finished_study, coordinator, password="something else")
    nothing_happened(finished_study)
    assert Event.objects.filter(action="study.lock-signature-refused", actor_id=coordinator.pk).count() == 1


def test_only_the_coordinator_locks(finished_study):
    for role in (role for role in Role if role != Role.COORDINATOR):
        with pytest.raises(Refused) as refusal:
            lock(finished_study, cast.person(role))
        assert refusal.value.code == "role"
    nothing_happened(finished_study)


def test_a_signature_without_a_known_meaning_is_refused(finished_study, coordinator):
    with pytest.raises(BadInput, match="what your signature means"):
        lock(finished_study, coordinator, meaning="whatever")
    nothing_happened(finished_study)


def test_missing_reads_are_named_and_accepted_only_with_a_reason(open_study, coordinator):
    read_all(open_study, leave_out=3)
    with pytest.raises(BadInput, match=r"3 of 100 reads are missing \(R3 in Assisted: 3\)"):
        lock(open_study, coordinator)
    with pytest.raises(BadInput):
        lock(open_study, coordinator, reason="   ")
    nothing_happened(open_study)
    analysis = lock(open_study, coordinator, reason="The third reader left.")
    assert analysis.lock.flow["missing"] == 3
    assert analysis.lock.reason == "The third reader left."
    agreement = json.loads(analysis.result)["agreement"]
    by_pair = {tuple(p["readers"]): p for p in agreement["pairs"]}
    assert by_pair["R1", "R2"]["n_exams"] == 20
    assert by_pair["R1", "R3"]["n_exams"] == 17
    assert by_pair["R1", "R3"]["left_out"]["by_reason"] == [
        {"reader": "R3", "arm": "assisted", "reason": "not read", "units": 36}
    ]


def test_a_study_in_which_nothing_was_read_locks_with_a_report_that_says_so(open_study, coordinator):
    result = json.loads(lock(open_study, coordinator, reason="Abandoned.").result)
    assert "could not be estimated" in result["agreement"]["verdict"]


def test_drafts_are_never_data(open_study, coordinator):
    assignment = open_study.enrolments.get(index=1).assignments.first()
    answer = {"level": "L1", "half": "upper", "grade": 3, "not_gradable": None, "in_bulk": False}
    Read.objects.create(assignment=assignment, opened_at=open_study.opened_at, state="draft", draft=[answer])
    analysis = lock(open_study, coordinator, reason="Abandoned.")
    assert not dataset.parse(analysis.lock.dataset)["grade"].notna().any()


def test_a_study_is_locked_once_and_a_draft_never(analysis, coordinator):
    with pytest.raises(Conflict, match="this one is locked"):
        lock(analysis.lock.study, coordinator)
    assert Lock.objects.count() == 1


def test_a_study_that_is_not_there_is_not_there(coordinator):
    with pytest.raises(NotThere):
        services.lock_study(study_id="0" * 32, person=coordinator, password=PASSWORD, meaning=MEANING)


def test_where_nothing_is_left_to_analyse_nothing_is_locked_and_it_says_so(
    finished_study, coordinator, monkeypatch
):
    monkeypatch.setattr(dataset, "analysed", lambda rows, chosen: rows.iloc[:0])
    with pytest.raises(BadInput, match="nothing to lock") as caught:
        lock(finished_study, coordinator)
    assert caught.value.code == "nothing-analysed"
    nothing_happened(finished_study)


def test_a_failing_analysis_leaves_the_study_open(finished_study, coordinator, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("made to fail")

    monkeypatch.setattr(locking, "analyse", fail)
    with pytest.raises(RuntimeError):
        lock(finished_study, coordinator)
    nothing_happened(finished_study)
    assert not Event.objects.filter(action__in=["study.locked", "study.lock-signed"]).exists()


@pytest.mark.parametrize("frozen", [Lock, Analysis])
def test_what_is_frozen_cannot_be_changed_or_deleted_in_the_database(analysis, frozen):
    field = "dataset" if frozen is Lock else "result"
    changes = (
        lambda: frozen.objects.update(**{field: "other"}),
        lambda: frozen.objects.all()._raw_delete("default"),
    )
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert frozen.objects.exclude(**{field: "other"}).count() == 1


def test_not_gradable_and_set_in_bulk_reach_the_data_and_the_report(open_study, coordinator):
    assignment = open_study.enrolments.get(index=2).assignments.filter(period__number=1).first()
    submit(
        assignment,
        [
            {"level": "L1", "half": "upper", "grade": None, "not_gradable": "artefact"},
            {"level": "L1", "half": "lower", "grade": 0, "in_bulk": True},
        ],
    )
    analysis = lock(open_study, coordinator, reason="A test of two answers.")
    rows = dataset.parse(analysis.lock.dataset)
    answered = rows[(rows["not_gradable"] != "") | rows["grade"].notna()]
    assert answered[["not_gradable", "in_bulk"]].to_numpy().tolist() == [["artefact", False], ["", True]]
    readers = json.loads(analysis.result)["agreement"]["readers"]
    reader = next(r for r in readers if (r["reader"], r["arm"]) == ("R2", "unaided"))
    assert (reader["not_gradable"], reader["in_bulk"], reader["grades"][0]) == (1, 1, 1)
    assert reader["left_out"]["not gradable: artefact"] == 1
