"""When a reader is reminded, and of what. The words tell of no case, arm or patient."""

import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from readerstudy.reminders.states import Occasion

DAY_BEGINS, DAY_ENDS = time(9), time(17)
"""Working hours, Monday to Friday, by the reader's clock."""
BEFORE_CLOSING = timedelta(days=5)
"""Long enough for a working day to lie in it."""
IDLE_AFTER = timedelta(days=7)


def in_working_hours(now: datetime, zone: str) -> bool:
    """Whether it is a weekday between DAY_BEGINS and DAY_ENDS where the reader is."""
    local = now.astimezone(zoneinfo.ZoneInfo(zone))
    return local.weekday() < 5 and DAY_BEGINS <= local.time() < DAY_ENDS


@dataclass(frozen=True)
class PeriodFacts:
    """One reader in one period.

    open: how many cases can be read now. last_activity: when anything of it was last sent; None for never.
    opened_at: since when there has been something to read. closes_at: None for never.
    """

    number: int
    open: int
    last_activity: datetime | None
    opened_at: datetime
    closes_at: datetime | None


@dataclass(frozen=True)
class Due:
    """A reminder that is due. since: when what it reminds of began, or will be; count: of its repeats."""

    occasion: Occasion
    since: datetime
    count: int = 1


def due(facts: PeriodFacts, *, now: datetime) -> Iterator[Due]:
    """What this reader is to be reminded of: that reading has opened, that it closes soon, that it rests.

    Nothing where nothing can be read. Being idle is told again after every further IDLE_AFTER.
    """
    if not facts.open:
        return
    if facts.last_activity is None:
        yield Due(Occasion.OPENED, facts.opened_at)
    if facts.closes_at is not None and facts.closes_at - BEFORE_CLOSING <= now < facts.closes_at:
        yield Due(Occasion.CLOSING, facts.closes_at)
    rests_since = max(facts.last_activity or facts.opened_at, facts.opened_at)
    idle = (now - rests_since) // IDLE_AFTER
    if idle > 0:
        yield Due(Occasion.IDLE, rests_since, count=idle)


_WORDS: dict[Occasion, str] = {
    Occasion.OPENED: "You can read now in the study “{study}”.",
    Occasion.CLOSING: "Reading in the study “{study}” closes on {closes}: some of your cases are unread.",
    Occasion.IDLE: "Reading in the study “{study}” waits for you.",
}
SUBJECT = "Modic reader study: a reminder"


def words(occasion: Occasion, *, study: str, closes_at: datetime | None, zone: str, link: str) -> str:
    """The whole text of a reminder."""
    closes = ""
    if closes_at is not None:
        closes = closes_at.astimezone(zoneinfo.ZoneInfo(zone)).strftime("%d %b %Y, %H:%M %Z")
    lines = [_WORDS[occasion].format(study=study, closes=closes)]
    if link:
        lines.append(f"Sign in: {link}")
    return "\n\n".join([*lines, "Research use only. Not a medical device."]) + "\n"
