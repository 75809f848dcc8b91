"""Static pictures of a frozen result as SVG text: the same bytes for the same result, on page and in PDF."""

import io
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

_SETTINGS = {
    "svg.hashsalt": "readerstudy",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 9,
}
_DRAWING = threading.Lock()
BEFORE, AFTER, FRAME = "#6c757d", "#0b5fa5", "#495057"

Result = Mapping[str, Any]


def draw(name: str, result: Result) -> str:
    """The named figure. Raises KeyError for another name."""
    plotter = FIGURES[name]
    with _DRAWING, mpl.rc_context(_SETTINGS):
        figure = plotter(result["agreement"])
        if result["synthetic"]:
            figure.text(0.995, 0.995, "SYNTHETIC DATA", ha="right", va="top", fontsize=8, color="#b02a37")
        FigureCanvasSVG(figure)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return without_styles(buffer.getvalue())


def without_styles(svg: str) -> str:
    """The same picture with presentation attributes only, as a page that allows no inline style needs it."""
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, flags=re.DOTALL)
    svg = svg.replace("<svg ", '<svg stroke-linejoin="round" stroke-linecap="butt" ', 1)
    return re.sub(r' style="([^"]*)"', _as_attributes, svg)


def _as_attributes(match: re.Match[str]) -> str:
    pairs = (part.split(":", 1) for part in match.group(1).split(";") if part.strip())
    return "".join(f' {key.strip()}="{value.strip()}"' for key, value in pairs)


def forest(agreement: Result) -> Figure:
    """Kappa with its interval per pair, earlier arm above later, and the change beside it."""
    pairs, (first, second) = agreement["pairs"], agreement["plan"]["arms"]
    figure = Figure(figsize=(7.2, 1.1 + 0.75 * len(pairs)), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[3, 2], sharey=True)
    for row, pair in enumerate(pairs):
        _interval(left, pair["before"]["kappa"], row - 0.15, BEFORE, "o")
        _interval(left, pair["after"]["kappa"], row + 0.15, AFTER, "s")
        _interval(right, pair["delta"], row, FRAME, "D")
    left.set_yticks(range(len(pairs)), ["\N{EN DASH}".join(pair["readers"]) for pair in pairs])
    left.set_ylim(len(pairs) - 0.5, -0.5)
    left.set_xlabel(f"\N{GREEK SMALL LETTER KAPPA} (grey circle: {first}; blue square: {second})")
    right.set_xlabel(
        f"\N{GREEK CAPITAL LETTER DELTA}\N{GREEK SMALL LETTER KAPPA} ({second} \N{MINUS SIGN} {first})"
    )
    right.axvline(0, color=FRAME, linewidth=0.8, linestyle=":")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="x", color="#dee2e6", linewidth=0.6)
        axes.set_axisbelow(True)
    return figure


def _interval(axes: Any, estimate: Result, y: float, colour: str, marker: str) -> None:
    value = estimate["estimate"]
    if value is None:
        axes.annotate(
            "not estimable", (0.02, y), xycoords=("axes fraction", "data"), va="center", color=colour
        )
        return
    if estimate["lo"] is not None:
        axes.plot([estimate["lo"], estimate["hi"]], [y, y], color=colour, linewidth=1.6)
    axes.plot([value], [y], marker=marker, color=colour, markersize=5.5, linestyle="none")


def confusion(agreement: Result) -> Figure:
    """Counts of grades by the first reader (rows) and the second (columns), earlier arm above later."""
    pairs = agreement["pairs"]
    across = min(3, len(pairs))
    blocks = -(-len(pairs) // across)
    figure = Figure(figsize=(7.2, 0.3 + 4.5 * blocks * 1.1), layout="constrained")
    grid = figure.subplots(2 * blocks, across, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for index, pair in enumerate(pairs):
        for phase, side in enumerate(("before", "after")):
            axes = grid[2 * (index // across) + phase, index % across]
            _matrix(axes, pair, pair[side]["table"], phase, agreement["plan"]["categories"])
    return figure


def _matrix(axes: Any, pair: Result, table: list[list[int]], phase: int, categories: list[int]) -> None:
    first, second = pair["readers"]
    size = range(len(categories))
    totals = [max(sum(row), 1) for row in table]
    shares = [[count / total for count in row] for row, total in zip(table, totals, strict=True)]
    axes.set_axis_on()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1.3)
    for i in size:
        for j in size:
            axes.text(j, i, str(table[i][j]), ha="center", va="center", fontsize=8, color="black")
    axes.set_xticks(size, categories)
    axes.set_yticks(size, categories)
    axes.tick_params(length=0, labelsize=8)
    axes.set_ylabel(f"{first}, {pair['arms'][first][phase]}", fontsize=8)
    axes.set_xlabel(f"{second}, {pair['arms'][second][phase]}", fontsize=8)


FIGURES: dict[str, Callable[[Result], Figure]] = {"forest": forest, "confusion": confusion}
