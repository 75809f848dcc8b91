"""The people of the tests, named by what they are to a study."""

from itertools import count

from django.test import Client

from readerstudy.accounts.models import User
from readerstudy.accounts.states import Role

PASSWORD = "correct horse battery staple"
_numbers = count(1)


def person(role: Role, *, username: str = "", time_zone: str = "UTC") -> User:
    """Someone of this role who can sign in with PASSWORD."""
    user = User(username=username or f"{role.value}-{next(_numbers)}", role=role.value, time_zone=time_zone)
    user.set_password(PASSWORD)
    user.save()
    return user


def coordinator() -> User:
    return person(Role.COORDINATOR)


def reader(*, time_zone: str = "UTC") -> User:
    return person(Role.READER, time_zone=time_zone)


def signed_in(user: User, *, csrf: bool = False) -> Client:
    """A browser in which this person has signed in; `csrf` makes it check tokens as a real one."""
    client = Client(enforce_csrf_checks=csrf)
    client.force_login(user)
    return client
