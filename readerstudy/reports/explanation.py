"""The page behind a kappa, as rows and links: cells, the units of one cell, sites and exams that carry it."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any
from uuid import UUID

from annotations.agreement.kappa import kappas
from annotations.agreement.report.cells import NONE, pair_name, percent
from annotations.agreement.verdict import number
from annotations.agreement.weights import agreement_weights

Told = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """A cell of a table of grades: how many units, its address, and whether both readers agree there."""

    count: int
    address: str
    agrees: bool
    chosen: bool


@dataclass(frozen=True)
class Unit:
    """A unit behind a cell; exam: whose images may be opened, None where this person may not."""

    words: str
    exam: UUID | None


@dataclass(frozen=True)
class Side:
    """One pair in one arm. rows: the first reader's grade and the cells. sites: site, units, disagreements,
    share of all disagreements, what they take from kappa; the heaviest first."""

    pair: str
    first: str
    second: str
    arm: str
    categories: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    sites: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Explanation:
    """Everything the page shows. without: pair, exam, kappas and change without it, change with it; the exam
    first that moves the change most. furthest: the first of each pair."""

    sides: tuple[Side, ...]
    chosen: str
    units: tuple[Unit, ...]
    without: tuple[tuple[str, ...], ...]
    furthest: tuple[tuple[str, ...], ...]
    left_out: str


def explanation(told: Told, cell: str, exams: Mapping[str, UUID]) -> Explanation:
    """cell: "pair.arm.row.column" by position, or empty. Raises IndexError or ValueError for another."""
    sides = tuple(
        _side(told, p, a, cell) for p, pair in enumerate(told["pairs"]) for a in range(len(pair["arms"]))
    )
    words, units = _chosen(told, cell, exams) if cell else ("", ())
    each = [_without(pair) for pair in told["pairs"]]
    without = tuple(row for rows in each for row in rows)
    furthest = tuple(rows[0] for rows in each if rows and len(told["pairs"][0]["arms"]) == 2)
    return Explanation(sides, words, units, without, furthest, told["left_out"])


def _side(told: Told, p: int, a: int, chosen: str) -> Side:
    pair = told["pairs"][p]
    arm, names = pair["arms"][a], tuple(map(str, told["categories"]))
    rows = tuple(
        (names[i], tuple(_cell(units, (p, a, i, j), chosen) for j, units in enumerate(row)))
        for i, row in enumerate(arm["cells"])
    )
    sites = sorted(arm["sites"], key=lambda site: (-site["disagreements"], site["site"]))
    printed = tuple(
        (
            " ".join(site["site"]),
            str(site["units"]),
            str(site["disagreements"]),
            percent(site["share"]),
            NONE if site["cost"] is None else number(site["cost"], 3),
        )
        for site in sites
        if site["disagreements"]
    )
    first, second = pair["readers"]
    return Side(pair_name(pair), first, second, arm["arm"], names, rows, printed)


def _cell(units: list[int], place: tuple[int, int, int, int], chosen: str) -> Cell:
    address = ".".join(map(str, place))
    return Cell(len(units), address, place[2] == place[3], address == chosen)


def _chosen(told: Told, cell: str, exams: Mapping[str, UUID]) -> tuple[str, tuple[Unit, ...]]:
    p, a, i, j = (int(part) for part in cell.split("."))
    if min(p, a, i, j) < 0:
        raise IndexError
    pair = told["pairs"][p]
    arm, (first, second) = pair["arms"][a], pair["readers"]
    column = told["columns"].index("exam")
    units = tuple(
        Unit(" ".join(told["units"][unit]), exams.get(told["units"][unit][column]))
        for unit in arm["cells"][i][j]
    )
    grades = told["categories"]
    return f"{first}: {grades[i]}, {second}: {grades[j]} ({arm['arm']}), {len(units)} units", units


def _without(pair: Told) -> list[tuple[str, ...]]:
    """Rows of one pair, the exam first whose absence moves the change (in one arm, kappa) the most."""
    whole = _kappas(pair)
    change = whole[1] - whole[0] if len(whole) == 2 and None not in whole else None

    def moved(row: Told) -> float:
        now, then = (row["delta"], change) if len(whole) == 2 else (row["kappa"][0], whole[0])
        return 0.0 if now is None or then is None else abs(now - then)

    rows = sorted(pair["without"], key=lambda row: (-moved(row), row["exam"]))
    return [
        (
            pair_name(pair),
            row["exam"],
            *(_printed(kappa) for kappa in row["kappa"]),
            _printed(row["delta"]),
            _printed(change),
        )
        for row in rows
    ]


def _printed(value: float | None) -> str:
    return NONE if value is None else number(value, 3)


def _kappas(pair: Told) -> list[Any]:
    """Kappa of each arm by the units of its cells; None where it is not estimable."""
    tables = [[[len(units) for units in row] for row in arm["cells"]] for arm in pair["arms"]]
    found = kappas(tables, agreement_weights(len(tables[0])))
    return [float(kappa) if isfinite(kappa) else None for kappa in found.tolist()]
