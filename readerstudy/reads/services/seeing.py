"""What leaves the server about a case, and when it did."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common.statements import change
from readerstudy.exams.sightings import moment_of_look
from readerstudy.reads import guard, noticing
from readerstudy.reads.models import Exposure, Read
from readerstudy.reads.states import SHOWS_THE_CASE, Item

_SENT_AGAIN = """
UPDATE reads_exposure SET last_at = CASE WHEN last_at < %(at)s THEN %(at)s ELSE last_at END
WHERE id = (
    SELECT x.id FROM reads_exposure x WHERE x.read_id = %(read)s AND x.item = %(item)s
    ORDER BY x.first_at DESC LIMIT 1)
"""
_NOT_SINCE = "AND last_at >= %(elsewhere)s"


def see(*, reader: User, read_id: UUID, item: Item) -> Read:
    """Ask the guard and, for what shows the case, keep when it was sent. Call before any byte leaves."""
    if item not in SHOWS_THE_CASE:
        return guard.ask(user=reader, read_id=read_id, item=item)
    with guard.refusals_kept(user=reader, read_id=read_id, item=item), transaction.atomic():
        at = moment_of_look(person=reader)
        read = guard.find(user=reader, read_id=read_id)
        washout = guard.check_seen(user=reader, read=read, item=item)
        noticing.note_override(read, washout)
        keep_exposure(read, item=item, at=at, seen_elsewhere=washout.last_counted)
    return read


def keep_exposure(read: Read, *, item: Item, at: datetime, seen_elsewhere: datetime | None) -> None:
    """The first and last time `item` was sent, anew where the case was seen elsewhere in between.

    A look elsewhere is always stamped later than what was sent before it: at the same time it came first.
    What is sent after it is stamped later in turn, so that nobody can mistake which was first.
    """
    goes_on = {} if seen_elsewhere is None else {"elsewhere": seen_elsewhere}
    if change(_SENT_AGAIN + (_NOT_SINCE if goes_on else ""), read=read.pk, item=item, at=at, **goes_on):
        return
    enrolment = read.assignment.enrolment
    if seen_elsewhere is not None and at <= seen_elsewhere:
        at = moment_of_look(person=enrolment.reader, after=seen_elsewhere)
    Exposure.objects.create(read=read, item=item, first_at=at, last_at=at, **read.seen_by)
    audit.record(
        actor=enrolment.reader,
        action="read.exposed",
        target=read,
        study_id=enrolment.study_id,
        after={"item": item, "at": at.isoformat(), "zone": enrolment.reader.time_zone},
    )
