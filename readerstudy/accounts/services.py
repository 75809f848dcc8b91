"""Making people, keeping track of sign-ins, and what people say of themselves."""

import zoneinfo

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from readerstudy.accounts import bounds, selectors
from readerstudy.accounts.models import LayoutChoice, Profile, User
from readerstudy.accounts.states import Bounded, Layout, Orientation, Role, Specialty
from readerstudy.audit import services as audit
from readerstudy.common import clock


@transaction.atomic
def create_person(
    *,
    username: str,
    password: str,
    role: Role,
    time_zone: str = "UTC",
    email: str = "",
    actor: User | None = None,
) -> User:
    """A new person. Raises ValidationError for a weak password or an unknown time zone, IntegrityError for a
    taken name."""
    validate_password(password)
    _check_time_zone(time_zone)
    user = User(username=username, role=role.value, time_zone=time_zone, email=email)
    user.set_password(password)
    user.save()
    audit.record(actor=actor, action="person.created", target=user, after={"role": role.value})
    return user


def _check_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"No time zone is named {name!r}: give an IANA name, such as Europe/Berlin.")


@transaction.atomic
def note_sign_in(*, user: User) -> None:
    """An event for a sign-in that worked."""
    audit.record(actor=user, action="person.signed-in", target=user)


def note_failed_sign_in(*, username: str, address: str) -> None:
    """Count one that did not; an event is kept only where such a person exists."""
    bounds.note_failure(Bounded.SIGN_IN, username, address)
    user = None if "\0" in username else User.objects.filter(username=username).first()
    if user is not None:
        with transaction.atomic():
            audit.record(actor=None, action="person.sign-in-failed", target=user)


@transaction.atomic
def state_profile(
    *, user: User, specialty: Specialty, years: int, fellowship: str, training: str, conflicts: str
) -> Profile:
    """What this reader says of training, experience and interests, in place of what was said before."""
    before = selectors.profile_of(user)
    said = {
        "specialty": specialty.value,
        "years": years,
        "fellowship": fellowship,
        "training": training,
        "conflicts": conflicts,
    }
    profile, _ = Profile.objects.update_or_create(user=user, defaults={**said, "stated_at": clock.now()})
    audit.record(
        actor=user,
        action="profile.stated",
        target=profile,
        before=before.described if before else None,
        after=said,
    )
    return profile


@transaction.atomic
def set_contact(*, user: User, time_zone: str, email: str) -> None:
    """The zone this person's times are shown in, and the address reminders go to; none where empty.

    Raises ValidationError for a zone that isn't known.
    """
    _check_time_zone(time_zone)
    before = {"time_zone": user.time_zone, "has_address": bool(user.email)}
    user.time_zone, user.email = time_zone, email
    user.save(update_fields=["time_zone", "email"])
    after = {"time_zone": time_zone, "has_address": bool(email)}
    audit.record(actor=user, action="person.contact-set", target=user, before=before, after=after)


@transaction.atomic
def change_password(*, user: User, password: str) -> None:
    """A new password, which ends every other sign-in. Raises ValidationError for a weak one."""
    validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record(actor=user, action="person.password-changed", target=user)


@transaction.atomic
def sign_out_everywhere(*, user: User) -> None:
    """End every sign-in of this person, on all devices."""
    User.objects.filter(pk=user.pk).update(sign_in_epoch=F("sign_in_epoch") + 1)
    user.refresh_from_db(fields=["sign_in_epoch"])
    audit.record(actor=user, action="person.signed-out-everywhere", target=user)


@transaction.atomic
def choose_layout(*, user: User, orientation: Orientation, layout: Layout) -> None:
    """Remember how this person wants T1 and T2 to lie on a display of this shape."""
    chosen = {"orientation": orientation.value, "layout": layout.value}
    LayoutChoice.objects.update_or_create(
        user=user, orientation=orientation.value, defaults={"layout": layout.value}
    )
    audit.record(actor=user, action="person.layout-chosen", target=user, after=chosen)
