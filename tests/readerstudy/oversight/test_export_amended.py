"""The verifier on what protocols may say: amendments, sham maps, mornings, events it does not know (W9)."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from readerstudy.audit import services as events
from readerstudy.exams.sightings import note_sighting
from readerstudy.exams.states import Occasion
from readerstudy.oversight import verify_study
from readerstudy.studies import protocol
from readerstudy.studies import services as studies
from readerstudy.studies.models import Study
from readerstudy.studies.selectors import protocol_of
from tests import cast, factories
from tests.readerstudy.oversight.test_export import edited, export, findings, head, own, rehashed
from tests.readerstudy.reads.desk import Desk, desk
from tests.readerstudy.reads.test_amending import amend, new_exam, with_washout

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
Facts = dict[str, Any]


def lock(study: Study) -> None:
    study.refresh_from_db()
    studies.lock_study(actor=study.created_by, study=study)
    study.refresh_from_db()


def read_on(reader: Desk) -> None:
    """Everything that is open now, with the map where there is one."""
    reader.sign_in_again()
    while reader.next()["status"] == "reading":
        reader.read_one()


@dataclass(frozen=True)
class Made:
    """An export, unpacked, and the head of its chain."""

    folder: Path
    head: tuple[int, str]


_made: list[Made] = []


@pytest.fixture
def amended(request, tmp_path, tmp_path_factory) -> Made:
    """A copy of an amended study's export, which is made once for all tests of this file."""
    if not _made:
        study, travel = (request.getfixturevalue(name) for name in ("study", "travel"))
        folder = live_and_export(study, travel, tmp_path_factory.mktemp("amended"))
        _made.append(Made(folder, head()))
    return Made(shutil.copytree(_made[0].folder, tmp_path / "copy"), _made[0].head)


def live_and_export(study: Study, travel, folder: Path) -> Path:
    """Half read; a shorter washout; three cases and a reader more; two cases more; read to the end."""
    first = desk(study, 2)
    first.read_one()
    travel.shift(timedelta(hours=2))
    amend(study, document=with_washout(study, 240))
    person = cast.reader()
    amend(study, exams=[new_exam() for _ in range(3)], readers=[person])
    travel.shift(timedelta(hours=2))
    amend(study, exams=[new_exam() for _ in range(2)])
    readers = [first, Desk(study.enrolments.select_related("reader", "study").get(reader=person))]
    for reader in readers:
        read_on(reader)
    travel.shift(timedelta(days=11))
    for reader in readers:
        read_on(reader)
    lock(study)
    return export(study, folder / "export")


def test_w9_an_amended_study_holds_with_its_blocks_of_added_cases(amended) -> None:
    assert findings(amended.folder, amended.head) == []
    facts = json.loads((amended.folder / "study.json").read_text())
    assert [one["version"] for one in facts["amendments"]] == [2, 3, 4]
    assert len(facts["order"]) == (1 + 2 + 2 + 2) * (2 + 3 + 2)
    stated = json.loads((amended.folder / "washout-certificate.json").read_text())
    assert stated["kept"] is True
    assert {row["required_days"] for row in stated["gaps"]} == {10}
    assert [row["required"][1]["washout_hours"] for row in stated["amended"]] == [240, 240, 240]


def renamed_arm(facts: Facts) -> None:
    facts["amendments"][0]["document"]["arms"][1]["name"] = "aided"


def later_effect(facts: Facts) -> None:
    facts["amendments"][0]["effective_at"] = "2026-03-20T12:00:00+00:00"


def all_later(facts: Facts) -> None:
    for amendment in facts["amendments"]:
        amendment |= {"at_once": False, "effective_at": "2026-03-20T12:00:00+00:00"}


def at_once_no_more(facts: Facts) -> None:
    facts["amendments"][0]["at_once"] = False


def signed_later(facts: Facts) -> None:
    facts["amendments"][0]["event"] += 1


def added_by_another(facts: Facts) -> None:
    facts["amendments"][1]["document"]["cases"][-1]["added_by"] = 2


def exchanged_places(facts: Facts) -> None:
    """Two of the cases that version 3 added, in one reader's first period."""
    rows = [row for row in facts["order"] if (row["reader"], row["period"]) == (1, 1)]
    rows[2]["case"], rows[3]["case"] = rows[3]["case"], rows[2]["case"]


