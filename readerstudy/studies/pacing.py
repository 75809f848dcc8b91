"""Breaks and caps: when the next case may be given. They never stop the case under way. Pure.

A protocol states them under `pacing`; one that says nothing, as all of earlier versions, has none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from readerstudy.studies.policies import not_before_morning


@dataclass(frozen=True)
class HandedIn:
    """A read that was handed in.

    active: how long it was looked at. rested: the longest stretch, while it was open, in which it was not.
    begins_a_case: False for the second part of a case, which was counted with the first.
    """

    opened_at: datetime
    submitted_at: datetime
    active: timedelta
    rested: timedelta = timedelta()
    begins_a_case: bool = True


@dataclass(frozen=True)
class Stop:
    """Why no further case is given before `opens_at`. code: "break" or "cap"."""

    opens_at: datetime
    code: str
    detail: str


@dataclass(frozen=True)
class Pacing:
    """What a protocol says about breaks and caps; None where it says nothing."""

    break_after_cases: int | None = None
    break_after_minutes: int | None = None
    break_minutes: int | None = None
    cases_per_day: int | None = None
    hours_per_day: float | None = None

    @property
    def limits_time(self) -> bool:
        """Whether a limit may be reached while a case is read, and not by handing it in."""
        return self.break_after_minutes is not None or self.hours_per_day is not None

    @property
    def limits_days(self) -> bool:
        """Whether a day holds no more than so much, by whatever measure."""
        return self.cases_per_day is not None or self.hours_per_day is not None

    @property
    def words(self) -> str:
        """In a sentence, for those who read by it; empty where nothing is stated."""
        after = [
            _many(value, what)
            for value, what in (
                (self.break_after_cases, "case"),
                (self.break_after_minutes, "minute of reading"),
            )
            if value is not None
        ]
        most = [
            _many(value, what)
            for value, what in ((self.cases_per_day, "case"), (self.hours_per_day, "hour of reading"))
            if value is not None
        ]
        lasts = _many(self.break_minutes or 0, "minute")
        said = [f"after {' or '.join(after)} a break of {lasts}"] if after else []
        said += [f"at most {' and '.join(most)} a day"] if most else []
        return "; ".join(said).capitalize()


def _many(count: float, what: str) -> str:
    """ "1 case", "2 cases", "1 minute of reading", "2.5 hours of reading"."""
    thing, _, of = what.partition(" ")
    plural = thing if count == 1 else f"{thing}s"
    return f"{count:g} {plural} {of}".strip()


def pacing_of(document: Mapping[str, Any]) -> Pacing:
    """What a checked protocol states."""
    return Pacing(**document.get("pacing", {}))


def stop_of(
    pacing: Pacing, done: Sequence[HandedIn], *, now: datetime, zones: Iterable[tzinfo], hour: int | None
) -> Stop | None:
    """What stops the next case now; None where nothing does.

    done: what this reader handed in, the latest first, back to the day before yesterday. zones: in which the
    reader lived since then; the latest end of a day counts, so that a stop never moves earlier with a change
    of zone. hour: to which of the reader's mornings an opening is rounded up; midnight where None.
    """
    stops = [*_break(pacing, done)]
    for zone in zones:
        today = now.astimezone(zone).date()
        for day in (today, today - timedelta(days=1)):
            stops += _cap(pacing, done, day=day, is_today=day == today, zone=zone, hour=hour)
    return max((stop for stop in stops if now < stop.opens_at), key=lambda stop: stop.opens_at, default=None)


def _break(pacing: Pacing, done: Sequence[HandedIn]) -> Iterator[Stop]:
    if not done or pacing.break_minutes is None:
        return
    cases, spent = _since_break(done, timedelta(minutes=pacing.break_minutes))
    after, minutes = pacing.break_after_cases, pacing.break_after_minutes
    too_many = after is not None and cases >= after
    if too_many or (minutes is not None and spent >= timedelta(minutes=minutes)):
        read = _many(cases, "case") if too_many else f"for {_many(spent // timedelta(minutes=1), 'minute')}"
        lasts = _many(pacing.break_minutes, "minute")
        yield Stop(
            (done[0].submitted_at + timedelta(minutes=pacing.break_minutes)).astimezone(UTC),
            "break",
            f"You have read {read} since your last break: take one of {lasts} now.",
        )


def _since_break(done: Sequence[HandedIn], lasts: timedelta) -> tuple[int, timedelta]:
    """How many cases, and how long, since this reader last did nothing for so long.

    The next case opens with the handing in of the one before and may then wait, so that a rest within a
    case is a rest as well.
    """
    cases, spent, later = 0, timedelta(), None
    for read in done:
        if later is not None and later.opened_at - read.submitted_at >= lasts:
            break
        cases, spent, later = cases + read.begins_a_case, spent + read.active, read
        if read.rested >= lasts:
            break
    return cases, spent


def _cap(
    pacing: Pacing, done: Sequence[HandedIn], *, day: date, is_today: bool, zone: tzinfo, hour: int | None
) -> Iterator[Stop]:
    """What a full day stops: the rest of it, and the hours from midnight to the morning it opens with."""
    dated = [(read.submitted_at.astimezone(zone).date(), read) for read in done]
    of_day = [read for on, read in dated if on == day or (is_today and on > day)]
    cases = sum(read.begins_a_case for read in of_day)
    spent = sum((read.active for read in of_day), timedelta())
    most, hours = pacing.cases_per_day, pacing.hours_per_day
    too_many = most is not None and cases >= most
    if too_many or (hours is not None and spent >= timedelta(hours=hours)):
        hours_read = round(spent / timedelta(hours=1), 1)
        read = _many(cases, "case") if too_many else f"for {_many(hours_read, 'hour')}"
        midnight = datetime.combine(day + timedelta(days=1), time(0), tzinfo=zone).astimezone(UTC)
        opens_at = midnight if hour is None else not_before_morning(midnight, hour=hour, zone=zone)
        when = "today" if is_today else "yesterday"
        yield Stop(opens_at, "cap", f"You have read {read} {when}, as much as a day may hold.")
