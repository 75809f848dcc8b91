"""What a protocol may not say: each contradiction with its rule and the remedy."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from annotations.rules import LabellingRules
from readerstudy.studies.protocol.document import Document, arms_read
from readerstudy.studies.protocol.schema import problems_of_shape


class ProtocolError(ValueError):
    """A protocol that contradicts itself; `problems` says each rule and what to do."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)


def check(document: Document) -> None:
    """Raise ProtocolError naming every contradiction in the document."""
    problems = list(problems_of_shape(document)) or list(_characters(document))
    if not problems:
        for rule in (_question, _arms, _shams, _periods, _design, _readers, _pacing, _recall, _statistics):
            problems += rule(document)
    if problems:
        raise ProtocolError(problems)


def _characters(value: Any) -> Iterator[str]:
    """No database keeps U+0000, and no person can see it."""
    if isinstance(value, str) and "\0" in value:
        plain = value.replace("\0", "")[:40]
        yield f"“{plain}” holds a character that can't be kept (NUL): write it again."
    elif isinstance(value, dict):
        for held in value.values():
            yield from _characters(held)
    elif isinstance(value, list):
        for held in value:
            yield from _characters(held)


def _question(document: Document) -> Iterator[str]:
    sites = [(site["level"], site["half"]) for site in document["question"]["sites"]]
    if len(set(sites)) < len(sites):
        yield "Question set: each level and half is asked once; take the repeated ones out."
    LabellingRules(**document["suggestion"])


def _arms(document: Document) -> Iterator[str]:
    names = [arm["name"] for arm in document["arms"]]
    if len(set(names)) < len(names):
        yield "Arms: each arm has a name of its own; rename one of those that share it."
    for arm in document["arms"]:
        if arm["kind"] == "unaided" and "shows" in arm:
            yield f"Arm {arm['name']}: an unaided arm shows nothing of the AI; leave “shows” out."
        if arm["kind"] != "unaided" and "shows" not in arm:
            yield f"Arm {arm['name']}: say what it shows of the AI: map, labels, confidence."
        if "confidence" in arm.get("shows", ()) and "labels" not in arm["shows"]:
            yield f"Arm {arm['name']}: confidence stands beside the suggestions; show the labels as well."
        unaided = {other["name"] for other in document["arms"] if other["kind"] == "unaided"}
        if arm["kind"] == "second-read" and arm.get("first") not in unaided:
            yield f"Arm {arm['name']}: its “first” names the unaided arm to which the locked answer belongs."
        if arm["kind"] != "second-read" and "first" in arm:
            yield f"Arm {arm['name']}: only a second read has a “first”; leave it out."


def _shams(document: Document) -> Iterator[str]:
    shams = [arm for arm in document["arms"] if arm["kind"] == "sham"]
    if not shams:
        return
    if "debriefing" not in document:
        yield "A sham arm misleads its readers: give the “debriefing” that tells them at the end."
    shown = [set(arm.get("shows", ())) for arm in document["arms"] if arm["kind"] in ("sham", "assisted")]
    if any(shows != shown[0] for shows in shown):
        yield "Arms with sham and with true maps show as much of them, or they could be told apart."
    if len(shown) == len(shams):
        yield "A sham arm is compared with one that shows true maps at once: add an assisted arm."


def _periods(document: Document) -> Iterator[str]:
    periods = document["periods"]
    if [period["number"] for period in periods] != list(range(1, len(periods) + 1)):
        yield "Periods are numbered 1, 2, … in their order."
    if periods[0]["washout_hours"]:
        yield "Period 1: nothing has been read before the first period; its washout is 0."
    yield from _closings(periods)
    for period in periods[1:]:
        if not period["washout_hours"]:
            yield f"Period {period['number']} reads the same cases again: give it a washout in hours."


def _closings(periods: list[Document]) -> Iterator[str]:
    latest: datetime | None = None
    for period in periods:
        if "closes_at" not in period:
            continue
        try:
            closes = datetime.fromisoformat(period["closes_at"])
        except ValueError:
            yield f"Period {period['number']}: there is no such moment as {period['closes_at']}; correct it."
            continue
        if latest is not None and closes < latest:
            yield f"Period {period['number']} closes before an earlier one does: name a later moment."
        latest = closes if latest is None else max(latest, closes)


def _design(document: Document) -> Iterator[str]:
    names = {arm["name"] for arm in document["arms"]}
    reads = arms_read(document)
    count = len(document["periods"])
    used: set[str] = set()
    for place, sequence in enumerate(document["design"]["sequences"], start=1):
        if len(sequence) != count:
            yield f"Sequence {place}: name one cell for each of the {count} periods."
            continue
        used |= {read for cell in sequence for arm in cell for read in reads.get(arm, (arm,))}
        if len({len(cell) for cell in sequence}) > 1:
            yield f"Sequence {place}: cases are dealt into as many groups in every period; level the cells."
            continue
        for group in range(len(sequence[0])):
            arms = [arm for cell in sequence for arm in reads.get(cell[group], ())]
            if len(set(arms)) < len(arms):
                yield (
                    f"Sequence {place}: a case would be read twice in one arm; each reader reads each case "
                    "in each arm once. Give the repetition an arm of its own."
                )
                break
    if used - names:
        yield f"Sequences name arms that are not listed: {', '.join(sorted(used - names))}. List them."
    if names - used:
        yield f"Nobody reads in the arm {', '.join(sorted(names - used))}: use it in a sequence or remove it."


