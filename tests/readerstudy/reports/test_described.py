"""What readers say of themselves and which cases left the study, in the report."""

import io
import json
import zipfile

from annotations.vocabulary import SITES_12
from readerstudy.accounts import services as accounts
from readerstudy.accounts.states import Specialty
from readerstudy.preparation.models import CalibrationRead
from readerstudy.preparation.services import calibration
from readerstudy.preparation.states import Measure
from readerstudy.reports import documents, selectors, services
from readerstudy.reports.tables import readers_table, readers_words
from readerstudy.studies import services as studies
from readerstudy.studies.services import casework
from readerstudy.studies.states import WithdrawalReason
from tests.factories import make_draft, make_exam
from tests.readerstudy.reports.conftest import MEANING, PASSWORD

SITES = [{"level": site.level.value, "half": site.half.value} for site in SITES_12]
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
    assert "R2,neuroradiology,12,none,15 cases with feedback,none declared,none asked for" in table
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


def test_how_calibration_went_stands_beside_the_profile(coordinator):
    draft = make_draft(cases=20, actor=coordinator)
    rule = {"measure": Measure.AGREEMENT, "threshold": 0.9, "attempts": 2}
    calibration.set_rule(actor=coordinator, study=draft, **rule)
    case = calibration.add_case(
        actor=coordinator, study=draft, exam=make_exam(), answers=[{**site, "grade": 0} for site in SITES]
    )
    study = studies.open_study(actor=coordinator, study=draft)
    read = {"case": case, "attempt": 1, "state": "submitted", "draft": case.answers}
    now = study.opened_at
    CalibrationRead.objects.create(
        enrolment=study.enrolments.get(index=2), opened_at=now, submitted_at=now, **read
    )
    rows = {row["reader"]: row["calibration"] for row in selectors.readers_described(study)}
    assert rows == {"R1": "to do", "R2": "passed (1.00)", "R3": "to do"}
    assert readers_table(selectors.readers_described(study)).rows[1][-1] == "passed (1.00)"