CHANGES: dict[str, tuple[Callable[[Facts], object], str]] = {
    "an amendment left out": (lambda s: s["amendments"].pop(), "version 4 was signed and is left out"),
    "an arm renamed": (renamed_arm, "version 2 rewrites arms"),
    "a longer washout": (
        lambda s: s["amendments"][0]["document"]["periods"][1].update(washout_hours=672),
        "version 2: its document does not match its hash",
    ),
    "another time of effect": (later_effect, "version 2 took effect at another time"),
    "an amendment that was to wait": (at_once_no_more, "version 2 took effect at another time"),
    "an amendment signed later": (signed_later, "version 2 is not the one that was signed"),
    "a case taken out": (
        lambda s: s["amendments"][1]["document"]["cases"].pop(0),
        "version 3 rewrites the cases before it",
    ),
    "a case of another version": (added_by_another, "version 3 rewrites which version added a case"),
    "added cases in another order": (exchanged_places, "reader 1, period 1, position 3, part 1: not what"),
    "amendments that came after the gaps": (all_later, "where 672 h were due"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_trust_20_every_change_of_an_amendment_is_found(amended, change) -> None:
    spoil, said = CHANGES[change]
    facts = json.loads((amended.folder / "study.json").read_text())
    spoil(facts)
    (amended.folder / "study.json").write_text(json.dumps(facts))
    found = findings(amended.folder, amended.head)
    assert any(said in one for one in found), found
    assert "files: study.json is not the file that was exported" in found


def test_trust_20_an_amendment_whose_signing_was_rewritten_is_found(amended) -> None:
    edited(
        amended.folder,
        lambda lines: lines.__setitem__(
            own(lines, "study.amended"), rehashed(lines[own(lines, "study.amended")], "2026-03", "2026-02")
        ),
    )
    found = findings(amended.folder, amended.head)
    assert any(one.startswith("chain") for one in found)
    assert any("took effect at another time" in one for one in found)


def test_w9_a_certificate_that_tells_other_gaps_is_found(amended) -> None:
    path = amended.folder / "washout-certificate.json"
    stated = json.loads(path.read_text())
    stated["gaps"].pop()
    path.write_text(json.dumps(stated))
    assert "washout: the certificate does not tell the gaps that were" in findings(
        amended.folder, amended.head
    )


def test_w9_by_a_clock_that_was_set_back_a_version_holds_from_its_signing_on(study, travel, tmp_path) -> None:
    """A cap signed at an earlier time than what came before it, a shorter washout at a later one than what
    came after it, and another version at an earlier time than the one that it is put on."""
    reader = desk(study, 2)
    read_on(reader)
    travel.shift(-timedelta(hours=2))
    amend(study, document=protocol_of(study).document | {"pacing": {"cases_per_day": 1}})
    travel.shift(timedelta(days=11))
    amend(study, document=with_washout(study, 240) | {"pacing": {"cases_per_day": 2}})
    travel.shift(-timedelta(hours=2))
    amend(study, document=protocol_of(study).document | {"pacing": {"cases_per_day": 3}})
    travel.shift(-timedelta(hours=2))
    read_on(reader)
    assert reader.next()["status"] == "complete"
    assert findings(export(study, tmp_path / "back"), head()) == []


def test_w9_what_came_before_a_version_by_the_events_is_held_to_the_one_before_it(amended) -> None:
    """Whatever the times say: a shorter washout that was signed after the gaps makes none of them right."""
    facts = json.loads((amended.folder / "study.json").read_text())
    assert not any(gap.short for gap in verify_study.gaps_of(facts))
    last = max(row["event"] for row in facts["exposures"])
    for amendment in facts["amendments"]:
        amendment["event"] += last
    assert any(gap.short for gap in verify_study.gaps_of(facts))


def test_w9_a_study_with_sham_maps_and_mornings_holds(travel, tmp_path) -> None:
    document = protocol.make("sham") | {"opens_at_local_hour": 7}
    draft = factories.make_draft(cases=2, document=document)
    for case in draft.cases.select_related("exam"):
        factories.make_sham(case.exam.modic_maps.get())
    study = studies.open_study(actor=draft.created_by, study=draft)
    reader = desk(study, 1)
    read_on(reader)
    travel.shift(timedelta(days=28))
    reader.sign_in_again()
    assert reader.next()["status"] == "waiting", "noon is rounded up to the next morning"
    travel.shift(timedelta(hours=19))
    read_on(reader)
    lock(study)
    folder = export(study, tmp_path / "sham")
    assert findings(folder, head()) == []
    facts = json.loads((folder / "study.json").read_text())
    assert all(len(case["map_sha256s"]) == 2 for case in facts["protocol"]["document"]["cases"])
    (row,) = json.loads((folder / "washout-certificate.json").read_text())["readers"]
    assert row["min_days"] > 28.75


def test_w9_events_of_rooms_it_does_not_know_break_nothing(study, travel, tmp_path) -> None:
    """As adjudication leaves them after the lock: looks at cases, and decisions with whatever they say."""
    reader, adjudicator = desk(study, 2), cast.reader()
    reader.read_one()
    lock(study)
    exam = study.cases.get(number=1).exam
    for person in (reader.user, adjudicator):
        note_sighting(person=person, exam=exam, occasion=Occasion.ADJUDICATION)
    events.record(
        actor=adjudicator,
        action="adjudication.decided",
        target=exam,
        study_id=study.pk,
        after={"half": ["L4", {"upper": None}], "votes": 3},
    )
    assert findings(export(study, tmp_path / "after"), head()) == []
