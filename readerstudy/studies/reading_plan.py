"""Who reads which case in which period, place and arm: a pure function of protocol, seed and cases.

What a study stores as its assignments when it opens, and what anyone can derive again from the exported
protocol and the revealed seed.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from readerstudy.studies.order import OrderKey, case_order, dealt
from readerstudy.studies.protocol.document import Document, arms_read, lures_of


@dataclass(frozen=True)
class Planned:
    """One read: by this reader, in this period, of the case at this position (from 1), in this arm.

    part: 1; 2 for the answer with the map that follows an unaided one of the same case at once.
    """

    reader: int
    period: int
    position: int
    case: int
    arm: str
    part: int = 1


def reading_plan(
    document: Document,
    *,
    sha256: str,
    seed: str,
    cases: Sequence[int],
    added: Mapping[int, Sequence[int]] | None = None,
) -> Iterator[Planned]:
    """Every planned read, by reader and, within each, by amendment, period, position and part.

    document: a checked protocol; sha256: its hash as first opened; cases: the case numbers it opened with;
    added: by the protocol version that added them, further cases; they leave what was planned as it is.
    """
    blocks = {0: cases, **(added or {})}
    for reader in document["readers"]:
        before: dict[int, int] = defaultdict(int)
        for amendment in sorted(blocks):
            key = OrderKey(sha256, seed, reader["index"], document["order"]["block_size"], amendment)
            rows = list(_of_reader(document, reader, key, blocks[amendment]))
            for row in rows:
                yield replace(row, position=row.position + before[row.period])
            for period in reader["periods"]:
                before[period] += max((row.position for row in rows if row.period == period), default=0)


def _of_reader(
    document: Document, reader: dict[str, Any], key: OrderKey, cases: Sequence[int]
) -> Iterator[Planned]:
    blocks = document["design"]["case_blocks"]
    shared = replace(key, reader_index=0)
    own = dealt(shared, cases=cases, hands=blocks)[reader["block"] - 1] if blocks > 1 else tuple(cases)
    sequence = document["design"]["sequences"][reader["sequence"] - 1]
    groups = dealt(key, cases=own, hands=len(sequence[0]))
    reads = arms_read(document)
    group_of = {case: group for group, members in enumerate(groups) for case in members}
    lures = lures_of(document)
    for period in reader["periods"]:
        order = case_order(key, period=period, cases=own)
        if period == reader["periods"][0] or period != reader["periods"][-1]:
            order = tuple(case for case in order if case not in lures)
        for position, case in enumerate(order, start=1):
            arms = reads[sequence[period - 1][group_of[case]]]
            for part, arm in enumerate(arms, start=1):
                yield Planned(reader["index"], period, position, case, arm, part)
