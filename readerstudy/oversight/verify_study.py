#!/usr/bin/env python3
"""Verify the audit export of a reader study, without the application that made it.

    python verify_study.py EXPORT.zip [--head SEQ:HASH]

Needs Python 3.9 or newer and nothing else. EXPORT is the zip, or the folder it was unpacked to. The head is
the last event's number and hash, exported apart and kept elsewhere; without it a tail that was cut off can't
be seen. It recomputes

  chain     every event's hash and link; finds an edit, a deletion, a reordering, a cut-off tail
  files     the SHA-256 of every file, as the last event states it
  protocol  the hash of the protocol as opened and of every amendment, what an amendment may not change, and
            the commitment to the seed
  order     who reads which case when and in which arm, from protocol hash and seed (revealed by the lock);
            cases that an amendment added come after the others, in blocks of their own; and the orders
            in which adjudicators came to their cases
  reads     that files and events tell the same of what was opened and handed in, each in its place
  pacing    every break and daily cap before a case was opened, in the time zones its reader lived by
  exposure  that files and events tell the same of what was sent to whom and when
  washout   every gap between what a reader was shown, against the protocol in force then and the overrides;
            the morning that an opening waits for, where the reader is; and that the washout certificate
            tells the same

and prints one line for each finding. Exit code 0: nothing found; 1: something does not hold; 2: not readable.

What it can't know: events of other studies are sealed (their links are checked, not what they say), and
whether the server's clock was right. Time zones are this machine's; where it has none, mornings and caps are
not checked, which is said.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import zipfile
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from zoneinfo import ZoneInfo

GENESIS = "0" * 64
EVENTS = "events.txt"
CERTIFICATE = "washout-certificate.json"
EXPORTED = "study.audit-exported"
TOLD = (
    "study.opened",
    "study.amended",
    "read.opened",
    "read.exposed",
    "read.submitted",
    "exam.seen",
    "override.requested",
    "override.approved",
    "adjudication.opened",
    EXPORTED,
)
"""Actions whose events are compared with the files; of all others the hash and the link are enough."""
Facts = dict[str, Any]
_JSON = json.JSONDecoder()


class Finding(NamedTuple):
    """Something that does not hold: which check, and what."""

    check: str
    what: str


# --- the chain of events ----------------------------------------------------------------------------------


class Chain:
    """Reads the lines of events one by one; keeps the study's own events and what does not hold.

    A line is the event's hash, a space, and the text whose SHA-256 it is: canonical JSON. An event of
    another study is sealed: its text gives its number and the hash before it only.
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.own: list[Facts] = []
        self.count = self.sealed = 0
        self.last: tuple[int, str] = (0, GENESIS)

    def read(self, lines: Iterable[bytes], head: tuple[int, str] | None) -> None:
        """Check every line. head: (number, hash) as exported apart."""
        at_head, before_last, last_line = None, hashlib.sha256(), b""
        for line in lines:
            before_last.update(last_line)
            last_line = line
            self._take(line.rstrip(b"\n"))
            if head is not None and self.last[0] == head[0]:
                at_head = self.last[1]
        if head is not None and at_head != head[1]:
            self._find(f"the head {head[0]} is not in it: the tail was cut off or replaced")
        self._check_export(before_last.hexdigest())

    def _take(self, line: bytes) -> None:
        digest, _, text = line.partition(b" ")
        stated = digest.decode("ascii", "replace")
        try:
            decoded = text.decode()
            event, end = _JSON.raw_decode(decoded)
            if end != len(decoded):
                raise ValueError("something follows it")
            number, previous = int(event["seq"]), event["previous_hash"]
        except (ValueError, KeyError, TypeError):
            self._find(f"line {self.count + 1} is no event")
            return
        self.count += 1
        expected = self.last[0] + 1
        if number != expected:
            self._find(f"event {expected} is missing; {number} follows")
        elif previous != self.last[1]:
            self._find(f"event {number} does not follow from the one before it")
        if event.get("sealed"):
            self.sealed += 1
        elif hashlib.sha256(text).hexdigest() != stated:
            self._find(f"event {number}: its content does not match its hash")
        elif event["action"] in TOLD:
            self.own.append(event)
        self.last = (number, stated)

    def _check_export(self, before_last: str) -> None:
        """The last event tells of this export: how many are sealed, and the hash of all lines before it."""
        last = self.own[-1] if self.own else {}
        if last.get("action") != EXPORTED or last.get("seq") != self.last[0]:
            self._find("the last event is not the one that tells of this export")
            return
        stated = last["after"]
        if stated["sealed"] != self.sealed:
            self._find(f"{self.sealed} events are sealed, the export sealed {stated['sealed']}")
        if stated["events_sha256"] != before_last:
            self._find("the lines before the last are not those that were exported")

    def _find(self, what: str) -> None:
        self.findings.append(Finding("chain", what))

    def about(self, *actions: str) -> list[Facts]:
        """The study's own events of these actions, in their order."""
        return [event for event in self.own if event["action"] in actions]


