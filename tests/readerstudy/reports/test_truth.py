"""The true grades of a study: handed in as a file, kept with their source, frozen with the lock."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse

from annotations.agreement.plan import Plan
from annotations.agreement.readings import read_table
from readerstudy.accounts.states import Role
from readerstudy.audit.models import Event
from readerstudy.common.errors import BadInput, Conflict, NotThere, Refused
from readerstudy.reports import dataset, selectors, services
from readerstudy.reports.models import Truth
from readerstudy.reports.truth import parse_truth, render_truth
from tests import cast
from tests.factories import make_draft
from tests.readerstudy.reports.conftest import MEANING, PASSWORD, table3_like

SOURCE = "Two of the four readers of the atlas in consensus, from T1 and T2, blinded to all readings"


def truth_rows(study, *, pseudonyms=False):
    """The first reader's later grades as truth, case by case."""
    grades = table3_like()
    return {
        (
            case.exam.pseudonym if pseudonyms else f"C{case.number:03d}",
            site["level"],
            site["half"],
        ): grades[(case.number, 1, "initial", site["level"], site["half"])]
        for case in study.cases.select_related("exam")
        for site in study.protocols.get().document["question"]["sites"]
    }


def state(study, person, rows=None, source=SOURCE):
    table = render_truth(truth_rows(study) if rows is None else rows)
    return services.state_truth(study_id=study.pk, person=person, data=table.encode(), source=source)


def lock(study, person):
    return services.lock_study(study_id=study.pk, person=person, password=PASSWORD, meaning=MEANING)


def test_truth_is_kept_whole_hashed_and_logged_without_a_grade(open_study, coordinator):
    truth = state(open_study, coordinator)
    assert (truth.number, truth.halves, truth.after_lock) == (1, len(truth_rows(open_study)), False)
    assert truth.sha256 == dataset.sha256(truth.table)
    assert parse_truth(truth.table) == truth_rows(open_study)
    event = Event.objects.get(action="study.truth-stated")
    assert set(event.after) == {"number", "sha256", "halves", "after_lock"}
    assert event.reason == SOURCE


def test_names_may_be_pseudonyms_and_only_what_is_known_needs_a_line(open_study, coordinator):
    rows = dict(list(truth_rows(open_study, pseudonyms=True).items())[:5])
    truth = state(open_study, coordinator, rows)
    assert truth.halves == 5
    assert truth.table.count("\n") == 1 + len(truth_rows(open_study))
    assert set(parse_truth(truth.table)) == set(list(truth_rows(open_study))[:5])


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("exam,level,half\nC001,L1,upper\n", "no column truth"),
        ("exam,level,half,truth\nC001,L1,upper,\n", "truth of no half"),
        ("exam,level,half,truth\nC999,L1,upper,1\nC001,L1,upper,1\n", "line 2"),
        ("exam,level,half,truth\nC001,L1,middle,1\n", "no half that is graded (line 2)"),
        ("exam,level,half,truth\nC001,L1,upper,1\nC001,L1,lower,7\n", "no grade of the protocol (line 3)"),
        ("exam,level,half,truth\nC001,L1,upper,1\nC001,L1,upper,1\n", "twice (lines 2, 3)"),
        ("exam,level,half,truth\nC001,L1,upper,1,5\n", "rows do not have 4 cells: line 2"),
        ("", "file is empty"),
    ],
)
def test_a_bad_file_is_refused_by_its_lines_and_nothing_is_kept(open_study, coordinator, table, said):
    with pytest.raises(BadInput) as refused:
        services.state_truth(study_id=open_study.pk, person=coordinator, data=table.encode(), source=SOURCE)
    assert said in refused.value.detail
    assert "Nothing was kept" in refused.value.detail
    assert not Truth.objects.exists()


def test_semicolons_capitals_and_windows_letters_are_read(open_study, coordinator):
    table = "Exam;Level;Half;Truth;Remark\r\nC001;l1;Upper;2;Befund \xe4lter\r\n".encode("cp1252")
    truth = services.state_truth(study_id=open_study.pk, person=coordinator, data=table, source=SOURCE)
    assert parse_truth(truth.table) == {("C001", "L1", "upper"): 2}


