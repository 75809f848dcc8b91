"""What a protocol says of time, told again by no code of the product: the machine of conduct judges by it.

Times are aware, in UTC. Each function is written from study-conduct's sentence, and differently from the
product's where there is another way to say the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import takewhile
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

Document = dict[str, Any]
Session = tuple[int, int]
"""Study and period."""


class Shown(NamedTuple):
    """An image was shown to a person. session: None outside a read. at: the latest time they had seen by
    then."""

    person: Any
    patient: str
    session: Session | None
    at: datetime


class Permit(NamedTuple):
    """Two persons let this person read in a session, a case or (None) all of it."""

    person: Any
    session: Session
    case: int | None
    since: datetime
    until: datetime


class HandedIn(NamedTuple):
    """A read was handed in; part 2 goes on with a case."""

    person: Any
    study: int
    opened_at: datetime
    at: datetime
    part: int


@dataclass(frozen=True)
class Clock:
    """Where a person lives."""

    zone: str

    def first(self, moment: datetime, hour: int | None) -> datetime:
        """The first time from this moment on that it is so late in the morning; the moment where None."""
        if hour is None:
            return moment
        zone, day = ZoneInfo(self.zone), moment.astimezone(ZoneInfo(self.zone)).date()
        days = (day + timedelta(days=ahead) for ahead in range(-1, 3))
        mornings = (datetime.combine(d, time(hour), zone).astimezone(UTC) for d in days)
        return min(morning for morning in mornings if morning >= moment)

    def day(self, moment: datetime) -> Any:
        """The local date."""
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def midnight_after(self, day: Any) -> datetime:
        """When this local day ends."""
        return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(self.zone)).astimezone(UTC)


def in_force(versions: Sequence[tuple[datetime, Document]], now: datetime) -> Document:
    """The last of the versions that has begun to hold."""
    return [document for since, document in versions if since <= now][-1]


def reads_from(
    document: Document, *, person: Any, clock: Clock, patient: str, session: Session, shown: Iterable[Shown]
) -> datetime | None:
    """When this person may see the case in this session; None if nothing stands before it."""
    hours = {row["number"]: row["washout_hours"] for row in document["periods"]}
    study, period = session
    own = [look for look in shown if look.person == person]
    counted = [look.at for look in own if look.patient == patient and look.session != session]
    if hours[period] and document["washout_mode"] == "per-session":
        began = min((look.at for look in own if look.session == session), default=None)
        earlier = {(study, number) for number in hours if number < period}
        counted += [look.at for look in own if look.session in earlier and (began is None or look.at < began)]
    if not counted:
        return None
    due = max(counted) + timedelta(hours=hours[period] or max(hours.values()))
    return clock.first(due, document["opens_at_local_hour"])


def closes(document: Document, period: int, away: Sequence[tuple[datetime, datetime]]) -> datetime | None:
    """When a period ends for who is away at times: as much later as they were away before it ends."""
    stated = next(row for row in document["periods"] if row["number"] == period).get("closes_at")
    if stated is None:
        return None
    first = end = datetime.fromisoformat(stated)
    while (longer := first + _overlap(away, end)) > end:
        end = longer
    return end


def _overlap(away: Sequence[tuple[datetime, datetime]], until: datetime) -> timedelta:
    """How much of the time up to then was spent away, however often it was noted."""
    total, covered = timedelta(), datetime.min.replace(tzinfo=UTC)
    for begins, ends in sorted((begins, min(ends, until)) for begins, ends in away):
        start = max(begins, covered)
        if ends > start:
            total, covered = total + (ends - start), ends
    return total


def stopped_until(
    document: Document, handed_in: Sequence[HandedIn], *, now: datetime, clock: Clock
) -> datetime | None:
    """Until when a break or a cap lets no further case begin; None where neither does now.

    handed_in: by this person in this study.
    """
    pacing = document.get("pacing", {})
    ends = [*_break(pacing, handed_in)]
    today = clock.day(now)
    for day in {clock.day(one.at) for one in handed_in} | {today}:
        if day > today:
            continue
        of_day = [one for one in handed_in if clock.day(one.at) == day or clock.day(one.at) > day == today]
        cases = sum(one.part == 1 for one in of_day)
        spent = sum((one.at - one.opened_at for one in of_day), timedelta())
        if cases >= pacing.get("cases_per_day", 10**6) or spent >= timedelta(
            hours=pacing.get("hours_per_day", 10**4)
        ):
            ends.append(clock.first(clock.midnight_after(day), document["opens_at_local_hour"]))
    return max((end for end in ends if end > now), default=None)


def _break(pacing: Document, handed_in: Sequence[HandedIn]) -> Iterable[datetime]:
    if "break_minutes" not in pacing or not handed_in:
        return
    lasts = timedelta(minutes=pacing["break_minutes"])
    latest = sorted(handed_in, key=lambda one: (one.at, one.opened_at), reverse=True)
    goes_on = list(
        takewhile(lambda pair: pair[0].opened_at - pair[1].at < lasts, zip(latest, latest[1:], strict=False))
    )
    stretch = latest[: len(goes_on) + 1]
    cases = sum(one.part == 1 for one in stretch)
    spent = sum((one.at - one.opened_at for one in stretch), timedelta())
    if cases >= pacing.get("break_after_cases", 10**6) or spent >= timedelta(
        minutes=pacing.get("break_after_minutes", 10**6)
    ):
        yield latest[0].at + lasts