# --- the order of cases: a copy of the application's documented generator ---------------------------------


def _words(prefix: str) -> Iterator[int]:
    counter = 0
    while True:
        digest = hashlib.sha256(f"{prefix}|{counter}".encode()).digest()
        for start in range(0, 32, 8):
            yield int.from_bytes(digest[start : start + 8], "big")
        counter += 1


def _shuffled(items: Sequence[int], words: Iterator[int]) -> list[int]:
    """Fisher-Yates from the last place down; a draw below n takes the next word under the last multiple."""
    shuffled = list(items)
    for last in range(len(shuffled) - 1, 0, -1):
        bound = last + 1
        limit = bound * (2**64 // bound)
        other = next(word for word in words if word < limit) % bound
        shuffled[last], shuffled[other] = shuffled[other], shuffled[last]
    return shuffled


def _blocks(cases: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    count = max(1, len(cases) // size)
    short, longer = divmod(len(cases), count)
    start = 0
    for block in range(count):
        end = start + short + (block < longer)
        yield cases[start:end]
        start = end


class Order:
    """The orders of one reader: a pure function of protocol hash, seed and reader index.

    amendment: 0 for the cases the study opened with, else the version of the protocol that added them.
    """

    def __init__(self, rules: Facts, protocol_sha256: str, seed: str, reader: int, amendment: int) -> None:
        self.start = f"{rules['algorithm']}|{protocol_sha256}|{seed}|{reader}"
        self.block_size, self.amendment = rules["block_size"], amendment

    def _draw(self, period: int, block: int, attempt: int) -> Iterator[int]:
        when = f"{period}+{self.amendment}" if self.amendment else period
        return _words(f"{self.start}|{when}|{block}|{attempt}")

    def of_period(self, period: int, cases: Sequence[int]) -> tuple[int, ...]:
        """The cases in the order in which they are given in this period."""
        first = tuple(_shuffled(sorted(cases), self._draw(1, 0, 0)))
        if period == 1:
            return first
        attempt = 0
        while True:
            order: list[int] = []
            for block, members in enumerate(_blocks(first, self.block_size), start=1):
                order += _shuffled(members, self._draw(period, block, attempt))
            if tuple(order) != first or len(first) < 2:
                return tuple(order)
            attempt += 1

    def dealt(self, cases: Sequence[int], hands: int) -> list[tuple[int, ...]]:
        """The cases dealt into so many groups."""
        shuffled = _shuffled(sorted(cases), self._draw(0, 0, 0))
        return [tuple(sorted(shuffled[hand::hands])) for hand in range(hands)]


Planned = tuple[int, int, int, int, int, str]
"""(reader, period, position, part, case, arm) of a planned read; a second read has two parts."""


def reading_plan(
    document: Facts, protocol_sha256: str, seed: str, blocks: Mapping[int, Sequence[int]]
) -> Iterator[Planned]:
    """Every planned read. protocol_sha256: of the protocol as first opened; blocks: by the version that added
    them (0: at the opening), the case numbers."""
    for reader in document["readers"]:
        before: dict[int, int] = defaultdict(int)
        for amendment in sorted(blocks):
            own_order, shared = (
                Order(document["order"], protocol_sha256, seed, index, amendment)
                for index in (reader["index"], 0)
            )
            rows = list(_of_reader(document, reader, own_order, shared, blocks[amendment]))
            for index, period, position, part, case, arm in rows:
                yield index, period, position + before[period], part, case, arm
            for period in reader["periods"]:
                before[period] += max((row[2] for row in rows if row[1] == period), default=0)


def drawn_lures(document: Facts, seed: str, cases: Sequence[int]) -> set[int]:
    """The cases that are lures of the recall probe: read in a reader's last period alone."""
    share = document.get("recall_probe", {}).get("lure_share", 0)
    count = max(1, round(share * len(cases))) if share and len(cases) > 1 else 0
    words = _words(f"{document['order']['algorithm']}||{seed}|0|lures|0|0")
    return set(_shuffled(sorted(cases), words)[:count])


def _of_reader(
    document: Facts, reader: Facts, own_order: Order, shared: Order, cases: Sequence[int]
) -> Iterator[Planned]:
    design = document["design"]
    parts = {
        arm["name"]: (arm["first"], arm["name"]) if "first" in arm else (arm["name"],)
        for arm in document["arms"]
    }
    own: Sequence[int] = tuple(cases)
    if design["case_blocks"] > 1:
        own = shared.dealt(cases, design["case_blocks"])[reader["block"] - 1]
    sequence = design["sequences"][reader["sequence"] - 1]
    groups = own_order.dealt(own, len(sequence[0]))
    group_of = {case: group for group, members in enumerate(groups) for case in members}
    lures, periods = (
        {case["number"] for case in document.get("cases", ()) if case.get("lure")},
        reader["periods"],
    )
    for period in periods:
        left_out = lures if period == periods[0] or period != periods[-1] else set()
        given = [case for case in own_order.of_period(period, own) if case not in left_out]
        for position, case in enumerate(given, start=1):
            arms = parts[sequence[period - 1][group_of[case]]]
            for part, arm in enumerate(arms, start=1):
                yield reader["index"], period, position, part, case, arm


# --- the washout ------------------------------------------------------------------------------------------


class Spell(NamedTuple):
    """Images or map of a case, sent to a reader in one read of the study, from first to last.

    event: the number of the event that tells of the first.
    """

    reader: int
    case: int
    period: int
    read: str
    item: str
    first: datetime
    last: datetime
    event: int


class Elsewhere(NamedTuple):
    """The same case shown to a reader outside the study's reads, or in another study."""

    reader: int
    case: int
    where: str
    first: datetime
    last: datetime


class Permit(NamedTuple):
    """An approved override: for one case or (None) all of a period, from its approval to its end."""

    reader: int
    period: int
    case: int | None
    since: datetime
    until: datetime


class Gap(NamedTuple):
    """How long a case had been out of sight when it was first sent in a spell.

    since_case: from the same case; None if never seen. since_counted: from what the washout counts. event:
    the number of the event that tells of the sending.
    """

    reader: int
    case: int
    period: int
    read: str
    at: datetime
    event: int
    since_case: timedelta | None
    since_counted: timedelta
    required: timedelta
    permitted: bool

    @property
    def short(self) -> bool:
        return self.since_counted < self.required


def washout_before(document: Facts, period: int) -> tuple[timedelta, bool]:
    """(washout, whether per session) before a period; the first has the study's longest, per case."""
    hours = {row["number"]: row["washout_hours"] for row in document["periods"]}
    if hours[period]:
        return timedelta(hours=hours[period]), document["washout_mode"] == "per-session"
    return timedelta(hours=max(hours.values())), False


class Version(NamedTuple):
    """A version of the protocol.

    event: the number of the event that tells of its signing; 0 of the opening. since: from when it holds;
    None where that is from its signing on.
    """

    event: int
    since: datetime | None
    document: Facts


def in_force(versions: Sequence[Version], at: datetime, event: int) -> Facts:
    """The document under which was done at this moment what this event tells of.

    Of the versions signed before, the last whose time had come. The events' order decides which those are: by
    a clock that was set back, what was done under a version can bear an earlier time than its signing.
    """
    return [
        version.document
        for version in versions
        if version.event <= event and (version.since is None or version.since <= at)
    ][-1]


def gaps(
    versions: Sequence[Version],
    spells: Sequence[Spell],
    elsewhere: Sequence[Elsewhere],
    permits: Sequence[Permit],
) -> Iterator[Gap]:
    """Every gap of the study, by reader, case and time, against the protocol in force when it ended.

    What was sent within the same period counts for nothing; the same case anywhere else does, at the same
    instant too; per session, so does everything sent in earlier periods before this one began.
    """
    of_case: dict[tuple[int, int], list[tuple[int | None, datetime, datetime]]] = defaultdict(list)
    of_reader: dict[int, list[Spell]] = defaultdict(list)
    for spell in spells:
        of_case[spell.reader, spell.case].append((spell.period, spell.first, spell.last))
        of_reader[spell.reader].append(spell)
    for seen in elsewhere:
        of_case[seen.reader, seen.case].append((None, seen.first, seen.last))
    latest = _latest_of_earlier_periods(of_reader)
    for spell in sorted(spells, key=lambda s: (s.reader, s.case, s.first, s.item)):
        washout, per_session = washout_before(in_force(versions, spell.first, spell.event), spell.period)
        before = [
            min(last, spell.first)
            for period, first, last in of_case[spell.reader, spell.case]
            if period != spell.period and first <= spell.first
        ]
        same = max(before) if before else None
        earlier = latest.get((spell.reader, spell.period)) if per_session else None
        counted = [moment for moment in (same, earlier) if moment is not None]
        if not counted:
            continue
        since = spell.first - max(counted)
        permitted = any(
            permit.reader == spell.reader
            and permit.period == spell.period
            and permit.case in (None, spell.case)
            and permit.since <= spell.first < permit.until
            for permit in permits
        )
        since_case = None if same is None else spell.first - same
        yield Gap(
            spell.reader,
            spell.case,
            spell.period,
            spell.read,
            spell.first,
            spell.event,
            since_case,
            since,
            washout,
            permitted,
        )


def _latest_of_earlier_periods(of_reader: dict[int, list[Spell]]) -> dict[tuple[int, int], datetime]:
    """(reader, period) to the last that was sent in earlier periods, of what began before this period did."""
    found = {}
    for reader, own in of_reader.items():
        for period in {spell.period for spell in own}:
            began = min(spell.first for spell in own if spell.period == period)
            before = [min(s.last, began) for s in own if s.period < period and s.first < began]
            if before:
                found[reader, period] = max(before)
    return found


# --- mornings, breaks and daily caps ----------------------------------------------------------------------


@cache
def zone_named(name: str) -> ZoneInfo | None:
    """The time zone; None where this machine doesn't know it."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError):
        return None


def morning_after(moment: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """`moment`, or the next time it is `hour` o'clock there if that is later (UTC)."""
    today = moment.astimezone(zone).date()
    mornings = (_at(today + timedelta(days=ahead), hour, zone) for ahead in (0, 1))
    return next(morning for morning in mornings if morning >= moment)


@lru_cache(maxsize=4096)
def _at(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=zone).astimezone(timezone.utc)  # noqa: UP017, not in Python 3.9


LATELY = timedelta(days=2)
"""What was handed in before counts neither for a break nor for a day."""


class Desk:
    """What one reader has handed in so far, in the order of events, with running sums over it."""

    def __init__(self) -> None:
        self.ends: list[datetime] = []
        self._opened: list[datetime] = []
        self._rested: list[timedelta] = []
        self._cases, self._spent = [0], [timedelta()]
        self._fresh: dict[timedelta, list[int]] = defaultdict(list)

    def hand_in(self, opened: datetime, told: Facts, begins_a_case: bool) -> None:
        """told: what the event says. Where no window told how long the case was looked at, all its time
        counts."""
        at, active = moment(told["at"]), timedelta(milliseconds=told["active_ms"])
        self.ends.append(at)
        self._opened.append(opened)
        self._rested.append(timedelta(milliseconds=told["longest_rest_ms"] if active else 0))
        self._cases.append(self._cases[-1] + begins_a_case)
        self._spent.append(self._spent[-1] + (active or at - opened))

    def since_break(self, lasts: timedelta, now: datetime) -> tuple[int, timedelta]:
        """Cases, and how long, since this reader last did nothing for so long."""
        fresh = self._fresh[lasts]
        for index in range(len(fresh), len(self.ends)):
            rested = not index or self._opened[index] - self.ends[index - 1] >= lasts
            fresh.append(index if rested or self._rested[index] >= lasts else fresh[-1])
        return self._sums(fresh[-1] if fresh else 0, len(self.ends), now)

    def between(self, begins: datetime, ends: datetime | None, now: datetime) -> tuple[int, timedelta]:
        """Cases, and how long, of what was handed in from `begins` on, and before `ends`."""
        upto = len(self.ends) if ends is None else bisect_left(self.ends, ends)
        return self._sums(bisect_left(self.ends, begins), upto, now)

    def _sums(self, first: int, upto: int, now: datetime) -> tuple[int, timedelta]:
        first = min(max(first, bisect_right(self.ends, now - LATELY)), upto)
        return self._cases[upto] - self._cases[first], self._spent[upto] - self._spent[first]


def stops(document: Facts, done: Desk, now: datetime, zones: Iterable[ZoneInfo]) -> Iterator[str]:
    """Every break and cap for which no further case could be opened now."""
    pacing, hour = document.get("pacing") or {}, document.get("opens_at_local_hour")
    if not pacing or not done.ends:
        return
    minutes = pacing.get("break_minutes")
    if minutes is not None:
        lasts, after = timedelta(minutes=minutes), pacing.get("break_after_minutes")
        cases, spent = done.since_break(lasts, now)
        due = _reached(cases, pacing.get("break_after_cases")) or _reached(
            spent / timedelta(minutes=1), after
        )
        if due and now < done.ends[-1] + lasts:
            yield f"within a break of {minutes} minutes, after {cases} cases"
    if "cases_per_day" not in pacing and "hours_per_day" not in pacing:
        return
    for zone in zones:
        today = now.astimezone(zone).date()
        yesterday, midnight, tomorrow = (_at(today + timedelta(days=by), 0, zone) for by in (-1, 0, 1))
        opens = midnight if hour is None else morning_after(midnight, hour, zone)
        for begins, ends, until in ((midnight, None, tomorrow), (yesterday, midnight, opens)):
            cases, spent = done.between(begins, ends, now)
            hours = spent / timedelta(hours=1)
            full = _reached(cases, pacing.get("cases_per_day")) or _reached(
                hours, pacing.get("hours_per_day")
            )
            if full and now < until:
                yield f"past the cap of a day in {zone.key}, after {cases} cases"


def _reached(value: float, limit: float | None) -> bool:
    return limit is not None and value >= limit


# --- the export -------------------------------------------------------------------------------------------


class Export:
    """The files of an export, from its zip or its folder."""

    def __init__(self, path: Path) -> None:
        self._zip = None if path.is_dir() else zipfile.ZipFile(path)
        self._folder = path

    def open(self, name: str) -> BinaryIO:
        """One file. Raises KeyError or OSError where it is not there."""
        if self._zip is not None:
            return io.BufferedReader(self._zip.open(name), 1 << 20)  # type: ignore[arg-type]
        return (self._folder / name).open("rb")

    def json(self, name: str) -> Any:
        """One file as JSON."""
        with self.open(name) as file:
            return json.load(file)

    def sha256(self, name: str) -> str:
        """Its hash."""
        digest = hashlib.sha256()
        with self.open(name) as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
        return digest.hexdigest()


def check_files(export: Export, chain: Chain) -> Iterator[Finding]:
    """Every file is the one that the export's own event names."""
    exported = chain.about(EXPORTED)
    for name, stated in exported[-1]["after"]["files"].items() if exported else ():
        try:
            if export.sha256(name) != stated:
                yield Finding("files", f"{name} is not the file that was exported")
        except (KeyError, OSError):
            yield Finding("files", f"{name} is missing")


def check_protocol(study: Facts, chain: Chain) -> Iterator[Finding]:
    """The protocol as opened is the one hashed then; the seed is the one committed to."""
    first = study["protocol"]
    if _fingerprint(first["document"]) != first["sha256"]:
        yield Finding("protocol", "its document does not match its hash")
    opened = chain.about("study.opened")
    if not opened or opened[0]["after"]["protocol_sha256"] != first["sha256"]:
        yield Finding("protocol", "it is not the one with which the study was opened")
    elif opened[0]["after"]["seed_commitment"] != study["seed_commitment"]:
        yield Finding("protocol", "the commitment to the seed is not the one made at the opening")
    seed = study["seed"]
    if seed and hashlib.sha256(seed.encode()).hexdigest() != study["seed_commitment"]:
        yield Finding("protocol", "the seed is not the one that was committed to")


def _fingerprint(document: Facts) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


MAY_CHANGE = {"periods", "readers", "washout_mode", "opens_at_local_hour", "pacing", "cases"}
"""What an amendment can state anew; of readers and cases it adds to those who were there."""


def check_amendments(study: Facts, chain: Chain) -> Iterator[Finding]:
    """Every amendment is the one that was signed then, changes nothing that has to stay, and took effect."""
    signed = {event["after"]["version"]: event for event in chain.about("study.amended")}
    kept = {amendment["version"] for amendment in study["amendments"]}
    for version in sorted(set(signed) - kept):
        yield Finding("protocol", f"version {version} was signed and is left out")
    bases: dict[int, Facts] = {}
    for place, amendment in enumerate(study["amendments"]):
        name, event = f"version {amendment['version']}", signed.get(amendment["version"])
        base = bases[amendment["version"]] = _base(study["protocol"], study["amendments"][:place], amendment)
        if _fingerprint(amendment["document"]) != amendment["sha256"]:
            yield Finding("protocol", f"{name}: its document does not match its hash")
        if event is None or _signed(event) != (amendment["event"], amendment["sha256"]):
            yield Finding("protocol", f"{name} is not the one that was signed")
        elif _begins(event) != (moment(amendment["effective_at"]), amendment["at_once"]):
            yield Finding("protocol", f"{name} took effect at another time than was signed")
        elif event["before"]["sha256"] != base["sha256"]:
            yield Finding("protocol", f"{name} does not follow from the version before it")
        for what in _rewritten(base["document"], amendment["document"], amendment["version"]):
            yield Finding("protocol", f"{name} rewrites {what}")
    yield from _carried(study["amendments"], bases, signed)


def _signed(event: Facts) -> tuple[int, str]:
    return event["seq"], event["after"]["sha256"]


def _begins(event: Facts) -> tuple[datetime, bool]:
    """From when the version that was signed holds, and whether that is at once."""
    at = moment(event["after"]["effective_at"])
    return at, at <= moment(event["at"])


def _had_begun(amendment: Facts, at: datetime) -> bool:
    """Whether a version that is signed holds at this moment, or did before another took its place."""
    return amendment["at_once"] or moment(amendment["effective_at"]) <= at


def _base(opening: Facts, earlier: Sequence[Facts], amendment: Facts) -> Facts:
    """The version an amendment was put on: of those signed before it, the one in force as it took effect."""
    at = moment(amendment["effective_at"])
    return [opening, *(one for one in earlier if _had_begun(one, at))][-1]


def _carried(
    amendments: Sequence[Facts], bases: Mapping[int, Facts], signed: Mapping[int, Facts]
) -> Iterator[Finding]:
    """What waited for its time while others were signed took effect then, with all that it states."""
    by_version = {amendment["version"]: amendment for amendment in amendments}
    carries = {
        version: by_version[event["after"]["carries"]]
        for version, event in signed.items()
        if version in by_version and event["after"].get("carries") in by_version
    }
    for version, old in carries.items():
        new = by_version[version]
        says, said = (_stated(bases[one["version"]]["document"], one["document"]) for one in (new, old))
        if says != said or moment(new["effective_at"]) != moment(old["effective_at"]):
            yield Finding(
                "protocol", f"version {version} does not carry over what version {old['version']} states"
            )
    for waited in (one for one in amendments if not one["at_once"]):
        at = moment(waited["effective_at"])
        reached = [one for one in amendments if _had_begun(one, at)][-1]
        while reached["version"] > waited["version"]:
            reached = carries.get(reached["version"], bases[reached["version"]])
        if reached["version"] != waited["version"]:
            yield Finding("protocol", f"version {waited['version']} was signed and never came into force")


def _stated(old: Facts, new: Facts) -> dict[tuple[str, int], Any]:
    """What one version states differently from another, of itself (0) and of its periods."""
    rows = {row["number"]: row for row in old["periods"]}
    pairs = [(0, old, new), *((row["number"], rows.get(row["number"], {}), row) for row in new["periods"])]
    return {
        (key, number): after.get(key)
        for number, before, after in pairs
        for key in (set(before) | set(after)) - {"periods"}
        if before.get(key) != after.get(key)
    }


def _rewritten(old: Facts, new: Facts, version: int) -> Iterator[str]:
    """What an amendment says differently though it stays."""
    for key in sorted((set(old) | set(new)) - MAY_CHANGE):
        if old.get(key) != new.get(key):
            yield key
    for key in ("readers", "cases"):
        if new[key][: len(old[key])] != old[key]:
            yield f"the {key} before it"
    if any(case.get("added_by") != version for case in new["cases"][len(old["cases"]) :]):
        yield "which version added a case"


def check_order(study: Facts) -> Iterator[Finding]:
    """The stored order is the one that follows from protocol and seed; a permutation in any case."""
    stored = {(row["reader"], row["period"], row["position"], row["part"]): row for row in study["order"]}
    if study["seed"]:
        protocol, latest = study["protocol"], versions_of(study)[-1].document
        blocks: dict[int, list[int]] = defaultdict(list)
        for case in latest["cases"]:
            blocks[case.get("added_by", 0)].append(case["number"])
        stated = {case["number"] for case in latest["cases"] if case.get("lure")}
        if stated != drawn_lures(protocol["document"], study["seed"], blocks[0]):
            yield Finding("order", "the lures are not those that follow from the seed")
        planned = {
            (reader, period, position, part): (case, arm)
            for reader, period, position, part, case, arm in reading_plan(
                latest, protocol["sha256"], study["seed"], blocks
            )
        }
        for key in sorted(set(planned) | set(stored)):
            row = stored.get(key)
            if (None if row is None else (row["case"], row["arm"])) != planned.get(key):
                yield Finding(
                    "order", "reader {}, period {}, position {}, part {}: not what follows".format(*key)
                )
    seen = set()
    for row in study["order"]:
        place = (row["reader"], row["period"], row["case"], row["part"])
        if place in seen:
            yield Finding("order", "reader {} has in period {} case {} twice".format(*place))
        seen.add(place)


def check_adjudications(study: Facts, chain: Chain) -> Iterator[Finding]:
    """The order of every adjudicator follows from the lock's data set and the seed that was committed to."""
    opened = {event["object_id"]: event["after"] for event in chain.about("adjudication.opened")}
    held = study.get("adjudications", [])
    for missing in sorted(set(opened) - {adjudication["id"] for adjudication in held}):
        yield Finding("order", f"adjudication {missing} was opened and is left out")
    for adjudication in held:
        name = f"adjudication {adjudication['number']} of lock {adjudication['lock']}"
        seed, told = adjudication["seed"], opened.get(adjudication["id"], {})
        if any(told.get(key) != adjudication[key] for key in ("seed_commitment", "dataset_sha256")):
            yield Finding("order", f"{name} is not the one that was opened")
        if not seed:
            continue
        if hashlib.sha256(seed.encode()).hexdigest() != adjudication["seed_commitment"]:
            yield Finding("order", f"{name}: the seed is not the one that was committed to")
        rules = {**study["protocol"]["document"]["order"], "block_size": adjudication["block_size"]}
        of_seat: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for place in adjudication["places"]:
            of_seat[place["seat"]].append((place["position"], place["case"]))
        for seat, places in of_seat.items():
            order = Order(rules, adjudication["dataset_sha256"], seed, seat, 0)
            follows = order.of_period(1, [case for _, case in places])
            if sorted(places) != list(enumerate(follows, start=1)):
                yield Finding("order", f"{name}, seat {seat}: not the order that follows")


def check_reads(study: Facts, chain: Chain) -> tuple[list[Finding], int]:
    """(what does not hold, how many openings could be checked) of openings and hand-ins, one by one.

    Files and events tell the same, everyone read what the order has for them, and no case was opened within
    a break or past a cap; the second part of a case goes on with the first.
    """
    found: list[Finding] = []
    rows = {row["id"]: row for row in study["reads"]}
    person = {reader["person"]: reader["index"] for reader in study["readers"]}
    places = {(row["reader"], row["period"], row["case"], row["part"]) for row in study["order"]}
    versions, desks, opened, checked = versions_of(study), defaultdict(Desk), dict[str, datetime](), 0
    told: dict[tuple[str, str], str] = {}
    for event in chain.about("read.opened", "read.submitted"):
        read, after = event["object_id"], event["after"]
        row = rows.get(read)
        if row is None:
            found.append(Finding("reads", f"read {read} is in the events and left out of the files"))
            continue
        told[read, event["action"]] = after.get("at", "")
        if person.get(event["actor_id"]) != row["reader"]:
            found.append(Finding("reads", f"read {read} is not its reader's"))
        if "at" not in after:
            continue
        at, begins_a_case = moment(after["at"]), row["part"] == 1
        if event["action"] == "read.submitted":
            desks[row["reader"]].hand_in(opened.get(read, at), after, begins_a_case)
            continue
        opened[read], zones = at, [zone_named(name) for name in after["zones"]]
        if not begins_a_case and row["number"] == 1:
            continue
        checked += None not in zones
        for what in stops(
            in_force(versions, at, event["seq"]), desks[row["reader"]], at, [z for z in zones if z]
        ):
            found.append(
                Finding(
                    "pacing",
                    f"reader {row['reader']} was given case {row['case']} in period {row['period']} {what}",
                )
            )
    for read, row in rows.items():
        if (row["reader"], row["period"], row["case"], row["part"]) not in places:
            found.append(Finding("reads", f"read {read} has no place in the order"))
        for action, key in (("read.opened", "opened_at"), ("read.submitted", "submitted_at")):
            stated = "" if row["state"] == "ahead" else row[key]
            said = told.get((read, action))
            if bool(stated) != (said is not None) or (said and said != stated):
                found.append(Finding("reads", f"read {read}: {key} is not what the events tell"))
    return found, checked


def check_exposures(study: Facts, chain: Chain) -> Iterator[Finding]:
    """What the files say was sent is what the events say."""
    told = {
        (event["object_id"], event["after"]["item"], event["after"]["at"], event["seq"])
        for event in chain.about("read.exposed")
    }
    stored = {(row["read"], row["item"], row["first_at"], row["event"]) for row in study["exposures"]}
    for read, item, at, number in sorted(told ^ stored):
        where = "events" if (read, item, at, number) in told else "files"
        yield Finding("exposure", f"{item} of read {read} at {at} is in the {where} only")
    of_read: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for row in study["exposures"]:
        of_read[row["read"]].add((row["item"], row["first_at"], row["last_at"]))
    for event in chain.about("read.submitted"):
        if "exposures" not in event["after"]:
            continue
        ended = {(row["item"], row["first_at"], row["last_at"]) for row in event["after"]["exposures"]}
        if ended != of_read[event["object_id"]]:
            yield Finding("exposure", f"read {event['object_id']}: not what was sent when it was handed in")
    exam_of = {case["exam"]: case["number"] for case in study["cases"]}
    person = {reader["person"]: reader["index"] for reader in study["readers"]}
    looks = {
        (person[event["actor_id"]], exam_of[event["object_id"]], event["after"]["at"])
        for event in chain.about("exam.seen")
        if event["actor_id"] in person and event["object_id"] in exam_of
    }
    kept = {(row["reader"], row["case"], row["first_at"]) for row in study["elsewhere"]}
    for reader, case, at in sorted(looks - kept):
        yield Finding("exposure", f"reader {reader} saw case {case} at {at}, which the files leave out")


def moment(text: str) -> datetime:
    """A time as exported."""
    return datetime.fromisoformat(text)


def versions_of(study: Facts) -> list[Version]:
    """The versions of an exported study's protocol, in their order."""
    amended = [
        Version(one["event"], None if one["at_once"] else moment(one["effective_at"]), one["document"])
        for one in study["amendments"]
    ]
    return [Version(0, None, study["protocol"]["document"]), *amended]


def gaps_of(study: Facts) -> list[Gap]:
    """Every gap of an exported study."""
    spells = [
        Spell(
            row["reader"],
            row["case"],
            row["period"],
            row["read"],
            row["item"],
            moment(row["first_at"]),
            moment(row["last_at"]),
            row["event"],
        )
        for row in study["exposures"]
    ]
    elsewhere = [
        Elsewhere(row["reader"], row["case"], row["where"], moment(row["first_at"]), moment(row["last_at"]))
        for row in study["elsewhere"]
    ]
    permits = [
        Permit(
            row["reader"], row["period"], row["case"], moment(row["approved_at"]), moment(row["expires_at"])
        )
        for row in study["overrides"]
        if row["approved_at"]
    ]
    return list(gaps(versions_of(study), spells, elsewhere, permits))


def shortest_gaps(every: Iterable[Gap]) -> list[Gap]:
    """The shortest gap of every read that has one, by reader, period and case."""
    shortest: dict[str, Gap] = {}
    for gap in every:
        if gap.read not in shortest or gap.since_counted < shortest[gap.read].since_counted:
            shortest[gap.read] = gap
    return sorted(shortest.values(), key=lambda gap: (gap.reader, gap.period, gap.case, gap.at))


def check_mornings(study: Facts, chain: Chain, every: Sequence[Gap]) -> tuple[list[Finding], int]:
    """(what does not hold, how many were checked): nothing was sent before the morning it had to wait for."""
    found, checked, versions = [], 0, versions_of(study)
    zones = {
        (event["object_id"], event["after"]["at"]): event["after"].get("zone", "")
        for event in chain.about("read.exposed")
    }
    for gap in every:
        hour = in_force(versions, gap.at, gap.event).get("opens_at_local_hour")
        zone = None if hour is None else zone_named(zones.get((gap.read, gap.at.isoformat()), ""))
        if hour is None or zone is None:
            continue
        checked += 1
        opens = morning_after(gap.at - gap.since_counted + gap.required, hour, zone)
        if gap.at < opens and not gap.permitted:
            found.append(
                Finding(
                    "washout",
                    f"reader {gap.reader} was sent case {gap.case} in period {gap.period} before "
                    f"{hour} o'clock in {zone.key}, at which it opened",
                )
            )
    return found, checked


def check_washout(study: Facts, chain: Chain, every: Sequence[Gap]) -> Iterator[Finding]:
    """No gap is shorter than the washout without an override that two persons made."""
    for gap in every:
        if gap.short and not gap.permitted:
            hours, due = (part.total_seconds() / 3600 for part in (gap.since_counted, gap.required))
            yield Finding(
                "washout",
                f"reader {gap.reader} was sent case {gap.case} in period {gap.period} after {hours:g} h "
                f"where {due:g} h were due",
            )
    asked = {event["object_id"]: event for event in chain.about("override.requested")}
    agreed = {event["object_id"]: event for event in chain.about("override.approved")}
    for row in study["overrides"]:
        first, second = asked.get(row["id"]), agreed.get(row["id"])
        if first is None or bool(second) != bool(row["approved_at"]):
            yield Finding("washout", f"override {row['id']} is not what the events tell")
        elif second is not None and first["actor_id"] == second["actor_id"]:
            yield Finding("washout", f"override {row['id']} was asked for and approved by one person")


def check_certificate(every: Sequence[Gap], certificate: Facts) -> Iterator[Finding]:
    """The washout certificate tells what the exposures do."""
    found = shortest_gaps(every)

    def told(rows: Sequence[Facts]) -> list[tuple[Any, ...]]:
        return sorted(
            (row["reader"], row["period"], row["case"], moment(row["first_sent_at"])) for row in rows
        )

    def counted(gaps: Sequence[Gap]) -> list[tuple[Any, ...]]:
        return sorted((gap.reader, gap.period, gap.case, gap.at) for gap in gaps)

    wrong = told(certificate["gaps"]) != counted(found)
    wrong = wrong or told(certificate["short"]) != counted([gap for gap in found if gap.short])
    if wrong or certificate["kept"] != (not any(gap.short for gap in found)):
        yield Finding("washout", "the certificate does not tell the gaps that were")


def verify(path: Path, head: tuple[int, str] | None) -> tuple[list[Finding], list[str]]:
    """(what does not hold, what was checked) of an export."""
    export, chain = Export(path), Chain()
    with export.open(EVENTS) as lines:
        chain.read(lines, head)
    study = export.json("study.json")
    found = list(chain.findings)
    found += check_files(export, chain)
    found += check_protocol(study, chain)
    found += check_amendments(study, chain)
    found += check_order(study)
    found += check_adjudications(study, chain)
    found += check_exposures(study, chain)
    every = gaps_of(study)
    of_reads, openings = check_reads(study, chain)
    of_mornings, mornings = check_mornings(study, chain, every)
    found += [*of_reads, *of_mornings, *check_washout(study, chain, every)]
    found += check_certificate(every, export.json(CERTIFICATE))
    checked = [
        f"{chain.count} events ({chain.sealed} of other studies, sealed)",
        f"last event {chain.last[0]}:{chain.last[1]}",
        f"{len(study['amendments'])} amendments",
        f"{len(study['order'])} places in the order"
        + ("" if study["seed"] else " (the seed is not revealed yet: not derived again)"),
        f"{len(every)} gaps, {sum(gap.permitted and gap.short for gap in every)} short under an override",
        f"{openings} openings against breaks and caps, {mornings} gaps against mornings",
    ]
    if head is None:
        checked.append("no head was given: a tail that was cut off can't be seen")
    return found, checked


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was checked and what does not hold."""
    parser = argparse.ArgumentParser(description="Verify the audit export of a reader study.")
    parser.add_argument("export", type=Path)
    parser.add_argument("--head", default="", help="NUMBER:HASH of the last event, as exported apart")
    options = parser.parse_args(arguments)
    try:
        head = None
        if options.head:
            number, _, digest = options.head.partition(":")
            head = (int(number), digest)
        found, checked = verify(options.export, head)
    except (OSError, KeyError, ValueError, TypeError, IndexError, zipfile.BadZipFile) as error:
        sys.stderr.write(f"This can't be read as an audit export: {type(error).__name__}: {error}\n")
        return 2
    lines = [*checked, *(f"DOES NOT HOLD  {finding.check}: {finding.what}" for finding in found)]
    lines.append(f"{len(found)} findings." if found else "Everything holds.")
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
