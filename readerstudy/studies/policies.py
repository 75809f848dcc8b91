"""Decisions about a study, free of clock and database: washout, transitions, what stops an opening."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from readerstudy.common.errors import BadInput, Conflict
from readerstudy.studies.states import STUDY_TRANSITIONS, Stratify, StudyState, WashoutMode


@dataclass(frozen=True)
class Exposed:
    """Something was shown to the reader before, outside this very session (this period of this study).

    at: the last moment anything of it was sent (aware).
    same_case: of the case asked about, under whatever id: the same patient, or the same pictures.
    earlier_period: in an earlier period of the study, before the reader began the period asked about.
    """

    at: datetime
    same_case: bool
    earlier_period: bool


def washout_before(document: Mapping[str, Any], period: int) -> tuple[timedelta, WashoutMode]:
    """How long a case must have been out of sight before `period` of a protocol, and how that is counted.

    The first period repeats nothing of its own study, but the reader may know a case from another one: its
    longest washout holds then, per case.
    """
    hours = {row["number"]: row["washout_hours"] for row in document["periods"]}
    if hours[period]:
        return timedelta(hours=hours[period]), WashoutMode(document["washout_mode"])
    return timedelta(hours=max(hours.values())), WashoutMode.PER_CASE


def last_counted(mode: WashoutMode, exposures: Iterable[Exposed]) -> datetime | None:
    """The latest exposure (UTC) that the washout counts from; None if none does.

    Per case, exposures to the same case count, wherever and whenever they were, also while a read of it is
    open; per session, everything sent in earlier periods counts as well. What is sent within the session
    itself is never among the exposures. Raises ValueError for a time without a zone.
    """
    counted = [
        _utc(exposure.at)
        for exposure in exposures
        if exposure.same_case or (mode is WashoutMode.PER_SESSION and exposure.earlier_period)
    ]
    return max(counted, default=None)


MAX_AWAY = timedelta(days=366)
OPENING_MEANING = "I open this study: its protocol is final, and it is read by it from now on."
"""What the signature under an opening states (21 CFR 11.50: the meaning is part of the signature)."""
Away = Sequence[tuple[datetime, datetime]]
"""When a reader is away: first and last moment of each time, in any order."""


def closing_moment(document: Mapping[str, Any], period: int, away: Away = ()) -> datetime | None:
    """The latest date of a period for a reader who is away at times; None where it never closes.

    It moves later by all the time the reader is away before it, counted once where times overlap, and never
    moves earlier. A washout is counted from what was seen alone: being away does not shorten it.
    """
    stated = next(row for row in document["periods"] if row["number"] == period).get("closes_at")
    if not stated:
        return None
    closes = datetime.fromisoformat(stated)
    counted_to = min((begins for begins, _ in away), default=closes)
    for begins, ends in sorted(away):
        fresh = max(begins, counted_to)
        if fresh < closes and ends > fresh:
            closes, counted_to = closes + (ends - fresh), ends
    return closes


def closed_periods(document: Mapping[str, Any], *, now: datetime, away: Away = ()) -> list[int]:
    """The periods whose latest date has come for this reader: no further case of them is given."""
    moments = {row["number"]: closing_moment(document, row["number"], away) for row in document["periods"]}
    return [number for number, closes in moments.items() if closes is not None and _utc(now) >= closes]


def check_away(*, begins_at: datetime, ends_at: datetime) -> None:
    """Raises BadInput for a time that ends before it begins, or lasts longer than MAX_AWAY."""
    if not timedelta() < ends_at - begins_at <= MAX_AWAY:
        raise BadInput(
            f"A reader is away from a day to a later one, for at most {MAX_AWAY.days} days.", code="away"
        )


def reading_opens_at(
    *, washout: timedelta, mode: WashoutMode, exposures: Iterable[Exposed]
) -> datetime | None:
    """The first moment (UTC) at which the reader may see this case again; None if never seen.

    The last exposure plus the washout in elapsed time, so that a change to or from daylight-saving time
    or a leap day neither lengthens nor shortens it.
    """
    last = last_counted(mode, exposures)
    return None if last is None else last + washout


def not_before_morning(moment: datetime, *, hour: int, zone: tzinfo) -> datetime:
    """`moment`, or the next time it is `hour` o'clock in `zone` if that is later; UTC.

    Never earlier than `moment`. An hour that daylight-saving time skips is taken as the one after it.
    """
    today = moment.astimezone(zone).date()
    mornings = [
        datetime.combine(today + timedelta(days=ahead), time(hour), tzinfo=zone).astimezone(UTC)
        for ahead in (0, 1)
    ]
    return next(morning for morning in mornings if morning >= _utc(moment))


def washout_has_passed(*, now: datetime, opens_at: datetime | None) -> bool:
    """Whether reading may begin: at `opens_at` exactly, and not a moment before."""
    return opens_at is None or _utc(now) >= _utc(opens_at)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time without a zone has no place in a washout")
    return moment.astimezone(UTC)


def can_become(state: StudyState, wanted: StudyState) -> bool:
    """Whether a study in `state` may go to `wanted`."""
    return wanted in STUDY_TRANSITIONS[StudyState(state)]


def problems_of_protocol(document: Mapping[str, Any], *, now: datetime) -> list[str]:
    """What of a sound protocol keeps a study from opening now, each with what to do."""
    problems = [
        f"Period {period['number']} would have closed already ({period['closes_at']}): name a moment to come."
        for period in document["periods"]
        if "closes_at" in period and datetime.fromisoformat(period["closes_at"]) <= _utc(now)
    ]
    problems += _closed_before_open(document, now=now)
    labelled = [f"R{one['index']}" for one in document["readers"] if one.get("labelled_training_data")]
    if labelled and "training_labellers" not in document:
        problems.append(
            f"{', '.join(labelled)} labelled the data that the model was trained on, and agrees with it more "
            "than another reader would: take another reader, or say in the protocol why this one reads all "
            "the same."
        )
    return problems


def _closed_before_open(document: Mapping[str, Any], *, now: datetime) -> Iterable[str]:
    """Periods that close before any of their readers could have waited out the washouts before them."""
    hours = {row["number"]: row["washout_hours"] for row in document["periods"]}
    for period in document["periods"]:
        number = period["number"]
        waits = [
            sum(hours[own] for own in reader["periods"][1:] if own <= number)
            for reader in document["readers"]
            if number in reader["periods"]
        ]
        earliest = _utc(now) + timedelta(hours=min(waits, default=0))
        closes = period.get("closes_at")
        if closes and any(waits) and _utc(now) < datetime.fromisoformat(closes) <= earliest:
            yield (
                f"Period {number} closes ({closes}) before the washout can have passed for anyone "
                f"({earliest:%Y-%m-%dT%H:%M:%SZ}): let it close later, or ask for a shorter washout."
            )


def check_can_delete(state: StudyState) -> None:
    """Raises Conflict unless the study is a draft: what was frozen and read is kept for ever."""
    if state is not StudyState.DRAFT:
        raise Conflict(
            f"The study is {state}: its protocol, orders and reads are kept for ever, and only a draft is "
            "deleted. "
            + ("End its reading by a lock instead." if state is StudyState.OPEN else "It stays as locked."),
            code="kept",
        )


@dataclass(frozen=True)
class CaseFacts:
    """What opening asks of a case.

    map_of_stand_in: its map came from no trained network. map_fits_protocol: its suggestions were made with
    the protocol's thresholds.
    """

    name: str
    patient: str
    released: bool
    synthetic: bool
    has_levels: bool
    has_map: bool
    map_of_stand_in: bool
    map_fits_protocol: bool
    sham_missing: bool


def problems_of_cases(cases: Sequence[CaseFacts], *, assisted: bool, demo_installation: bool) -> list[str]:
    """What keeps a study with these cases from opening, each with what to do; empty if nothing does."""
    if not cases:
        return ["No cases: add at least one released exam."]
    synthetic_study = any(case.synthetic for case in cases)
    problems = [problem for case in cases for problem in _problems_of_case(case, assisted, synthetic_study)]
    if demo_installation and not all(case.synthetic for case in cases):
        problems.append("A demo installation holds synthetic exams only: remove the others.")
    seen: dict[str, str] = {}
    for case in cases:
        if case.patient in seen:
            problems.append(f"{case.name} and {seen[case.patient]} are of one patient: keep one of them.")
        seen[case.patient] = case.name
    return problems


def _problems_of_case(case: CaseFacts, assisted: bool, synthetic_study: bool) -> Iterable[str]:
    if not case.released:
        yield f"{case.name} is not released: release it on its page, or remove it."
    if not case.has_levels:
        yield f"{case.name} has no confirmed level names: confirm them on its page."
    if not assisted:
        return
    if not case.has_map:
        yield f"{case.name} has no Modic map, which an arm here shows: run the mapping, or remove it."
    elif case.map_of_stand_in and not synthetic_study:
        yield f"{case.name} has a map made by a stand-in for the networks: run the mapping again."
    elif not case.map_fits_protocol:
        yield f"{case.name} has a map made with other thresholds than the protocol's: run the mapping again."
    elif case.sham_missing:
        yield f"{case.name} has no sham map, which an arm here shows: have the sham maps made."


AGE_BANDS = ((40, "under 40"), (60, "40 to 59"))
"""Upper ends (years, not included) and names of the strata by age; above them, 60 and over."""


def stratum_of(by: Stratify, *, label: str, sex: str, age: int | None) -> str:
    """The stratum of a case: the label, or the sex or age band of its exam, "unknown" where it says none."""
    if by is Stratify.LABEL:
        return label.strip()
    if by is Stratify.SEX:
        return {"F": "female", "M": "male"}.get(sex, "unknown")
    if age is None:
        return "unknown"
    return next((name for end, name in AGE_BANDS if age < end), "60 and over")
