"""People who sign in."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from readerstudy.accounts.states import ROLE_LABELS, Role


class User(AbstractUser):
    """A person with exactly one role."""

    role = models.CharField(max_length=20, choices=[(r.value, ROLE_LABELS[r]) for r in Role])
    time_zone = models.CharField(max_length=50, default="UTC", help_text="IANA name, such as Europe/Berlin")

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=[r.value for r in Role]), name="accounts_user_role_known"
            )
        ]

    def __str__(self) -> str:
        return self.username
