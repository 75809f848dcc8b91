"""Letting people in: made once, shown once, used once."""

import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.test import Client

from readerstudy.accounts import invitations
from readerstudy.accounts.models import Failures, Invitation, User
from readerstudy.accounts.policies import MAY_INVITE, InvitationFacts, check_may_invite, invitation_state
from readerstudy.accounts.states import InvitationState, Role
from readerstudy.audit.models import Event
from readerstudy.common import clock
from readerstudy.common.errors import Conflict, Refused
from tests import cast

pytestmark = pytest.mark.django_db
CHOSEN = {
    "username": "reader-new",
    "password": cast.PASSWORD,
    "again": cast.PASSWORD,
    "time_zone": "Europe/Berlin",
}


def wish(**changes) -> dict:
    return {"key": str(uuid.uuid4()), "role": "reader", "note": "second reader", "days": 14, **changes}


@pytest.fixture
def coordinator() -> Client:
    return cast.signed_in(cast.coordinator())


def link_on(page: str) -> str:
    return page.split('id="link" readonly value="http://testserver')[1].split('"', maxsplit=1)[0]


@pytest.fixture
def link(coordinator: Client) -> str:
    return link_on(coordinator.post("/accounts/people/", wish()).content.decode())


def test_a_link_is_shown_once_and_lets_one_person_in(coordinator: Client, link: str, client: Client) -> None:
    token = link.rstrip("/").rsplit("/", 1)[1]
    assert token not in coordinator.get("/accounts/people/").content.decode()
    assert token not in str(list(Invitation.objects.values())), "kept as a hash only"
    assert token not in str(list(Event.objects.values()))
    assert client.get(link).status_code == 200
    assert client.get(link).status_code == 200, "looking at it uses nothing up"
    answer = client.post(link, CHOSEN)
    assert answer["Location"] == "/accounts/account/"
    user = User.objects.get(username="reader-new")
    assert (user.role, user.time_zone) == ("reader", "Europe/Berlin")
    assert client.get("/read/").status_code == 200, "signed in"
    again = Client().post(link, {**CHOSEN, "username": "somebody-else"})
    assert again.status_code == 409
    assert "has been used" in again.content.decode()
    assert not User.objects.filter(username="somebody-else").exists()
    assert "used</span> by reader-new" in coordinator.get("/accounts/people/").content.decode()


def test_the_same_form_twice_makes_one_invitation(coordinator: Client) -> None:
    form = wish()
    assert coordinator.post("/accounts/people/", form).status_code == 200
    answer = coordinator.post("/accounts/people/", form)
    assert answer.status_code == 409
    assert "make another" in answer.content.decode()
    assert Invitation.objects.count() == 1


def test_an_invitation_that_was_taken_back_lets_nobody_in(coordinator: Client, link: str) -> None:
    invitation = Invitation.objects.get()
    coordinator.post(f"/accounts/people/invitations/{invitation.pk}/revoke/")
    answer = Client().post(link, CHOSEN)
    assert answer.status_code == 409
    assert "taken back" in answer.content.decode()
    assert coordinator.post(f"/accounts/people/invitations/{invitation.pk}/revoke/").status_code == 409


def test_an_invitation_ends_at_its_time(link: str, monkeypatch) -> None:
    ends = Invitation.objects.get().expires_at
    monkeypatch.setattr(clock, "now", lambda: ends - timedelta(microseconds=1))
    assert Client().get(link).status_code == 200
    monkeypatch.setattr(clock, "now", lambda: ends)
    answer = Client().post(link, CHOSEN)
    assert answer.status_code == 409
    assert "has ended" in answer.content.decode()


@pytest.mark.parametrize(
    ("used", "revoked", "late", "state"),
    [
        (False, False, False, InvitationState.OPEN),
        (False, False, True, InvitationState.EXPIRED),
        (False, True, True, InvitationState.REVOKED),
        (True, False, True, InvitationState.USED),
    ],
)
def test_where_an_invitation_stands(used: bool, revoked: bool, late: bool, state: InvitationState) -> None:
    now = clock.now()
    ends = now - timedelta(hours=1) if late else now + timedelta(hours=1)
    assert invitation_state(InvitationFacts(ends, used, revoked), now=now) is state


@pytest.mark.parametrize("inviter", Role)
@pytest.mark.parametrize("role", Role)
def test_who_lets_whom_in(inviter: Role, role: Role) -> None:
    coordinators = {Role.READER, Role.ADJUDICATOR, Role.STATISTICIAN, Role.AUDITOR}
    may = inviter is Role.ADMINISTRATOR or (inviter is Role.COORDINATOR and role in coordinators)
    assert may == (role in MAY_INVITE.get(inviter, ()))
    if not may:
        with pytest.raises(Refused):
            check_may_invite(inviter=inviter, role=role)