def test_who_may_state_it_and_when(open_study, coordinator):
    for role in set(Role) - {Role.COORDINATOR}:
        with pytest.raises(Refused):
            state(open_study, cast.person(role))
    with pytest.raises(BadInput, match="how this truth was made"):
        state(open_study, coordinator, source="me")
    with pytest.raises(Conflict):
        state(make_draft(actor=coordinator), coordinator, {("C001", "L1", "upper"): 1})
    with pytest.raises(NotThere):
        services.state_truth(
            study_id="00000000-0000-4000-8000-000000000000", person=coordinator, data=b"", source=SOURCE
        )


def test_the_last_statement_before_the_lock_is_frozen_and_reported(finished_study, coordinator):
    state(finished_study, coordinator, {("C001", "L1", "upper"): 3})
    last = state(finished_study, coordinator)
    result = json.loads(lock(finished_study, coordinator).result)
    assert result["truth"]["number"] == 2
    assert result["truth"]["sha256"] == last.sha256
    accuracy = result["agreement"]["sections"]["accuracy"]
    assert {row["who"] for row in accuracy["rows"]} >= {"R1", "R2", "R3"}
    overall = {
        (row["who"], row["arm"]): row["measures"]["accuracy"]["wald"]["estimate"]
        for row in accuracy["rows"]
        if row["group"] == "overall"
    }
    assert overall[("R1", "unaided")] == 1.0
    assert {row["metric"] for row in accuracy["readers_compared"]} == {"sensitivity", "specificity"}
    page = cast.signed_in(coordinator).get(reverse("reports:report", args=[finished_study.pk]))
    assert SOURCE in page.content.decode()


def test_truth_stated_after_the_lock_changes_nothing_that_is_frozen(analysis, coordinator):
    study, before = analysis.lock.study, analysis.result
    assert json.loads(before)["truth"] is None
    assert "truth" in json.loads(before)["agreement"]["sections"]["accuracy"]["left_out"]
    assert state(study, coordinator).after_lock
    analysis.refresh_from_db()
    assert analysis.result == before
    assert selectors.analysis_for(coordinator, study.pk).result == before


@pytest.mark.both_databases
def test_what_was_stated_can_neither_be_changed_nor_removed(open_study, coordinator):
    truth = state(open_study, coordinator)
    for write in (lambda: Truth.objects.update(source="another"), lambda: truth.delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            write()


def test_the_page_takes_the_filled_template(open_study, coordinator):
    browser = cast.signed_in(coordinator)
    where = reverse("reports:truth", args=[open_study.pk])
    assert "None was stated" in browser.get(where).content.decode()
    template = browser.get(reverse("reports:truth-template", args=[open_study.pk])).content.decode()
    lines = template.splitlines()
    assert lines[0] == "exam,level,half,truth"
    assert len(lines) == 1 + len(truth_rows(open_study))
    filled = "\r\n".join([lines[0], *(line + "0" for line in lines[1:])])
    file = SimpleUploadedFile("truth.csv", filled.encode())
    assert browser.post(where, {"file": file, "source": SOURCE}).status_code == 302
    page = browser.get(where).content.decode()
    assert SOURCE in page
    assert Truth.objects.get().sha256 in page
    bad = SimpleUploadedFile("truth.csv", b"exam,level,half,truth\nC001,L9,upper,1\n")
    refused = browser.post(where, {"file": bad, "source": SOURCE})
    assert refused.status_code == 400
    assert "line 2" in refused.content.decode()
    assert browser.post(where, {}).status_code == 400


def test_nobody_else_reaches_the_page(open_study):
    for role in set(Role) - {Role.COORDINATOR}:
        browser = cast.signed_in(cast.person(role))
        for name in ("truth", "truth-template"):
            assert browser.get(reverse(f"reports:{name}", args=[open_study.pk])).status_code == 403, role


def test_a_frozen_table_without_truth_leaves_accuracy_out(analysis):
    frame = dataset.parse(analysis.lock.dataset)
    assert set(frame["truth"]) == {""}
    readings = read_table(frame, Plan.from_json(json.loads(analysis.result)["agreement"]["plan"]))
    assert readings.truth is None