def _readers(document: Document) -> Iterator[str]:
    readers = document["readers"]
    known = {period["number"] for period in document["periods"]}
    if [reader["index"] for reader in readers] != list(range(1, len(readers) + 1)):
        yield "Readers are numbered 1, 2, … in their order."
    if sum(reader["baseline"] for reader in readers) > 1:
        yield "At most one reader is the baseline: name one."
    for reader in readers:
        if reader["baseline"] and len(reader["periods"]) > 1:
            yield (
                f"Reader {reader['index']} is the baseline and reads once: leave one period, or take the "
                "baseline away."
            )
    for reader in readers:
        own, name = reader["periods"], f"Reader {reader['index']}"
        if own != sorted(set(own)) or not set(own) <= known:
            yield f"{name}: name periods of this protocol, each once, in order."
        if reader["sequence"] > len(document["design"]["sequences"]):
            yield f"{name}: there is no sequence {reader['sequence']}; choose one that is listed."
        if reader["block"] > document["design"]["case_blocks"]:
            yield f"{name}: there is no block {reader['block']} of cases; choose one that there is."
    taken = [reader["replaces"] for reader in readers if "replaces" in reader]
    if len(set(taken)) < len(taken) or any(r.get("replaces", 0) >= r["index"] for r in readers):
        yield "A reader replaces one who was there before, whom nobody else replaces."
    blocks = {reader["block"] for reader in readers}
    empty = set(range(1, document["design"]["case_blocks"] + 1)) - blocks
    if empty:
        yield f"Nobody reads block {', '.join(map(str, sorted(empty)))} of the cases: give it readers."


def _pacing(document: Document) -> Iterator[str]:
    pacing = document.get("pacing", {})
    after = [key for key in ("break_after_cases", "break_after_minutes") if key in pacing]
    if after and "break_minutes" not in pacing:
        yield "Pacing: say how many minutes a break lasts, or take out after what it comes."
    if "break_minutes" in pacing and not after:
        yield "Pacing: say after how many cases or minutes a break comes, or take out how long it lasts."


def _recall(document: Document) -> Iterator[str]:
    if "recall_probe" not in document:
        return
    if "lure_share" not in document["recall_probe"]:
        yield (
            "Recall probe: in this design every case of the last period was seen before, and without others "
            "nobody's memory can be told from guessing; give the share of lures, such as 0.2."
        )
    if all(len(reader["periods"]) < 2 for reader in document["readers"]):
        yield "Recall probe: nobody reads in two periods, so that there is nothing to recall; leave it out."
    if document["washout_mode"] != "per-session":
        yield (
            "Recall probe: with a washout per case, lures would open before the cases that wait and give "
            "themselves away; let the washout be counted per session."
        )


def _statistics(document: Document) -> Iterator[str]:
    statistics = document["statistics"]
    arms, pairs = statistics["arms"], [tuple(pair) for pair in statistics["pairs"]]
    names = [arm["name"] for arm in document["arms"]]
    if arms[0] == arms[1] or not set(arms) <= set(names):
        yield "Statistics: compare two different arms of this protocol, the comparator first."
        return
    readers = {reader["index"]: reader for reader in document["readers"]}
    if len(set(pairs)) < len(pairs):
        yield "Statistics: name each pair of readers once."
    for pair in pairs:
        if not set(pair) <= readers.keys() or pair[0] >= pair[1]:
            yield f"Pair {list(pair)}: two different readers of this protocol, the lower number first."
        elif readers[pair[0]]["block"] != readers[pair[1]]["block"]:
            yield f"Pair {list(pair)}: these readers share no case; pair readers of one block."
    for index in sorted({index for pair in pairs for index in pair} & readers.keys()):
        wanted = {arms[0]} if readers[index]["baseline"] else set(arms)
        yield from _reads_all_in(document, readers[index], wanted)


def _reads_all_in(document: Document, reader: dict[str, Any], wanted: set[str]) -> Iterator[str]:
    """Whether a reader who is compared reads every case in the arms that are compared."""
    try:
        sequence = document["design"]["sequences"][reader["sequence"] - 1]
        cells = [sequence[number - 1] for number in reader["periods"]]
        reads = arms_read(document)
        groups = [{arm for cell in cells for arm in reads[cell[group]]} for group in range(len(cells[0]))]
    except (IndexError, KeyError):
        return
    lacking = sorted({arm for arms in groups for arm in wanted - arms})
    if lacking:
        yield (
            f"Reader {reader['index']} is compared in the arm {', '.join(lacking)} but does not read every "
            "case in it: give the reader those periods, or leave the reader out of the pairs."
        )
