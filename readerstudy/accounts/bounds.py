"""Nobody tries for ever: failures are counted per name and address, in windows of time."""

import hashlib

from django.db import transaction
from django.db.models import F

from readerstudy.accounts import policies, selectors
from readerstudy.accounts.models import Failures
from readerstudy.accounts.states import Bounded
from readerstudy.common import clock
from readerstudy.common.errors import Refused


class TooOften(Refused):
    """Tried too often."""

    status = 429

    def __init__(self) -> None:
        minutes = int(policies.WINDOW.total_seconds() // 60)
        super().__init__(f"Too many failed attempts. Try again in {minutes} minutes.", code="too-often")


def _key(kind: Bounded, parts: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join([kind.value, *parts]).encode()).hexdigest()


def check(kind: Bounded, *parts: str) -> None:
    """Raises TooOften when what `parts` name has failed too often lately."""
    window = policies.window_of(clock.now())
    if policies.too_many(kind, selectors.failures(kind, key=_key(kind, parts), window=window)):
        raise TooOften


@transaction.atomic
def note_failure(kind: Bounded, *parts: str) -> None:
    """Count one failure; those of windows gone by are forgotten."""
    window = policies.window_of(clock.now())
    Failures.objects.filter(kind=kind, window__lt=window - 1).delete()
    row, _ = Failures.objects.get_or_create(kind=kind, key=_key(kind, parts), window=window)
    Failures.objects.filter(pk=row.pk).update(count=F("count") + 1)
