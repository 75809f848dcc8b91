"""A protocol that states calibration: its rule holds, and the study opens with as many cases as it says."""

import pytest

from readerstudy.common.errors import Conflict
from readerstudy.preparation.models import Calibration
from readerstudy.preparation.services import calibration as services
from readerstudy.preparation.states import Measure
from readerstudy.reports.selectors import readers_described
from readerstudy.studies import protocol
from readerstudy.studies import services as studies
from readerstudy.studies.models import Study
from tests import cast, factories
from tests.readerstudy.preparation.test_calibration import Trainee

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def stating(**changes) -> protocol.Document:
    document = protocol.make("calibration-main")
    return document | {"calibration": document["calibration"] | {"cases": 2, **changes}}


@pytest.fixture
def draft() -> Study:
    return factories.make_draft(document=stating())


def test_the_papers_fifteen_cases_come_first() -> None:
    stated = protocol.make("calibration-main")["calibration"]
    assert stated == {"cases": 15, "measure": "agreement", "threshold": 0.8, "attempts": 2}


@pytest.mark.parametrize(("cases", "remedy"), [(3, "2 are chosen: add 1"), (1, "2 are chosen: take 1 out")])
def test_a_study_opens_with_as_many_cases_as_its_protocol_says(draft, cases: int, remedy: str) -> None:
    studies.set_protocol(actor=draft.created_by, study=draft, document=stating(cases=cases))
    with pytest.raises(Conflict, match=f"asks for {cases} calibration cases and {remedy}"):
        studies.open_study(actor=draft.created_by, study=draft)


def test_the_rule_is_the_protocols_and_follows_it_until_the_study_opens(draft) -> None:
    assert Calibration.objects.get().rule.threshold == 0.8
    with pytest.raises(Conflict, match="change it in its editor"):
        services.set_rule(
            actor=draft.created_by, study=draft, measure=Measure.KAPPA, threshold=0.1, attempts=9
        )
    changed = stating(measure="kappa", threshold=0.6, attempts=3)
    studies.set_protocol(actor=draft.created_by, study=draft, document=changed)
    held = Calibration.objects.get().rule
    assert (held.measure, held.threshold, held.attempts) == (Measure.KAPPA, 0.6, 3)
    page = cast.signed_in(draft.created_by).get(f"/studies/{draft.pk}/calibration/").content.decode()
    assert "The protocol asks for 2 cases" in page
    assert "Ask for calibration" not in page


def test_calibration_and_then_the_main_study(draft) -> None:
    study = studies.open_study(actor=draft.created_by, study=draft)
    assert study.protocols.get().document["calibration"]["cases"] == 2
    reader = Trainee(study.enrolments.select_related("reader", "study").get(index=1))
    assert reader.study_next().json()["code"] == "calibration"
    for _ in range(2):
        reader.calibrate(right=False)
    assert reader.study_next().json()["status"] == "reading", "nothing but zeros was right"
    assert readers_described(study)[0]["calibration"] == "passed (1.00)"


def test_a_protocol_that_states_none_leaves_it_to_the_calibration_page(draft) -> None:
    studies.set_protocol(actor=draft.created_by, study=draft, document=protocol.make())
    services.set_rule(actor=draft.created_by, study=draft, measure=Measure.KAPPA, threshold=0.5, attempts=1)
    assert Calibration.objects.get().rule.threshold == 0.5
