"""What the frozen table tells of each reading beside its grades."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine

from readerstudy.reports import dataset, selectors
from readerstudy.studies import protocol
from readerstudy.studies.selectors import protocol_of
from tests import factories
from tests.readerstudy.reads.desk import answers_to, desk

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
