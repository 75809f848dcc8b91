"""What an amendment may change in an open study, and what it would change for whom. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from readerstudy.studies.protocol.difference import differences
from readerstudy.studies.protocol.document import Document, without_cases

_OF_PERIOD = {"washout_hours", "closes_at"}
_OF_DOCUMENT = {"periods", "readers", "washout_mode", "opens_at_local_hour"}


@dataclass(frozen=True)
class Underway:
    """Where the readers stand. mid_case: who has a case open; begun: by period, who has begun it."""

    now: datetime
    mid_case: tuple[int, ...] = ()
    begun: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


def refusals(old: Document, new: Document, underway: Underway, *, cases_added: int) -> list[str]:
    """Why an amendment can't be made, each rule with what to do; empty if it can."""
    problems = list(_of_moment(underway))
    problems += _of_what_stays(old, new)
    problems += _of_periods(old, new, underway)
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


def _of_what_stays(old: Document, new: Document) -> Iterator[str]:
    fixed = (without_cases(old).keys() | without_cases(new).keys()) - _OF_DOCUMENT
    for key in sorted(fixed):
        if old.get(key) != new.get(key):
            yield (
                f"“{key.replace('_', ' ')}” is fixed since the study opened: what was read under it would no "
                "longer be comparable. Begin another study for it."
            )


def _of_periods(old: Document, new: Document, underway: Underway) -> Iterator[str]:
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
        if "closes_at" in changed and closes and datetime.fromisoformat(closes) <= underway.now:
            yield f"Period {number} would close in the past ({closes}): name a moment to come."
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


def joined(document: Document, count: int) -> Document:
    """The protocol with so many readers more, each in the sequence and block that fewest follow so far."""
    readers = [dict(reader) for reader in document["readers"]]
    sequences = range(1, len(document["design"]["sequences"]) + 1)
    blocks = range(1, document["design"]["case_blocks"] + 1)
    periods = [period["number"] for period in document["periods"]]
    for _ in range(count):
        casts = [(reader["sequence"], reader["block"]) for reader in readers if not reader["baseline"]]
        places = [(sequence, block) for block in blocks for sequence in sequences]
        sequence, block = min(places, key=lambda place: (casts.count(place), place))
        readers.append(
            {
                "index": len(readers) + 1,
                "baseline": False,
                "periods": periods,
                "sequence": sequence,
                "block": block,
            }
        )
    return {**document, "readers": readers}


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
    if cases_added:
        everyone = _names([reader["index"] for reader in new["readers"]])
        concerned.append(
            f"{cases_added} cases are added for {everyone}: in each period they come after the present ones, "
            "shuffled among themselves; the present order stays."
        )
    return said + concerned


def _names(indices: tuple[int, ...] | list[int]) -> str:
    return ", ".join(f"R{index}" for index in indices)
