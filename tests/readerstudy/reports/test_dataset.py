"""What the frozen table tells of each reading beside its grades."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine

from readerstudy.oversight.facts import facts_of
from readerstudy.reports import dataset, selectors
from readerstudy.studies import protocol
from readerstudy.studies.selectors import protocol_of
from tests import factories
from tests.readerstudy.reads.desk import answers_to, desk
from tests.readerstudy.reads.test_attention import beat

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_d2_the_export_tells_how_often_and_when_first_a_map_was_asked_for(
    stand_in_images, stand_in_maps
) -> None:
    """In the arm that shows it on demand; in any other there is nothing to ask for."""
    with time_machine.travel("2026-03-01T12:00:00+00:00", tick=False) as travel:
        study = factories.make_study(cases=2, document=protocol.make("on-demand", readers=2))
        reader = desk(study, 2)
        asked = reader.open()
        travel.shift(timedelta(seconds=40))
        for _ in range(3):
            assert reader.client.post(asked["reveal_url"]).status_code == 200
            travel.shift(timedelta(seconds=5))
        reader.post_submit(asked, answers_to(asked))
        not_asked = reader.read_one()
        desk(study, 1).read_one()
    text = dataset.render(selectors.dataset_rows(study, protocol_of(study).document), synthetic=True)
    told = {
        (row["reader"], row["arm"], row["position"], row["reveals"], row["first_revealed_at"])
        for row in csv.DictReader(io.StringIO(text))
        if row["grade"]
    }
    assert told == {
        ("R2", "on-demand", str(asked["position"]), "3", "2026-03-01T12:00:40Z"),
        ("R2", "on-demand", str(not_asked["position"]), "0", ""),
        ("R1", "unaided", "1", "", ""),
    }


def test_w10_the_exports_tell_when_the_probe_was_answered_and_what_drew_the_images(
    stand_in_images, stand_in_maps
) -> None:
    """In the data set and in the audit export, by documented names; nothing where nobody told."""
    with time_machine.travel("2026-03-01T12:00:00+00:00", tick=False) as travel:
        document = protocol.make() | {"recall_probe": {"lure_share": 0.5}}
        study = factories.make_study(cases=2, document=document)
        reader = desk(study, 2)
        first = reader.open()
        drawn = {"webgl2": True, "renderer": "ANGLE (made up)", "drawn_by": "cornerstone"}
        assert beat(reader, first, 0, **drawn).status_code == 200
        reader.look(first)
        reader.post_submit(first, answers_to(first))
        travel.shift(timedelta(days=29))
        reader.sign_in_again()
        second = reader.open()
        beat(reader, second, 0, **(drawn | {"webgl2": False, "renderer": "", "drawn_by": "canvas"}))
        reader.look(second)
        reader.post_submit(second, answers_to(second))
        travel.shift(timedelta(seconds=20))
        said = {"answer": 3}
        url = f"/api/reads/{second['id']}/recall"
        assert reader.client.post(url, said, content_type="application/json").status_code == 200
    text = dataset.render(selectors.dataset_rows(study, protocol_of(study).document), synthetic=True)
    columns = ("recall", "recalled_at", "webgl2", "renderer", "drawn_by")
    told = {tuple(row[name] for name in columns) for row in csv.DictReader(io.StringIO(text)) if row["grade"]}
    assert told == {
        ("", "", "yes", "ANGLE (made up)", "cornerstone"),
        ("3", "2026-03-30T12:00:20Z", "no", "", "canvas"),
    }
    assert all(f"`{name}`" in str(dataset.__doc__) for name in columns)
    exported = {row["id"]: row for row in facts_of(study)["reads"]}
    named = ("recalled_at", "webgl2", "renderer", "drawn_by")
    assert [exported[first["id"]][name] for name in named] == ["", True, "ANGLE (made up)", "cornerstone"]
    assert [exported[second["id"]][name] for name in named] == [
        "2026-03-30T12:00:20+00:00",
        False,
        "",
        "canvas",
    ]
