"""Pictures of kappa: each pair before and after, the tables behind it, and agreement by level or half."""

from typing import Any

from matplotlib.figure import Figure

from annotations.agreement.report.cells import pair_name, sides
from annotations.agreement.report.pictures.svg import (
    AFTER,
    BEFORE,
    INK,
    WIDTH,
    Values,
    arm_legend,
    interval,
    plain_axes,
)
from annotations.agreement.sections.strata import in_words
from annotations.agreement.verdict import number

KAPPA = "\N{GREEK SMALL LETTER KAPPA}"
LOOKS = ((BEFORE, "o"), (AFTER, "s"))
PANELS = 3


def _limits(results: list[Any], *, floor: float, ceiling: float) -> tuple[float, float]:
    """An axis that holds every estimate and as much of the intervals as is sensible."""
    ends = [x for r in results for x in (r["lo"], r["hi"], r["estimate"]) if x is not None]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    return max(floor, low - 0.03), min(ceiling, high + 0.03) if high > 0 else 0.1


def forest(agreement: Values) -> Figure:
    """Kappa with its interval per pair, earlier arm above later, and the change beside it."""
    pairs, arms = agreement["pairs"], agreement["plan"]["arms"]
    figure = Figure(figsize=(WIDTH, 0.9 + 0.5 * len(pairs)), layout="constrained")
    two = len(arms) > 1
    ratios = [3, 2] if two else [1]
    both = figure.subplots(1, len(ratios), width_ratios=ratios, sharey=True, squeeze=False)[0]
    left = both[0]
    left.set_xlim(*_limits([side["kappa"] for pair in pairs for side in sides(pair)], floor=-1, ceiling=1.02))
    for row, pair in enumerate(pairs):
        shift = 0.15 if two else 0
        for side, offset, (colour, marker) in zip(sides(pair), (-shift, shift), LOOKS, strict=False):
            interval(left, side["kappa"], row + offset, colour, marker)
    left.set_yticks(range(len(pairs)), [pair_name(pair) for pair in pairs])
    left.set_ylim(len(pairs) - 0.5, -0.5)
    left.set_xlabel(f"Cohen's {KAPPA}")
    plain_axes(left, "x")
    if two:
        _change(both[1], pairs, arms)
    arm_legend(figure, arms)
    return figure


def _change(axes: Any, pairs: list[Any], arms: list[str]) -> None:
    low, high = _limits([pair["delta"] for pair in pairs], floor=-1, ceiling=1)
    axes.set_xlim(low, high + 0.45 * (high - low))
    axes.axvline(0, color=INK, linewidth=0.8, linestyle=":")
    for row, pair in enumerate(pairs):
        interval(axes, pair["delta"], row, INK, "D")
        if pair["delta"]["estimate"] is not None:
            words = number(pair["delta"]["estimate"], 3)
            axes.text(high + 0.44 * (high - low), row, words, ha="right", va="center", fontsize=7.5)
    axes.set_xlabel(f"Change of {KAPPA} ({arms[1]} \N{MINUS SIGN} {arms[0]})")
    axes.tick_params(axis="y", length=0)
    plain_axes(axes, "x")


def confusion(agreement: Values) -> Figure:
    """Counts of grades by the first reader (rows) and the second (columns), earlier arm above later."""
    pairs, arms = agreement["pairs"], agreement["plan"]["arms"]
    across = min(PANELS, len(pairs))
    blocks = -(-len(pairs) // across)
    size = 0.75 + 0.36 * len(agreement["plan"]["categories"])
    figure = Figure(figsize=(min(WIDTH, 2.4 * across), size * blocks * len(arms)), layout="constrained")
    grid = figure.subplots(len(arms) * blocks, across, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for index, pair in enumerate(pairs):
        for phase, side in enumerate(sides(pair)):
            axes = grid[len(arms) * (index // across) + phase, index % across]
            _matrix(axes, pair, side["table"], phase, agreement["plan"]["categories"])
    return figure


def _matrix(axes: Any, pair: Values, table: list[list[int]], phase: int, categories: list[Any]) -> None:
    first, second = pair["readers"]
    size = range(len(categories))
    totals = [max(sum(row), 1) for row in table]
    shares = [[count / total for count in row] for row, total in zip(table, totals, strict=True)]
    axes.set_axis_on()
    edges = [position - 0.5 for position in range(len(categories) + 1)]
    axes.pcolormesh(edges, edges, shares, cmap="Blues", vmin=0, vmax=1.5, edgecolors="white", linewidth=0.8)
    axes.set_aspect("equal")
    axes.invert_yaxis()
    for i in size:
        for j in size:
            weight = "bold" if i == j else "normal"
            axes.text(j, i, str(table[i][j]), ha="center", va="center", fontsize=7.5, weight=weight)
    axes.set_xticks(size, categories)
    axes.set_yticks(size, categories)
    axes.tick_params(length=0, labelsize=7.5)
    axes.set_ylabel(f"{first}, {pair['arms'][first][phase]}", fontsize=7.5)
    axes.set_xlabel(f"{second}, {pair['arms'][second][phase]}", fontsize=7.5)


def by_column(agreement: Values, column: str) -> Figure:
    """Kappa of each pair at each value of a part of the unit's name, a panel a pair."""
    pairs, arms = agreement["pairs"], agreement["plan"]["arms"]
    rows = [row for row in agreement["sections"]["strata"]["rows"] if row["column"] == column]
    values = list(dict.fromkeys(row["value"] for row in rows))
    across = min(PANELS, len(pairs))
    blocks = -(-len(pairs) // across)
    height = 0.75 + 0.3 * len(values)
    figure = Figure(figsize=(WIDTH, height * blocks + 0.25), layout="constrained")
    grid = figure.subplots(blocks, across, squeeze=False, sharex=True, sharey=True)
    limits = _limits([side for row in rows for side in sides(row)], floor=-0.6, ceiling=1.02)
    for axes in grid.flat[len(pairs) :]:
        axes.set_axis_off()
    for pair, axes in zip(pairs, grid.flat, strict=False):
        axes.set_xlim(*limits)
        axes.set_title(pair_name(pair))
        own = [row for row in rows if row["readers"] == pair["readers"]]
        shift = 0.16 if len(arms) > 1 else 0
        for y, row in enumerate(own):
            for side, offset, (colour, marker) in zip(sides(row), (-shift, shift), LOOKS, strict=False):
                interval(axes, side, y + offset, colour, marker)
        axes.set_yticks(range(len(values)), [in_words(value) for value in values])
        axes.set_ylim(len(values) - 0.5, -0.5)
        axes.axvline(0, color=INK, linewidth=0.8, linestyle=":")
        plain_axes(axes, "x")
    for axes in grid[-1]:
        axes.set_xlabel(f"Cohen's {KAPPA}")
    arm_legend(figure, arms)
    return figure
