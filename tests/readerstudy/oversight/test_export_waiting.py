"""The verifier on amendments that wait for their time while others are signed (D1, W9, trust 20)."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from readerstudy.oversight import verify_study
from readerstudy.reads import pacing
from readerstudy.studies.selectors import protocol_of
from tests import cast, factories
from tests.readerstudy.oversight.test_export import export, findings, head
from tests.readerstudy.oversight.test_export_amended import Made, lock, read_on
from tests.readerstudy.reads.desk import Desk, desk
from tests.readerstudy.reads.test_amending import amend, new_exam, with_washout

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
LATER = datetime(2026, 3, 1, 18, tzinfo=UTC)
Facts = dict[str, Any]
_made: list[Made] = []


@pytest.fixture
def waited(request, tmp_path, tmp_path_factory) -> Made:
    """A copy of the export of a study whose second version waited, made once for all tests of this file."""
    if not _made:
        folder = live_and_export(request.getfixturevalue("travel"), tmp_path_factory.mktemp("waited"))
        _made.append(Made(folder, head()))
    return Made(shutil.copytree(_made[0].folder, tmp_path / "copy"), _made[0].head)


def live_and_export(travel, folder: Path) -> Path:
    """A cap that waits; a reader and a case join before it; it holds; a shorter washout; read to the end."""
    study = factories.make_study(cases=2)
    capped = protocol_of(study).document | {"pacing": {"cases_per_day": 2}}
    amend(study, document=capped, effective_at=LATER)
    travel.shift(timedelta(hours=2))
    person = cast.reader()
    amend(study, readers=[person], exams=[new_exam()])
    newcomer = Desk(study.enrolments.select_related("reader", "study").get(reader=person))
    read_on(newcomer)
    travel.move_to(LATER)
    amend(study, document=with_washout(study, 240))
    read_on(desk(study, 2))
    for _ in range(2):
        travel.shift(timedelta(days=10, hours=6))
        read_on(newcomer)
        read_on(desk(study, 2))
    lock(study)
    return export(study, folder / "export")


def test_w9_a_study_whose_amendment_waited_while_others_joined_holds(waited) -> None:
    assert findings(waited.folder, waited.head) == []
    facts = json.loads((waited.folder / "study.json").read_text())
    assert [one["version"] for one in facts["amendments"]] == [2, 3, 4, 5]
    versions = verify_study.versions_of(facts)
    until = versions[-1].event - 1
    assert "pacing" not in verify_study.in_force(versions, LATER - timedelta(seconds=1), until)
    assert verify_study.in_force(versions, LATER, until)["pacing"] == {"cases_per_day": 2}


def dropped(facts: Facts) -> None:
    """As if nobody had carried version 2 over."""
    facts["amendments"].pop(2)


def softened(facts: Facts) -> None:
    facts["amendments"][2]["document"]["pacing"] = {"cases_per_day": 9}


def put_off(facts: Facts) -> None:
    facts["amendments"][2]["effective_at"] = "2026-03-20T12:00:00+00:00"


CHANGES: dict[str, tuple[Callable[[Facts], object], str]] = {
    "what waited left out": (dropped, "version 2 was signed and never came into force"),
    "what waited softened": (softened, "version 4 does not carry over what version 2 states"),
    "what waited put off": (put_off, "version 4 does not carry over what version 2 states"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_trust_20_what_waited_can_not_be_lost_on_the_way(waited, change) -> None:
    spoil, said = CHANGES[change]
    facts = json.loads((waited.folder / "study.json").read_text())
    spoil(facts)
    (waited.folder / "study.json").write_text(json.dumps(facts))
    assert f"protocol: {said}" in findings(waited.folder, waited.head)


def test_w9_a_cap_that_had_begun_to_hold_is_checked(travel, tmp_path, monkeypatch) -> None:
    """What the application forgot after the time of effect is found; before it nothing was to be kept."""
    study = factories.make_study(cases=3)
    capped = protocol_of(study).document | {"pacing": {"cases_per_day": 1}}
    amend(study, document=capped, effective_at=LATER)
    amend(study, document=with_washout(study, 240))
    reader = desk(study, 2)
    reader.read_one()
    reader.read_one()
    travel.move_to(LATER)
    reader.sign_in_again()
    assert findings(export(study, tmp_path / "kept"), head()) == []
    reader.read_one()
    monkeypatch.setattr(pacing, "decide", lambda *args, **kwargs: None)
    other = desk(study, 3)
    other.read_one()
    assert any(
        one.startswith("pacing: reader 3") for one in findings(export(study, tmp_path / "not"), head())
    )
