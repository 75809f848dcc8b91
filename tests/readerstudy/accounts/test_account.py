"""What a person does about the own account."""

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from readerstudy.accounts.models import Profile, User
from readerstudy.accounts.states import Role
from readerstudy.audit.models import Event
from tests import cast

pytestmark = pytest.mark.django_db
SAID = {
    "profile-specialty": "neuroradiology",
    "profile-years": "12",
    "profile-fellowship": "neuroradiology",
    "profile-training": "",
    "profile-conflicts": "",
}
NEW = "a new and longer password"


@pytest.fixture
def reader() -> User:
    return cast.reader()


def sign_in(user: User, password: str = cast.PASSWORD, address: str = "192.0.2.1") -> Client:
    client = Client(REMOTE_ADDR=address)
    client.post("/accounts/sign-in/", {"username": user.username, "password": password})
    return client


def is_in(client: Client) -> bool:
    return client.get("/accounts/account/").status_code == 200


def test_a_reader_states_a_profile_and_states_it_anew(reader: User) -> None:
    client = cast.signed_in(reader)
    assert "Not stated yet" in client.get("/accounts/account/").content.decode()
    assert client.post("/accounts/account/profile/", SAID).status_code == 302
    client.post("/accounts/account/profile/", {**SAID, "profile-years": "13"})
    assert Profile.objects.get().years == 13
    page = client.get("/accounts/account/").content.decode()
    assert 'value="13"' in page
    event = Event.objects.last()
    assert (event.before["years"], event.after["years"]) == (12, 13)
    page = cast.signed_in(cast.coordinator()).get("/accounts/people/").content.decode()
    assert "neuroradiology, 13 years" in page


@pytest.mark.parametrize(
    "changes",
    [
        {"profile-specialty": ""},
        {"profile-specialty": "astrology"},
        {"profile-years": "-1"},
        {"profile-years": ""},
    ],
)
def test_a_profile_that_says_nothing_known_is_not_kept(reader: User, changes: dict) -> None:
    answer = cast.signed_in(reader).post("/accounts/account/profile/", {**SAID, **changes})
    assert answer.status_code == 400
    assert "text-danger" in answer.content.decode()
    assert not Profile.objects.exists()


@pytest.mark.both_databases
def test_the_database_takes_no_other_profile(reader: User) -> None:
    cast.signed_in(reader).post("/accounts/account/profile/", SAID)
    for change in ({"years": 71}, {"specialty": "astrology"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Profile.objects.update(**change)


def test_others_have_an_account_without_a_profile() -> None:
    for role in Role:
        client = cast.signed_in(cast.person(role))
        assert ("Reader profile" in client.get("/accounts/account/").content.decode()) == (role == "reader")
    assert cast.signed_in(cast.coordinator()).post("/accounts/account/profile/", SAID).status_code == 403


def test_times_are_shown_in_the_zone_that_was_chosen(reader: User) -> None:
    client = cast.signed_in(reader)
    client.post("/accounts/account/contact/", {"zone-time_zone": "Asia/Tokyo", "zone-email": "a@example.org"})
    client.post("/accounts/account/profile/", SAID)
    assert "JST" in client.get("/accounts/account/").content.decode()
    assert client.post("/accounts/account/contact/", {"zone-time_zone": "Moon"}).status_code == 400


def test_a_new_password_ends_every_other_sign_in(reader: User) -> None:
    here, there = sign_in(reader), sign_in(reader)
    wish = {"new-current": cast.PASSWORD, "new-password": NEW, "new-again": NEW}
    assert here.post("/accounts/account/password/", {**wish, "new-current": "wrong"}).status_code == 400
    assert here.post("/accounts/account/password/", {**wish, "new-again": "x"}).status_code == 400
    assert is_in(there)
    assert here.post("/accounts/account/password/", wish).status_code == 302
    assert is_in(here)
    assert not is_in(there)
    assert not is_in(sign_in(reader))
    assert is_in(sign_in(reader, NEW))
    assert NEW not in str(list(Event.objects.values()))


def test_signing_out_everywhere_ends_all_sign_ins_and_keeps_the_password(reader: User) -> None:
    here, there = sign_in(reader), sign_in(reader)
    here.post("/accounts/account/sign-out-everywhere/")
    assert not is_in(here)
    assert not is_in(there)
    assert is_in(sign_in(reader))
    assert Event.objects.filter(action="person.signed-out-everywhere").exists()


def test_guessing_a_password_ends_after_a_few_and_for_that_address_alone(reader: User) -> None:
    for _ in range(10):
        sign_in(reader, "a guess")
    refused = Client(REMOTE_ADDR="192.0.2.1").post(
        "/accounts/sign-in/", {"username": reader.username, "password": cast.PASSWORD}
    )
    assert refused.status_code == 429
    assert "Try again in 15 minutes" in refused.content.decode()
    assert is_in(sign_in(reader, address="192.0.2.2"))
    assert is_in(sign_in(cast.reader())), "others sign in from the same address"
