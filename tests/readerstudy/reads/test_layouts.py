"""How T1 and T2 lie: remembered for a reader, begun as the protocol says, part of no data."""

import json
import re

import pytest
from django.db import IntegrityError, transaction

from readerstudy.accounts.models import LayoutChoice, User
from readerstudy.accounts.states import Role
from readerstudy.audit.models import Event
from readerstudy.studies import protocol
from tests import cast, factories
from tests.readerstudy.reads.desk import Desk, desk

pytestmark = pytest.mark.django_db


def put(user: User, **chosen: str):
    return cast.signed_in(user).put("/api/layout", chosen, content_type="application/json")


def config(reader: Desk) -> dict:
    page = reader.client.get(f"/read/{reader.enrolment.pk}/").content.decode()
    found = re.search(r'<script id="reading-config" type="application/json">(.*?)</script>', page)
    assert found is not None
    return json.loads(found[1])


def test_the_last_choice_for_each_shape_of_display_is_remembered() -> None:
    reader = desk(factories.make_study(), 2)
    assert config(reader)["layouts"] == {}
    for orientation, layout in (("portrait", "single"), ("landscape", "stacked"), ("portrait", "side")):
        assert put(reader.user, orientation=orientation, layout=layout).status_code == 200
    assert config(reader)["layouts"] == {"landscape": "stacked", "portrait": "side"}
    assert config(desk(reader.enrolment.study, 3))["layouts"] == {}
    told = Event.objects.filter(action="person.layout-chosen").order_by("seq")
    assert [(event.actor_id, event.study_id) for event in told] == [(reader.user.pk, "")] * 3
    assert told[0].after == {"orientation": "portrait", "layout": "single"}


def test_the_protocol_says_how_a_case_begins() -> None:
    study = factories.make_study(document=protocol.make() | {"layout": "stacked"})
    assert config(desk(study, 2))["layout"] == "stacked"
    assert config(desk(factories.make_study(), 2))["layout"] is None


@pytest.mark.parametrize("chosen", [{}, {"orientation": "portrait", "layout": "round"}, {"layout": "side"}])
def test_what_is_no_layout_is_refused(chosen: dict[str, str]) -> None:
    reader = cast.reader()
    assert put(reader, **chosen).status_code == 400
    assert not LayoutChoice.objects.exists()


@pytest.mark.parametrize("role", list(Role))
def test_who_sits_in_the_room_chooses(role: Role) -> None:
    expected = 200 if role in (Role.READER, Role.ADJUDICATOR) else 403
    assert put(cast.person(role), orientation="portrait", layout="side").status_code == expected


@pytest.mark.both_databases
def test_the_database_knows_the_layouts_and_keeps_one_for_each_shape() -> None:
    reader = cast.reader()
    LayoutChoice.objects.create(user=reader, orientation="portrait", layout="side")
    for orientation, layout in (("portrait", "stacked"), ("landscape", "round"), ("square", "side")):
        with pytest.raises(IntegrityError), transaction.atomic():
            LayoutChoice.objects.create(user=reader, orientation=orientation, layout=layout)
