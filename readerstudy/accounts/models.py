"""People who sign in, how they were invited, and what a report says of who read."""

import uuid

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from readerstudy.accounts.policies import InvitationFacts
from readerstudy.accounts.states import ROLE_LABELS, Bounded, Layout, Orientation, Role, Specialty

_ROLES = [(r.value, ROLE_LABELS[r]) for r in Role]
_ROLE_KNOWN = Q(role__in=[r.value for r in Role])


class User(AbstractUser):
    """A person with exactly one role."""

    role = models.CharField(max_length=20, choices=_ROLES)
    time_zone = models.CharField(max_length=50, default="UTC", help_text="IANA name, such as Europe/Berlin")
    sign_in_epoch = models.PositiveIntegerField(
        default=0, help_text="Counted up to end every sign-in of this person"
    )

    class Meta(AbstractUser.Meta):
        constraints = [models.CheckConstraint(condition=_ROLE_KNOWN, name="accounts_user_role_known")]

    def __str__(self) -> str:
        return self.username

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """As Django's own, over password and epoch: a new password or epoch ends every sign-in."""
        salt = "readerstudy.accounts.User.session"
        text = f"{self.password}|{self.sign_in_epoch}"
        return salted_hmac(salt, text, secret=secret, algorithm="sha256").hexdigest()


class Invitation(models.Model):
    """A link with which one person becomes a user of a role. The link itself is kept nowhere."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    role = models.CharField(max_length=20, choices=_ROLES)
    note = models.CharField(max_length=80, help_text="By which the inviter tells it from others")
    email = models.EmailField(blank=True)
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="invitations_made"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    used_by = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="invitation"
    )
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=_ROLE_KNOWN, name="accounts_invitation_role_known"),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True, used_by__isnull=True)
                | Q(used_at__isnull=False, used_by__isnull=False, revoked_at__isnull=True),
                name="accounts_invitation_used_once_or_revoked",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation {self.id}"

    @property
    def facts(self) -> InvitationFacts:
        """What its state is decided from."""
        return InvitationFacts(self.expires_at, self.used_at is not None, self.revoked_at is not None)


class Failures(models.Model):
    """How often something failed within one window of time, for a name and address."""

    kind = models.CharField(max_length=12, choices=[(b, b) for b in Bounded])
    key = models.CharField(max_length=64, help_text="SHA-256 of what was tried by whom")
    window = models.BigIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "failures"
        constraints = [
            models.UniqueConstraint(fields=["kind", "key", "window"], name="accounts_failures_window")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.count}"


class Profile(models.Model):
    """What a report says of a reader, without saying who it is."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="profile")
    specialty = models.CharField(max_length=40, choices=[(s.value, s.value) for s in Specialty])
    years = models.PositiveSmallIntegerField(help_text="Of experience in reading spine MRI")
    fellowship = models.CharField(max_length=120, blank=True)
    training = models.TextField(max_length=500, blank=True, help_text="For this kind of reading")
    conflicts = models.TextField(max_length=500, blank=True, help_text="Of interest; empty if none declared")
    stated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(years__lte=70), name="accounts_profile_years"),
            models.CheckConstraint(
                condition=Q(specialty__in=[s.value for s in Specialty]), name="accounts_profile_specialty"
            ),
        ]

    def __str__(self) -> str:
        return f"profile of {self.user_id}"

    @property
    def described(self) -> dict[str, str | int]:
        """What was stated, as plain values."""
        return {
            "specialty": self.specialty,
            "years": self.years,
            "fellowship": self.fellowship,
            "training": self.training,
            "conflicts": self.conflicts,
        }


class LayoutChoice(models.Model):
    """The layout a person chose last on a display of this shape; of no study, and part of no data."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="layout_choices"
    )
    orientation = models.CharField(max_length=10, choices=[(o.value, o.value) for o in Orientation])
    layout = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Layout])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "orientation"], name="accounts_layout_once"),
            models.CheckConstraint(
                condition=Q(
                    orientation__in=[o.value for o in Orientation], layout__in=[one.value for one in Layout]
                ),
                name="accounts_layout_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.orientation}: {self.layout}"
