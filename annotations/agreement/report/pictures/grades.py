"""Pictures of the grades themselves: how often each was given, and how readers changed their minds."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from annotations.agreement.report.pictures.svg import GRADES, HATCHES, INK, WIDTH, Values, plain_axes
from annotations.agreement.sections.strata import in_words

PANELS = 4


def look(position: int) -> dict[str, Any]:
    """Fill and hatch of a category by its place on the scale."""
    return {
        "facecolor": GRADES[position % len(GRADES)],
        "hatch": HATCHES[position % len(HATCHES)],
        "edgecolor": INK,
        "linewidth": 0.5,
    }


def _legend(figure: Any, categories: list[Any]) -> None:
    handles = [Patch(label=f"grade {name}", **look(i)) for i, name in enumerate(categories) if i]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)


def prevalence(agreement: Values, column: str) -> Figure:
    """Share of units with each grade but the first, by a part of the unit's name: a panel a reading."""
    rows = [row for row in agreement["sections"]["prevalence"]["rows"] if row["column"] == column]
    voices = list(dict.fromkeys((row["who"], row["arm"]) for row in rows))
    values = list(dict.fromkeys(row["value"] for row in rows))
    across = min(PANELS if len(voices) not in (5, 6) else 3, len(voices))
    blocks = -(-len(voices) // across)
    height = 0.6 + 0.24 * len(values)
    figure = Figure(figsize=(WIDTH, height * blocks + 0.45), layout="constrained")
    grid = figure.subplots(blocks, across, squeeze=False, sharex=True, sharey=True)
    for axes in grid.flat[len(voices) :]:
        axes.set_axis_off()
    for (who, arm), axes in zip(voices, grid.flat, strict=False):
        counts = np.array([row["counts"] for row in rows if (row["who"], row["arm"]) == (who, arm)])
        shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        start = np.zeros(len(values))
        for position in range(1, counts.shape[1]):
            axes.barh(range(len(values)), shares[:, position], left=start, height=0.7, **look(position))
            start = start + shares[:, position]
        axes.set_title(f"{who}, {arm}" if arm else who)
        axes.set_yticks(range(len(values)), [in_words(value) for value in values])
        axes.set_ylim(len(values) - 0.5, -0.5)
        plain_axes(axes, "x")
        axes.tick_params(labelbottom=True)
    for position in range(max(0, len(voices) - across), len(voices)):
        grid.flat[position].set_xlabel("Units with a change (%)")
    most = max((100 * sum(row["counts"][1:]) / max(sum(row["counts"]), 1) for row in rows), default=0)
    grid[0, 0].set_xlim(0, 1.05 * max(most, 1))
    _legend(figure, agreement["plan"]["categories"])
    return figure


def switches(agreement: Values) -> Figure:
    """Units whose grade changed between the arms, as ribbons from the earlier grade to the later."""
    rows = agreement["sections"]["intra_reader"]["rows"]
    categories = agreement["plan"]["categories"]
    across = min(PANELS, len(rows))
    blocks = -(-len(rows) // across)
    figure = Figure(figsize=(min(WIDTH, 2.6 * across), 2.5 * blocks), layout="constrained")
    grid = figure.subplots(blocks, across, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for row, axes in zip(rows, grid.flat, strict=False):
        table = np.array(row["table"])
        stayed = int(np.trace(table))
        moved = table - np.diag(np.diag(table))
        words = f"{row['reader']}: {moved.sum()} of {table.sum()} changed, {stayed} did not"
        axes.set_title(words, fontsize=7.5)
        _ribbons(axes, moved, categories, agreement["plan"]["arms"])
    return figure


def _ribbons(axes: Any, moved: Any, categories: list[Any], arms: list[str]) -> None:
    gap = max(1.0, 0.08 * moved.sum())
    top = (_starts(moved.sum(axis=1), gap), _starts(moved.sum(axis=0), gap))
    at = (top[0].copy(), top[1].copy())
    steps = np.linspace(0, 1, 30)
    ease = steps**2 * (3 - 2 * steps)
    for i in range(len(categories)):
        for j in range(len(categories)):
            width = moved[i, j]
            if width:
                y = at[0][i] + (at[1][j] - at[0][i]) * ease
                colour = GRADES[j % len(GRADES)] if j else "#adb5bd"
                axes.fill_between(0.06 + 0.88 * steps, y, y + width, facecolor=colour, alpha=0.55)
                at[0][i] += width
                at[1][j] += width
    for side, sums in enumerate((moved.sum(axis=1), moved.sum(axis=0))):
        x, words_at, align = ((0.03, -0.02, "right"), (0.97, 1.02, "left"))[side]
        for position, name in enumerate(categories):
            if sums[position]:
                y, size = top[side][position], sums[position]
                axes.bar(x, size, bottom=y, width=0.06, **look(position))
                axes.text(words_at, y + size / 2, f"{name} ({size})", va="center", ha=align, fontsize=7)
    axes.text(0, -0.6 * gap, arms[0], ha="center", fontsize=7)
    axes.text(1, -0.6 * gap, arms[1], ha="center", fontsize=7)
    axes.set_xlim(-0.28, 1.28)
    axes.set_ylim(max(moved.sum() + gap * len(categories), 1), -1.6 * gap)


def _starts(sums: Any, gap: float) -> Any:
    """Where each block begins, blocks one below the other with a gap; empty ones take no room."""
    starts, y = np.zeros(len(sums)), 0.0
    for position, size in enumerate(sums):
        starts[position] = y
        y += size + (gap if size else 0)
    return starts
