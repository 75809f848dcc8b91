"""Making people and keeping track of sign-ins."""

import zoneinfo

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.accounts.states import Role
from readerstudy.audit import services as audit


@transaction.atomic
def create_person(
    *, username: str, password: str, role: Role, time_zone: str = "UTC", actor: User | None = None
) -> User:
    """A new person. Raises ValidationError for a weak password or an unknown time zone, IntegrityError for a
    taken name."""
    validate_password(password)
    if time_zone not in zoneinfo.available_timezones():
        raise ValidationError(
            f"No time zone is named {time_zone!r}: give an IANA name, such as Europe/Berlin."
        )
    user = User(username=username, role=role.value, time_zone=time_zone)
    user.set_password(password)
    user.save()
    audit.record(actor=actor, action="person.created", target=user, after={"role": role.value})
    return user


@transaction.atomic
def note_sign_in(*, user: User) -> None:
    """An event for a sign-in that worked."""
    audit.record(actor=user, action="person.signed-in", target=user)


@transaction.atomic
def note_failed_sign_in(*, username: str) -> None:
    """An event for one that did not; the name is kept only where such a person exists."""
    user = None if "\0" in username else User.objects.filter(username=username).first()
    if user is not None:
        audit.record(actor=None, action="person.sign-in-failed", target=user)
