"""The order in which a reader is given the cases: a pure function with its own documented generator.

Algorithm `sha256-blocks/1`. The generator's stream is SHA-256 over the UTF-8 text
`algorithm|protocol hash|seed|reader index|period|block|attempt|counter` for counter 0, 1, 2, …; every
digest gives four 64-bit big-endian words. A draw below n takes the next word w with w < n·⌊2⁶⁴/n⌋
and returns w mod n. A shuffle is Fisher–Yates from the last place down.

The first period shuffles all cases (block 0). For every later period the order of the first is cut into
consecutive blocks, as many as whole block sizes fit in (at least one), their lengths differing by at most
one with the longer ones first, and each is shuffled by itself (blocks 1, 2, …), so that the time between
the two readings of a case is alike for all cases. Where the result equals the order of the first period, it
is drawn again with the next attempt. No generator of a library or database has a part in it, so that
anyone can derive the order again.

Period 0 deals cases out: shuffled, they go in turn to as many hands as there are. Reader index 0, block 0
deals the blocks of a split-plot design, the same for all; a reader's own index, block 0, deals the groups
that are read in different arms within a period.

Lures of a recall probe are the first of the opening cases shuffled by the stream of the text
`algorithm||seed|0|lures|0|0|counter`: the protocol that states them has no hash yet. They have their places
in every order and are then left out of it, but in the last period of who reads in several; places close up.

Cases that amendment n (protocol version n, from 2) adds are dealt and shuffled by themselves, with the text
`period+n` in the place of the period, and come after the cases before them.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

ALGORITHM = "sha256-blocks/1"


@dataclass(frozen=True)
class OrderKey:
    """What fixes a reader's orders: hash of the protocol as opened, seed, reader index, block size.

    amendment: 0 for the cases the study opened with, else the version that added the cases.
    """

    protocol_sha256: str
    seed: str
    reader_index: int
    block_size: int
    amendment: int = 0


def case_order(key: OrderKey, *, period: int, cases: Sequence[int]) -> tuple[int, ...]:
    """The case numbers in the order this reader is given them in `period` (1, 2, …)."""
    first = tuple(_shuffled(sorted(cases), _words(key, 1, block=0, attempt=0)))
    if period == 1:
        return first
    attempt = 0
    while True:
        order: list[int] = []
        for block, members in enumerate(_blocks(first, key.block_size), start=1):
            order += _shuffled(members, _words(key, period, block=block, attempt=attempt))
        if tuple(order) != first or len(first) < 2:
            return tuple(order)
        attempt += 1


def dealt(key: OrderKey, *, cases: Sequence[int], hands: int) -> list[tuple[int, ...]]:
    """Cases dealt into so many groups, sorted within, their sizes differing by one at most."""
    shuffled = _shuffled(sorted(cases), _words(key, 0, block=0, attempt=0))
    return [tuple(sorted(shuffled[hand::hands])) for hand in range(hands)]


def lures(seed: str, *, cases: Sequence[int], count: int) -> tuple[int, ...]:
    """So many of the cases a study opens with, drawn as lures; sorted."""
    words = _words(OrderKey("", seed, 0, 2), "lures", block=0, attempt=0)
    return tuple(sorted(_shuffled(sorted(cases), words)[:count]))


def _blocks(cases: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    count = max(1, len(cases) // size)
    short, longer = divmod(len(cases), count)
    start = 0
    for block in range(count):
        end = start + short + (block < longer)
        yield cases[start:end]
        start = end


def _words(key: OrderKey, period: int | str, *, block: int, attempt: int) -> Iterator[int]:
    when = f"{period}+{key.amendment}" if key.amendment else period
    parts = (ALGORITHM, key.protocol_sha256, key.seed, key.reader_index, when, block, attempt)
    prefix, counter = "|".join(str(part) for part in parts), 0
    while True:
        digest = hashlib.sha256(f"{prefix}|{counter}".encode()).digest()
        for start in range(0, 32, 8):
            yield int.from_bytes(digest[start : start + 8], "big")
        counter += 1


def _below(bound: int, words: Iterator[int]) -> int:
    limit = bound * (2**64 // bound)
    return next(word for word in words if word < limit) % bound


def _shuffled(items: Sequence[int], words: Iterator[int]) -> list[int]:
    shuffled = list(items)
    for last in range(len(shuffled) - 1, 0, -1):
        other = _below(last + 1, words)
        shuffled[last], shuffled[other] = shuffled[other], shuffled[last]
    return shuffled
