"""What readers say of themselves and which cases left the study, in the report."""

import io
import json
import zipfile

from readerstudy.accounts import services as accounts
from readerstudy.accounts.states import Specialty
from readerstudy.reports import documents, services
from readerstudy.reports.tables import readers_words
from readerstudy.studies import casework
from readerstudy.studies.states import WithdrawalReason
from tests.readerstudy.reports.conftest import MEANING, PASSWORD

SAID = {"fellowship": "", "training": "15 cases with feedback", "conflicts": ""}


def test_readers_are_described_as_they_stated_it_and_never_named(finished_study, coordinator):
    who = finished_study.enrolments.get(index=2).reader
    accounts.state_profile(user=who, specialty=Specialty.NEURORADIOLOGY, years=12, **SAID)
    analysis = services.lock_study(
        study_id=finished_study.pk, person=coordinator, password=PASSWORD, meaning=MEANING
    )
    accounts.state_profile(user=who, specialty=Specialty.NEURORADIOLOGY, years=40, **SAID)
    with zipfile.ZipFile(io.BytesIO(documents.crate(analysis.result, analysis.lock.dataset))) as crate:
        table = crate.read("tables/described.csv").decode()
        grras = crate.read("checklists/grras.md").decode()
    assert "R2,neuroradiology,12,none,15 cases with feedback,none declared" in table
    assert "R1,not stated,not stated" in table
    assert "R2: neuroradiology, 12 years of spine MRI; fellowship: none" in grras
    assert "Not stated: R1, R3." in grras
    page = documents.html(analysis.result)
    assert "Readers, as they describe themselves" in page
    assert who.username not in table + grras + page


def test_where_no_reader_stated_anything_the_checklist_keeps_its_gap():
    assert readers_words([{"reader": "R1", "profile": None}]) == ""


def test_a_withdrawn_case_stands_on_the_first_page_and_in_a_table_and_not_in_the_counts(
    finished_study, coordinator
):
    case = finished_study.cases.get(number=3)
    casework.withdraw_case(
        actor=coordinator,
        study=finished_study,
        case_id=case.pk,
        reason=WithdrawalReason.CONSENT,
        words="Letter of the clinic.",
    )
    analysis = services.lock_study(
        study_id=finished_study.pk, person=coordinator, password=PASSWORD, meaning=MEANING
    )
    page = documents.html(analysis.result)
    assert "C003 (consent withdrawn, 5 reads)" in page
    assert "Letter of the clinic." in page
    assert json.loads(analysis.result)["agreement"]["dataset"]["exams"] == 19
