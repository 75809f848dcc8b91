"""On which device a reader reads a study: another one asks before it takes over.

Windows of one browser settle it among themselves. A device that has been silent for long holds nobody up.
"""

from dataclasses import dataclass
from datetime import datetime

from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.statements import at_of, rows
from readerstudy.reads import policies, recalls
from readerstudy.reads.models import Read, Seat
from readerstudy.reads.states import ReadState
from readerstudy.studies.models import Enrolment


@dataclass(frozen=True)
class Device:
    """A browser that asks for a case. id: its own, empty for one that has none; words: what it is."""

    id: str = ""
    words: str = ""


@dataclass(frozen=True)
class Elsewhere:
    """The study is being read on another device, since then, which was last heard of at `last_at`."""

    where: str
    since: datetime
    last_at: datetime


def taken(enrolment: Enrolment, device: Device) -> Elsewhere | None:
    """Where else the study is being read just now; None where nowhere, and for a device without an id."""
    seat = Seat.objects.filter(enrolment=enrolment).first()
    if seat is None or not device.id or str(seat.device) == device.id:
        return None
    if not policies.is_at_the_desk(last_at=seat.last_at, now=clock.now()):
        return None
    under_way = Read.objects.filter(
        assignment__enrolment=enrolment, state__in=(ReadState.OPENED, ReadState.DRAFT)
    )
    if not under_way.exists() and recalls.unanswered(enrolment) is None:
        return None
    return Elsewhere(seat.words, seat.since, seat.last_at)


_SEAT_SINCE = """
SELECT t.words, t.since, t.last_at FROM reads_seat t
WHERE t.enrolment_id = %(enrolment)s AND t.since > %(moment)s
"""


def taken_after(enrolment: Enrolment, moment: datetime) -> Elsewhere | None:
    """Where the study is read since later than `moment`: whoever acted then has left the seat to another."""
    found = rows(_SEAT_SINCE, enrolment=enrolment.pk, moment=moment)
    return next((Elsewhere(words, at_of(since), at_of(last_at)) for words, since, last_at in found), None)


def sit(enrolment: Enrolment, device: Device) -> None:
    """From now on this device reads. Call within the transaction that gives it the case."""
    now, seat = clock.now(), Seat.objects.filter(enrolment=enrolment).first()
    if seat is not None and str(seat.device) == device.id:
        Seat.objects.filter(pk=seat.pk).update(last_at=now)
        return
    if seat is not None:
        audit.record(
            actor=enrolment.reader,
            action="reading.moved",
            target=enrolment,
            study_id=enrolment.study_id,
            before={"where": seat.words, "since": seat.since.isoformat()},
            after={"where": device.words},
        )
        seat.delete()
    if device.id:
        Seat.objects.create(enrolment=enrolment, device=device.id, words=device.words, since=now, last_at=now)


def heard(enrolment: Enrolment, *, leaving: bool) -> None:
    """The device that reads gave a sign of life, or its reader is leaving the room."""
    seat = Seat.objects.filter(enrolment=enrolment)
    if leaving:
        seat.delete()
    else:
        seat.update(last_at=clock.now())
