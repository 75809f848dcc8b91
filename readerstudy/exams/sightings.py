"""Who was shown which exam outside a read, and the time that what is shown to a person bears.

A washout counts what is kept here like what a read sends. What a person is shown is stamped in the order in
which it was shown, even while the server's clock stands back.
"""

from datetime import datetime, timedelta

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.statements import at_of, rows
from readerstudy.exams.models import Exam, LastLook, Sighting
from readerstudy.exams.states import Occasion

_TICK = timedelta(microseconds=1)
_ONE_LOOK = timedelta(seconds=1)


@transaction.atomic
def note_sighting(*, person: User, exam: Exam, occasion: Occasion) -> None:
    """Keep that images of this exam are being sent to this person; call before any byte leaves.

    The images of one look come together: they are kept once a second. Its time is later than that of
    anything this person was shown before, so that nobody can mistake which was first.
    """
    now = clock.now()
    look = _held(person, now)
    latest = Sighting.objects.filter(person=person, exam=exam, occasion=occasion).order_by("-at").first()
    if latest is not None and latest.at == look.at and now - latest.at < _ONE_LOOK:
        return
    look.at = max(now, look.at + _TICK)
    look.save(update_fields=["at"])
    Sighting.objects.create(person=person, exam=exam, occasion=occasion, at=look.at)
    audit.record(
        actor=person,
        action="exam.seen",
        target=exam,
        after={"occasion": occasion, "at": look.at.isoformat()},
    )


_LOOK = """
INSERT INTO exams_lastlook (person_id, at) VALUES (%(person)s, %(at)s)
ON CONFLICT (person_id) DO UPDATE SET at = CASE
    WHEN exams_lastlook.at < excluded.at THEN excluded.at ELSE exams_lastlook.at END
RETURNING at
"""


def moment_of_look(*, person: User, after: datetime | None = None) -> datetime:
    """The time that what is about to be sent to this person bears: now, and never before an earlier look.

    after: a look that it must be told from, by being later. Call within the transaction that keeps it: this
    person's looks wait for one another until it ends.
    """
    now = clock.now()
    ((kept,),) = rows(_LOOK, person=person.pk, at=max(now, after + _TICK) if after else now)
    return at_of(kept)


def _held(person: User, now: datetime) -> LastLook:
    """The person's row under lock."""
    look, _ = LastLook.objects.select_for_update().get_or_create(person=person, defaults={"at": now - _TICK})
    return look
