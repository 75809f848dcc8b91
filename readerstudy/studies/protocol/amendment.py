"""What an amendment may change in an open study, and what it would change for whom. Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from readerstudy.studies.protocol.difference import differences
from readerstudy.studies.protocol.document import Document, without_cases

_OF_PERIOD = {"washout_hours", "closes_at"}
_OF_DOCUMENT = {"periods", "readers", "washout_mode", "opens_at_local_hour", "pacing"}


@dataclass(frozen=True)
class Underway:
    """Where the readers stand. mid_case: who has a case open; begun: by period, who has begun it."""

    now: datetime
    mid_case: tuple[int, ...] = ()
    begun: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


def refusals(
    old: Document,
    new: Document,
    underway: Underway,
    *,
    cases_added: int,
    effective_at: datetime | None = None,
) -> list[str]:
    """Why an amendment can't be made, each rule with what to do; empty if it can.

    effective_at: where it takes effect later than it is signed.
    """
    problems = list(
        _of_moment(underway) if effective_at is None else _of_later(old, new, effective_at, underway)
    )
    if cases_added and effective_at is not None:
        problems.append("Cases are added at once: sign them without a later time of effect.")
    problems += _of_what_stays(old, new)
    problems += _of_periods(old, new, underway, since=effective_at or underway.now)
    problems += _of_readers(old, new)
    if not problems and without_cases(old) == without_cases(new) and not cases_added:
        problems.append("Nothing would change: state what is to be different.")
    return problems


def _of_moment(underway: Underway) -> Iterator[str]:
    if underway.mid_case:
        yield (
            f"{_names(underway.mid_case)} {'has' if len(underway.mid_case) == 1 else 'have'} a case open: a "
            "protocol changes between cases only. Wait until it is handed in."
        )


def _of_later(old: Document, new: Document, effective_at: datetime, underway: Underway) -> Iterator[str]:
    """What takes effect later may meet a reader mid-case, and a period that was begun in between: it is of a
    kind that touches neither."""
    if effective_at <= underway.now:
        yield f"It would take effect in the past ({effective_at.isoformat()}): name a later moment, or none."
    if len(new["readers"]) > len(old["readers"]):
        yield "Readers join at once: sign that without a later time of effect."
    closings = [{**row, "closes_at": None} for row in old["periods"]]
    if closings != [{**row, "closes_at": None} for row in new["periods"]] or any(
        old[key] != new[key] for key in ("washout_mode", "opens_at_local_hour")
    ):
        yield (
            "A washout is amended at once or not at all, as a period may be begun until later: sign it "
            "without a later time of effect. Closings, breaks and caps may take effect later."
        )


def _of_what_stays(old: Document, new: Document) -> Iterator[str]:
    fixed = (without_cases(old).keys() | without_cases(new).keys()) - _OF_DOCUMENT
    for key in sorted(fixed):
        if old.get(key) != new.get(key):
            yield (
                f"“{key.replace('_', ' ')}” is fixed since the study opened: what was read under it would no "
                "longer be comparable. Begin another study for it."
            )


def _of_periods(old: Document, new: Document, underway: Underway, *, since: datetime) -> Iterator[str]:
    if [period["number"] for period in old["periods"]] != [period["number"] for period in new["periods"]]:
        yield "Periods are neither added nor taken away once a study is open. Begin another study for it."
        return
    for before, after in zip(old["periods"], new["periods"], strict=True):
        number, begun = before["number"], underway.begun.get(before["number"], ())
        changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        if changed - _OF_PERIOD:
            yield f"Period {number}: only its washout and its closing can be amended."
        if "washout_hours" in changed and begun:
            yield (
                f"Period {number} has been begun by {_names(begun)}: its washout was decided and stays. "
                "Amend later periods only."
            )
        closes = after.get("closes_at")
        if "closes_at" in changed and closes and datetime.fromisoformat(closes) <= since:
            when = "in the past" if since == underway.now else "before this takes effect"
            yield f"Period {number} would close {when} ({closes}): name a moment to come."
    later = [number for number in underway.begun if number > 1 and underway.begun[number]]
    if later and any(old[key] != new[key] for key in ("washout_mode", "opens_at_local_hour")):
        yield "How the washout is counted stays once a later period has been begun."


def _of_readers(old: Document, new: Document) -> Iterator[str]:
    before = {reader["index"]: reader for reader in old["readers"]}
    after = {reader["index"]: reader for reader in new["readers"]}
    for index, reader in before.items():
        if after.get(index) != reader:
            yield f"Reader {index} keeps the part that was cast when the study opened."
    if any(reader["baseline"] for index, reader in after.items() if index not in before):
        yield "A reader who joins later can't be the baseline."


def joined(document: Document, count: int, gone: Collection[int] = ()) -> Document:
    """The protocol with so many readers more.

    gone: the readers who were withdrawn. Who joins takes over the part of one of them as long as there is
    one whose part nobody has taken over; after that, the sequence and block that fewest follow. Balance
    counts those who are still in the study, so that a replacement restores it.
    """
    readers = [dict(reader) for reader in document["readers"]]
    for _ in range(count):
        index = len(readers) + 1
        taken = {reader.get("replaces") for reader in readers}
        vacant = [reader for reader in readers if reader["index"] in gone and reader["index"] not in taken]
        part = _part_of(vacant[0]) if vacant else _part_that_fewest_have(document, readers, gone)
        readers.append({"index": index, "baseline": False, **part})
    return {**document, "readers": readers}


def _part_of(reader: Document) -> Document:
    part = {key: reader[key] for key in ("periods", "sequence", "block")}
    return {**part, "replaces": reader["index"]}


def _part_that_fewest_have(document: Document, readers: list[Document], gone: Collection[int]) -> Document:
    casts = [
        (reader["sequence"], reader["block"])
        for reader in readers
        if not reader["baseline"] and reader["index"] not in gone
    ]
    sequences = range(1, len(document["design"]["sequences"]) + 1)
    blocks = range(1, document["design"]["case_blocks"] + 1)
    places = [(sequence, block) for block in blocks for sequence in sequences]
    sequence, block = min(places, key=lambda place: (casts.count(place), place))
    periods = [period["number"] for period in document["periods"]]
    return {"periods": periods, "sequence": sequence, "block": block}


def replaced_by(document: Document) -> dict[int, int]:
    """Who has taken over whose part, followed to the end: who was withdrawn, to who reads in the place."""
    direct = {reader["replaces"]: reader["index"] for reader in document["readers"] if "replaces" in reader}

    def last(index: int) -> int:
        return last(direct[index]) if index in direct else index

    return {gone: last(gone) for gone in direct}


def for_whom(old: Document, new: Document, underway: Underway, *, cases_added: int) -> list[str]:
    """What changes, in sentences, and which readers each concerns."""
    said = differences(without_cases(old), without_cases(new))
    concerned = []
    for before, after in zip(old["periods"], new["periods"], strict=True):
        if before == after:
            continue
        number = before["number"]
        readers = [r["index"] for r in old["readers"] if number in r["periods"]]
        waiting = [index for index in readers if index not in underway.begun.get(number, ())]
        concerned.append(
            f"Period {number} concerns {_names(readers)}; not begun yet by {_names(waiting) or 'nobody'}."
        )
    known = {reader["index"] for reader in old["readers"]}
    concerned += [
        f"R{reader['index']} takes over the part of R{reader['replaces']} with an order of cases of its own."
        for reader in new["readers"]
        if reader["index"] not in known and "replaces" in reader
    ]
    if cases_added:
        everyone = _names([reader["index"] for reader in new["readers"]])
        concerned.append(
            f"{cases_added} cases are added for {everyone}: in each period they come after the present ones, "
            "shuffled among themselves; the present order stays."
        )
    return said + concerned


def _names(indices: tuple[int, ...] | list[int]) -> str:
    return ", ".join(f"R{index}" for index in indices)