def test_a_coordinator_sees_no_invitation_of_an_administrators_making(coordinator: Client) -> None:
    administrator = cast.signed_in(cast.person(Role.ADMINISTRATOR))
    assert (
        administrator.post(
            "/accounts/people/", wish(role="coordinator", note="by-the-administrator")
        ).status_code
        == 200
    )
    assert "by-the-administrator" not in coordinator.get("/accounts/people/").content.decode()
    hidden = Invitation.objects.get()
    assert coordinator.post(f"/accounts/people/invitations/{hidden.pk}/revoke/").status_code == 404
    assert coordinator.post("/accounts/people/", wish(role="coordinator")).status_code == 400


@pytest.mark.parametrize("role", [Role.READER, Role.ADJUDICATOR, Role.STATISTICIAN, Role.AUDITOR])
def test_others_neither_see_nor_invite_people(role: Role) -> None:
    client = cast.signed_in(cast.person(role))
    assert client.get("/accounts/people/").status_code == 403
    assert client.post("/accounts/people/", wish()).status_code == 403


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"username": "bad name!"}, "valid username"),
        ({"username": "READER-OLD"}, "has this name already"),
        ({"password": "short", "again": "short"}, "too short"),
        ({"again": "another one entirely"}, "two passwords differ"),
        ({"time_zone": "Berlin"}, "valid choice"),
    ],
)
def test_what_is_chosen_badly_is_said_and_uses_nothing_up(link: str, changes: dict, said: str) -> None:
    cast.person(Role.READER, username="reader-old")
    answer = Client().post(link, {**CHOSEN, **changes})
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert Client().post(link, CHOSEN).status_code == 302


def test_whoever_is_signed_in_is_asked_to_sign_out_first(coordinator: Client, link: str) -> None:
    answer = coordinator.post(link, CHOSEN)
    assert answer.status_code == 409
    assert "Sign out first" in answer.content.decode()


def test_guessing_links_ends_after_a_few_and_for_that_address_alone(link: str, monkeypatch) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    guesser = Client(REMOTE_ADDR="192.0.2.7")
    answers = [guesser.get(f"/accounts/invitation/guess-{n}/").status_code for n in range(25)]
    assert answers == [404] * 20 + [429] * 5
    assert guesser.get(link).status_code == 429, "also a right one, from there and for now"
    assert Client(REMOTE_ADDR="192.0.2.8").get(link).status_code == 200
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=31))
    assert guesser.get(link).status_code == 200
    guesser.get("/accounts/invitation/guess/")
    assert Failures.objects.count() == 1, "windows gone by are forgotten"


def test_where_mail_is_set_up_the_link_goes_by_mail_alone(coordinator: Client, settings) -> None:
    settings.MAIL_IS_SET_UP = True
    page = coordinator.post("/accounts/people/", wish(email="someone@example.org")).content.decode()
    assert "was mailed to someone@example.org" in page
    assert 'id="link"' not in page
    (sent,) = mail.outbox
    assert sent.to == ["someone@example.org"]
    link = next(line for line in sent.body.splitlines() if line.startswith("http://testserver"))
    assert Client().post(link.removeprefix("http://testserver"), CHOSEN).status_code == 302


def test_mail_that_does_not_go_out_loses_nothing(coordinator: Client, settings) -> None:
    settings.MAIL_IS_SET_UP = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    page = coordinator.post("/accounts/people/", wish(email="someone@example.org")).content.decode()
    assert "could not be mailed" in page
    assert Client().post(link_on(page), CHOSEN).status_code == 302


def test_a_note_is_text_not_markup(coordinator: Client) -> None:
    page = coordinator.post("/accounts/people/", wish(note="<b>bold</b>")).content.decode()
    assert "<b>bold" not in page
    assert "&lt;b&gt;bold" in page


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": None},
        {"used_at": None, "used_by": None},
        {"note": "other"},
    ],
)
def test_the_database_keeps_a_closed_invitation_as_it_is(link: str, change: dict) -> None:
    Client().post(link, CHOSEN)
    with pytest.raises(DatabaseError), transaction.atomic():
        Invitation.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Invitation.objects.all().delete()


@pytest.mark.both_databases
def test_the_database_lets_no_link_or_role_be_exchanged(link: str) -> None:
    for change in ({"role": "administrator"}, {"token_sha256": "0" * 64}, {"expires_at": clock.now()}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Invitation.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Invitation.objects.all().delete()
    assert Invitation.objects.count() == 1


@pytest.mark.both_databases
def test_what_was_taken_up_leaves_its_trail(link: str) -> None:
    Client().post(link, CHOSEN)
    actions = list(Event.objects.values_list("action", flat=True))
    assert actions == ["invitation.made", "person.created", "invitation.taken-up"]


def test_taking_up_what_was_used_meanwhile_makes_nobody(link: str, monkeypatch) -> None:
    token = link.rstrip("/").rsplit("/", 1)[1]
    found = invitations.find(token=token, address="192.0.2.9")
    monkeypatch.setattr(invitations, "find", lambda **_: found)
    who = {"token": token, "address": "192.0.2.9", "password": cast.PASSWORD, "time_zone": "UTC"}
    invitations.take_up(username="first", **who)
    with pytest.raises(Conflict):
        invitations.take_up(username="second", **who)
    assert not User.objects.filter(username="second").exists()
