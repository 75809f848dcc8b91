"""Decisions about people: who invites whom, where an invitation stands, how often something may be tried."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from readerstudy.accounts.states import Bounded, InvitationState, Role
from readerstudy.common.errors import Conflict, Refused

MAY_INVITE: dict[Role, tuple[Role, ...]] = {
    Role.COORDINATOR: (Role.READER, Role.ADJUDICATOR, Role.STATISTICIAN, Role.AUDITOR),
    Role.ADMINISTRATOR: tuple(Role),
}
"""Coordinators do not make coordinators: an override takes a second person whom an administrator let in."""
INVITATION_DAYS = 14
MAX_INVITATION_DAYS = 60
WINDOW = timedelta(minutes=15)
MOST_FAILURES: dict[Bounded, int] = {Bounded.SIGN_IN: 10, Bounded.INVITATION: 20}
"""Failures within WINDOW after which nothing more is tried until it has passed."""


def check_may_invite(*, inviter: Role, role: Role) -> None:
    """Raises Refused for a role this person may not let in."""
    if role not in MAY_INVITE.get(inviter, ()):
        raise Refused(f"Your role does not invite a person as {role.value}.", code="role")


@dataclass(frozen=True)
class InvitationFacts:
    """When an invitation ends, and whether it was used or taken back."""

    expires_at: datetime
    used: bool
    revoked: bool


def invitation_state(facts: InvitationFacts, *, now: datetime) -> InvitationState:
    """Where it stands; it ends at `expires_at` exactly."""
    if facts.used:
        return InvitationState.USED
    if facts.revoked:
        return InvitationState.REVOKED
    return InvitationState.EXPIRED if now >= facts.expires_at else InvitationState.OPEN


_CLOSED = {
    InvitationState.USED: "This invitation has been used: sign in with the name and password chosen then.",
    InvitationState.REVOKED: "This invitation was taken back: ask whoever sent it for another.",
    InvitationState.EXPIRED: "This invitation has ended: ask whoever sent it for another.",
}


def check_open(facts: InvitationFacts, *, now: datetime) -> None:
    """Raises Conflict for an invitation that can't be taken up any more."""
    state = invitation_state(facts, now=now)
    if state is not InvitationState.OPEN:
        raise Conflict(_CLOSED[state], code=f"invitation-{state.value}")


def window_of(now: datetime) -> int:
    """The number of the window of time that `now` lies in, counted from 1970."""
    return int(now.timestamp() // WINDOW.total_seconds())


def too_many(kind: Bounded, failures: int) -> bool:
    """Whether so many failures in one window end the trying."""
    return failures >= MOST_FAILURES[kind]
