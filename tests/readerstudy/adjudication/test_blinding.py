"""An adjudicator at every route there is: nothing of what a reader or the AI said, in any byte."""

import pytest

from readerstudy.adjudication import services
from readerstudy.exams.models import Sighting
from readerstudy.predictions.models import ModicMap
from readerstudy.studies.models import Study
from readerstudy.studies.services import open_study
from tests import factories
from tests.readerstudy.adjudication.conftest import Adjudicator, lock, read_all
from tests.readerstudy.conftest import CANARY
from tests.readerstudy.reads.desk import answers_to
from tests.readerstudy.reads.test_walk import ROUTES, ask, urls

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(1200)]


@pytest.fixture
def marked_study(coordinator, adjudicators) -> Study:
    """Locked, every map and comment of it marked."""
    draft = factories.make_draft(cases=4, actor=coordinator)
    for case in draft.cases.all():
        factories.make_map(case.exam, canary=CANARY)
    study = open_study(actor=coordinator, study=draft)
    read_all(study)
    lock(study, coordinator)
    services.open_adjudication(
        actor=coordinator, study_id=study.pk, adjudicators=adjudicators, takes_agreed=False
    )
    return Study.objects.get(pk=study.pk)


def marks_of(study: Study) -> list[str]:
    """What tells of a reader, of a read, of the AI, or which case it is."""
    readers = [enrolment.reader.username for enrolment in study.enrolments.all()]
    maps = list(ModicMap.objects.values_list("sha256", flat=True))
    reads = [str(read) for read in study.enrolments.values_list("assignments__read__pk", flat=True) if read]
    cases = list(study.cases.values_list("exam__pseudonym", flat=True))
    return [CANARY, *readers, *maps, *reads, *cases]


@pytest.mark.parametrize("moment", ["alone", "together"])
def test_trust_2_no_route_tells_an_adjudicator_what_was_said(
    marked_study, adjudicators, stand_in_images, stand_in_maps, moment: str
) -> None:
    adjudication = marked_study.locks.get().adjudications.get()
    desks = [Adjudicator(person, adjudication) for person in adjudicators]
    first, second = desks
    if moment == "together":
        first.decide_all(grade=1)
        second.decide_all(grade=2)
        first.together = True
    own, theirs = first.open(), (None if moment == "together" else second.open())
    known = ids_of(marked_study, own, theirs)
    other = [str(marked_study.pk)]
    found, asked, marks = [], 0, marks_of(marked_study)
    for template, converters in ROUTES:
        for url, _ in urls(template, converters, lambda name: known.get(name, other)):
            for method in ("get", "post"):
                said = ask(first, method, url)
                asked += 1
                assert "Traceback" not in said, url
                found += [(method, url, mark) for mark in marks if mark in said.replace(url, "")]
    assert found == []
    assert asked > 100


def ids_of(study: Study, own: dict, theirs: dict | None) -> dict[str, list[str]]:
    """What there is, by the name of a route's parameter."""
    case, enrolment = study.cases.all()[0], study.enrolments.get(index=2)
    return {
        "study_id": [str(study.pk)],
        "exam_id": [str(case.exam_id)],
        "enrolment_id": [str(enrolment.pk)],
        "read_id": [str(enrolment.assignments.values_list("read__pk", flat=True)[0])],
        "map_id": [str(case.modic_map_id)],
        "run_id": [str(case.modic_map.run_id)],
        "adjudication_id": [str(study.locks.get().adjudications.get().pk)],
        "opinion_id": [own["id"], *([theirs["id"]] if theirs else [])],
    }


def test_trust_2_the_same_is_sent_whatever_was_said_and_found(
    marked_study, adjudicators, stand_in_images
) -> None:
    """Everything of a case that an adjudicator gets names no grade, arm or map: it is read off its fields."""
    desk = Adjudicator(adjudicators[0], marked_study.locks.get().adjudications.get())
    read = desk.open()
    told = {name for name, value in read.items() if value not in (None, [], "", False)}
    assert told == {
        "id",
        "state",
        "period",
        "position",
        "total",
        "synthetic",
        "sites",
        "grades",
        "not_gradable_reasons",
        "levels",
        "images",
        "part",
        "lease",
        "draft_url",
        "submit_url",
    } | ({"version"} if read["version"] else set())
    assert read["answers"] == []
    assert read["period"] == {"number": 0, "name": "Adjudication", "arm": "unaided"}


def test_what_was_handed_in_is_not_sent_again(marked_study, adjudicators, stand_in_images) -> None:
    desk = Adjudicator(adjudicators[0], marked_study.locks.get().adjudications.get())
    read = desk.open()
    assert desk.post_submit(read, answers_to(read)).status_code == 200
    for kind in ("t1", "t2"):
        assert desk.client.get(read["images"][kind]["frame_urls"][0]).status_code == 409
        assert desk.client.get(read["images"][kind]["metadata_url"]).status_code == 409
    assert not Sighting.objects.exists()
