"""Letting people in: an invitation is made, sent or shown once, and taken up once."""

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from readerstudy.accounts import bounds, policies, selectors, services
from readerstudy.accounts.models import Invitation, User
from readerstudy.accounts.states import ROLE_LABELS, Bounded, Role
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import BadInput, Conflict, NotThere

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Made:
    """A new invitation and its token, which is kept nowhere."""

    invitation: Invitation
    token: str


@transaction.atomic
def invite(*, actor: User, key: UUID, role: Role, note: str, email: str = "", days: int) -> Made:
    """A new invitation. `key` is the form's: the same form sent twice makes one, and its link shows once.

    Raises Refused for a role this person may not let in, Conflict for a form that came before.
    """
    policies.check_may_invite(inviter=Role(actor.role), role=role)
    if not 1 <= days <= policies.MAX_INVITATION_DAYS:
        raise BadInput(
            f"An invitation lasts 1 to {policies.MAX_INVITATION_DAYS} days.", code="invitation-days"
        )
    if Invitation.objects.filter(pk=key).exists():
        raise Conflict(
            "This invitation has been made already and its link was shown then. If the link is lost, take "
            "the invitation back and make another.",
            code="invitation-made",
        )
    token, now = secrets.token_urlsafe(32), clock.now()
    invitation = Invitation.objects.create(
        pk=key,
        role=role,
        note=note,
        email=email,
        token_sha256=_digest(token),
        created_by=actor,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    audit.record(
        actor=actor,
        action="invitation.made",
        target=invitation,
        after={"role": role, "expires_at": invitation.expires_at.isoformat()},
    )
    return Made(invitation, token)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def send(*, made: Made, link: str) -> bool:
    """Mail the link where mail is set up and an address was given. False where it did not go out."""
    if not (settings.MAIL_IS_SET_UP and made.invitation.email):
        return False
    role = ROLE_LABELS[Role(made.invitation.role)].lower()
    text = (
        f"You are invited to the Modic reader study as {role}.\n\n"
        f"Choose a sign-in name and a password here:\n{link}\n\n"
        f"The link works once, until {made.invitation.expires_at:%d %b %Y, %H:%M} UTC.\n"
        "Research use only. Not a medical device.\n"
    )
    try:
        send_mail("Invitation to the Modic reader study", text, None, [made.invitation.email])
    except OSError as error:
        logger.warning("the mail of %s was not sent: %s", made.invitation, type(error).__name__)
        return False
    return True


@transaction.atomic
def revoke(*, actor: User, invitation_id: UUID) -> None:
    """Take an open invitation back. Raises NotThere, or Conflict when it is not open any more."""
    own = selectors.invitations_visible_to(actor).select_for_update(of=("self",))
    invitation = own.filter(pk=invitation_id).first()
    if invitation is None:
        raise NotThere
    policies.check_open(invitation.facts, now=clock.now())
    invitation.revoked_at = clock.now()
    invitation.save(update_fields=["revoked_at"])
    audit.record(actor=actor, action="invitation.revoked", target=invitation)


def find(*, token: str, address: str) -> Invitation:
    """The open invitation of this link. Raises NotThere for none (counted), Conflict for a closed one."""
    bounds.check(Bounded.INVITATION, address)
    invitation = selectors.invitation_of(_digest(token))
    if invitation is None:
        bounds.note_failure(Bounded.INVITATION, address)
        raise NotThere
    policies.check_open(invitation.facts, now=clock.now())
    return invitation


def take_up(*, token: str, address: str, username: str, password: str, time_zone: str) -> User:
    """Become a user with the invitation's role; of two at once one does.

    Raises as `find`, ValidationError for a weak password, IntegrityError for a taken name.
    """
    found = find(token=token, address=address)
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update().get(pk=found.pk)
        policies.check_open(invitation.facts, now=clock.now())
        user = services.create_person(
            username=username,
            password=password,
            role=Role(invitation.role),
            time_zone=time_zone,
            email=invitation.email,
        )
        invitation.used_at, invitation.used_by = clock.now(), user
        invitation.save(update_fields=["used_at", "used_by"])
        audit.record(actor=user, action="invitation.taken-up", target=invitation, after={"user": user.pk})
    return user
