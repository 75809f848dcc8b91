"""The washout of every reader and case as one picture: what a template needs to draw it as SVG."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from readerstudy.reads.overview import Cell, Row
from readerstudy.reads.states import CellState

LABEL, FIELD, ROW, HEAD = 190.0, 900.0, 22.0, 24.0
"""Widths of the names and of the cases, heights of a row and of the numbers above, in pixels."""
_TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True)
class Run:
    """Neighbouring cases of one reader and period that stand alike."""

    x: float
    width: float
    state: CellState
    first: int
    last: int
    count: int
    opens_at: datetime | None


@dataclass(frozen=True)
class Line:
    """A row of the picture at height y."""

    y: float
    row: Row
    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Tick:
    """A case number above its column, at x."""

    x: float
    case: int


@dataclass(frozen=True)
class Picture:
    """All of it, with its size in pixels."""

    lines: tuple[Line, ...]
    ticks: tuple[Tick, ...]
    width: float
    height: float


def picture_of(rows: Sequence[Row]) -> Picture:
    """The picture of an overview; a case has its column whether or not everyone reads it."""
    cases = sorted({cell.case for row in rows for cell in row.cells})
    step = FIELD / max(1, len(cases))
    places = {case: LABEL + place * step for place, case in enumerate(cases)}
    lines = tuple(
        Line(HEAD + number * ROW, row, tuple(_runs(row.cells, places, step)))
        for number, row in enumerate(rows)
    )
    every = next(tick for tick in _TICKS if len(cases) / tick <= 30)
    ticks = tuple(
        Tick(places[case] + step / 2, case) for n, case in enumerate(cases, start=1) if n % every == 0
    )
    return Picture(lines, ticks, LABEL + FIELD, HEAD + len(rows) * ROW)


def _runs(cells: Sequence[Cell], places: dict[int, float], step: float) -> Iterator[Run]:
    """Neighbours that stand alike are one rectangle; a case that is not read here parts two."""
    numbered = list(enumerate(cells))

    def alike(entry: tuple[int, Cell]) -> tuple[CellState, datetime | None, int]:
        place, cell = entry
        return cell.state, cell.waits_until, round(places[cell.case] / step) - place

    for (state, opens, _), members in groupby(numbered, key=alike):
        found = [cell.case for _, cell in members]
        gap = min(1.0, step / 5)
        yield Run(
            x=places[found[0]],
            width=len(found) * step - gap,
            state=state,
            first=found[0],
            last=found[-1],
            count=len(found),
            opens_at=opens,
        )
