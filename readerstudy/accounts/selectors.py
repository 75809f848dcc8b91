"""Reading people and invitations."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from readerstudy.accounts import policies
from readerstudy.accounts.models import Failures, Invitation, LayoutChoice, Profile, User
from readerstudy.accounts.states import Bounded, InvitationState, Role
from readerstudy.audit.selectors import before_changes


def people_visible_to(user: User) -> QuerySet[User]:
    """Everyone, for who may invite; nobody for others."""
    may = Role(user.role) in policies.MAY_INVITE
    people = User.objects.all() if may else User.objects.none()
    return people.select_related("profile").order_by("role", "username")


def invitations_visible_to(user: User) -> QuerySet[Invitation]:
    """Those to roles this person may let in."""
    roles = policies.MAY_INVITE.get(Role(user.role), ())
    return Invitation.objects.filter(role__in=roles).select_related("created_by", "used_by")


@dataclass(frozen=True)
class Standing:
    """An invitation and where it stands."""

    invitation: Invitation
    state: InvitationState


def standing(invitations: Iterable[Invitation], *, now: datetime) -> list[Standing]:
    """Each with its state now."""
    return [Standing(one, policies.invitation_state(one.facts, now=now)) for one in invitations]


def invitation_of(token_sha256: str) -> Invitation | None:
    """The invitation of this link, if there is one."""
    return Invitation.objects.filter(token_sha256=token_sha256).first()


def profile_of(user: User) -> Profile | None:
    """What this person has stated, if anything yet."""
    return Profile.objects.filter(user=user).first()


def zones_held(user: User, *, since: datetime) -> list[str]:
    """The time zone this person lives by now, and those that were theirs since then."""
    changes = before_changes(user, action="person.contact-set", since=since)
    return sorted({user.time_zone, *(before["time_zone"] for before in changes)})


def layouts_of(user: User) -> dict[str, str]:
    """The layout this person chose, by the shape of the display; nothing for a shape never chosen for."""
    return dict(LayoutChoice.objects.filter(user=user).values_list("orientation", "layout"))


def failures(kind: Bounded, *, key: str, window: int) -> int:
    """How often this failed in this window."""
    found = Failures.objects.filter(kind=kind, key=key, window=window).values_list("count", flat=True)
    return found.first() or 0
