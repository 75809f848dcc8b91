"""Signing in, roles, and what is kept of both."""

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from readerstudy.accounts import services
from readerstudy.accounts.models import User
from readerstudy.accounts.states import Role
from readerstudy.audit.models import Event

PASSWORD = "quiet-reading-room-1"


@pytest.fixture
def reader() -> User:
    return services.create_person(username="reader-1", password=PASSWORD, role=Role.READER)


@pytest.mark.django_db
def test_a_person_signs_in_and_it_is_noted(client: Client, reader: User) -> None:
    answer = client.post("/accounts/sign-in/", {"username": "reader-1", "password": PASSWORD})
    assert answer.status_code == 302
    assert Event.objects.last().action == "person.signed-in"
    assert Event.objects.last().actor == "reader-1"


@pytest.mark.django_db
def test_trust_22_a_wrong_password_is_noted_without_it(client: Client, reader: User) -> None:
    answer = client.post("/accounts/sign-in/", {"username": "reader-1", "password": "not-the-password"})
    assert answer.status_code == 401
    event = Event.objects.last()
    assert event.action == "person.sign-in-failed"
    assert "not-the-password" not in str(event.__dict__)


@pytest.mark.django_db
def test_an_unknown_name_leaves_no_trace_of_what_was_typed(client: Client) -> None:
    client.post("/accounts/sign-in/", {"username": "typed-my-password-here", "password": "x"})
    assert not Event.objects.exists()


@pytest.mark.both_databases
@pytest.mark.django_db
def test_a_name_that_no_database_takes_is_refused_like_any_other(client: Client) -> None:
    answer = client.post("/accounts/sign-in/", {"username": "reader\0", "password": "x"})
    assert answer.status_code == 401


@pytest.mark.django_db
def test_an_unknown_time_zone_is_refused_before_it_locks_anyone_out() -> None:
    with pytest.raises(ValidationError, match="Europe/Berlin"):
        services.create_person(username="reader-2", password=PASSWORD, role=Role.READER, time_zone="Berlin")
    assert not User.objects.exists()


@pytest.mark.django_db
def test_the_session_key_changes_at_sign_in(client: Client, reader: User) -> None:
    client.get("/accounts/sign-in/")
    session = client.session
    session["x"] = 1
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    client.post("/accounts/sign-in/", {"username": "reader-1", "password": PASSWORD})
    assert client.session.session_key != before


@pytest.mark.django_db
def test_strangers_are_sent_to_sign_in(client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/sign-in/")


@pytest.mark.django_db
def test_trust_22_a_reader_is_refused_a_coordinators_page_and_it_is_noted(
    client: Client, reader: User
) -> None:
    client.force_login(reader)
    answer = client.get("/studies/")
    assert answer.status_code == 403
    assert b"Your role has no access" in answer.content
    refused = Event.objects.get(action="access.refused")
    assert (refused.actor, refused.after) == ("reader-1", {"route": "studies:list", "method": "GET"})


@pytest.mark.django_db
def test_nothing_but_static_files_may_be_kept(client: Client, reader: User) -> None:
    client.force_login(reader)
    for url in ("/", "/read/", "/studies/", "/nowhere/"):
        assert client.get(url)["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_pages_carry_a_strict_content_security_policy(client: Client) -> None:
    policy = client.get("/accounts/sign-in/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy


@pytest.mark.django_db
def test_a_weak_password_is_refused() -> None:
    with pytest.raises(ValidationError):
        services.create_person(username="reader-2", password="short", role=Role.READER)
    assert not User.objects.exists()


@pytest.mark.django_db
def test_the_command_line_makes_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.StringIO(PASSWORD + "\n"))
    call_command("create_person", "coordinator", role="coordinator")
    assert User.objects.get().check_password(PASSWORD)
    monkeypatch.setattr(sys, "stdin", io.StringIO(PASSWORD + "\n"))
    with pytest.raises(CommandError, match="already"):
        call_command("create_person", "coordinator", role="coordinator")
