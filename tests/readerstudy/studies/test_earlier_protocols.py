"""Studies that were opened under a protocol of an earlier version go on: defaults are read, never written.

`frozen/before_pacing.json` holds a document of every template as the version before breaks, caps and the
primary read froze it, with its hash.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from readerstudy.reads import amending
from readerstudy.reports.policies import MEANINGS
from readerstudy.reports.services import lock_study
from readerstudy.studies import protocol
from readerstudy.studies.models import Study
from readerstudy.studies.pacing import Pacing, pacing_of
from tests import cast, factories
from tests.readerstudy.reads.desk import answers_to, desk

FROZEN: dict[str, Any] = json.loads(
    (Path(__file__).parent / "frozen" / "before_pacing.json").read_text(encoding="utf-8")
)


@pytest.fixture(autouse=True)
def _stand_ins(stand_in_images: None, stand_in_maps: None) -> None:
    """Images and maps as other rooms would render them."""


@pytest.fixture
def travel():
    """A clock that stands still until moved."""
    with time_machine.travel("2026-03-01T12:00:00+00:00", tick=False) as traveller:
        yield traveller


@pytest.mark.parametrize("key", list(FROZEN))
def test_a_frozen_document_keeps_its_hash_and_is_still_a_protocol(key: str) -> None:
    document = FROZEN[key]["protocol"]
    protocol.check(document)
    assert protocol.fingerprint(document) == FROZEN[key]["sha256"]
    assert "primary_read" not in document["statistics"]
    assert protocol.primary_read(document) == "original"
    assert pacing_of(document) == Pacing()


@pytest.mark.parametrize("key", list(FROZEN))
def test_an_exported_protocol_of_then_can_be_imported(key: str) -> None:
    """With the hash it states; the same template of today may only say more."""
    body = json.dumps(FROZEN[key]).encode()
    assert protocol.import_file(body) == protocol.without_cases(FROZEN[key]["protocol"])


def opened_then(key: str, cases: int) -> Study:
    document = protocol.without_cases(FROZEN[key]["protocol"])
    return factories.make_study(cases=cases, document=document)


@pytest.mark.django_db
def test_a_study_opened_then_is_read_amended_and_locked(travel) -> None:
    study = opened_then("gao-2022", cases=2)
    frozen = study.protocols.get()
    known = {*FROZEN["gao-2022"]["protocol"]}
    assert frozen.document.keys() == known
    stated, sha256 = json.dumps(frozen.document, sort_keys=True), frozen.sha256
    readers = [desk(study, index) for index in (1, 2, 3)]
    for reader in readers:
        reader.read_period()
        assert "a day" not in reader.client.get("/read/").content.decode()
    amended = amending.amend(
        actor=study.created_by,
        study=study,
        document={
            **frozen.document,
            "periods": [{**row, "closes_at": "2027-01-31T18:00:00Z"} for row in frozen.document["periods"]],
        },
        exams=[],
        readers=[],
        reason="The reading takes longer than was thought.",
        password=cast.PASSWORD,
    )
    assert amended.document.keys() == known
    travel.shift(timedelta(days=29))
    for reader in readers[1:]:
        reader.sign_in_again()
        for _ in range(2):
            read = reader.open()
            reader.look(read)
            assert reader.client.get(read["map_url"]).status_code == 200
            assert reader.post_submit(read, answers_to(read)).status_code == 200
    analysis = lock_study(
        study_id=study.pk, person=study.created_by, password=cast.PASSWORD, meaning=MEANINGS[0]
    )
    assert json.loads(analysis.result)["conduct"]["primary_read"] == "original"
    frozen.refresh_from_db()
    assert (json.dumps(frozen.document, sort_keys=True), frozen.sha256) == (stated, sha256)
    assert protocol.fingerprint(frozen.document) == sha256


@pytest.mark.django_db
def test_the_editor_adds_nothing_to_a_draft_of_then_that_is_saved_as_it_stands() -> None:
    from tests.readerstudy.studies.test_editor import posted

    document = protocol.without_cases(FROZEN["half-and-half"]["protocol"])
    draft = factories.make_draft(document=document)
    client, address = cast.signed_in(draft.created_by), f"/studies/{draft.pk}/protocol/"
    form = posted(client.get(address).content.decode())
    assert client.post(address, {**form, "do": "save"}).status_code == 302
    assert draft.protocols.get().document == document
