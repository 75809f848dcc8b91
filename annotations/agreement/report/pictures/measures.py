"""Pictures of what was measured: reading time by position in the session, and volumes by Bland and Altman."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from annotations.agreement.report.cells import pair_name
from annotations.agreement.report.pictures.svg import (
    AFTER,
    BEFORE,
    INK,
    WIDTH,
    Values,
    arm_legend,
    plain_axes,
)

PANELS = 3
LOOKS = ((BEFORE, "o"), (AFTER, "s"))


def _panels(count: int, height: float) -> tuple[Figure, Any]:
    across = min(PANELS, count)
    blocks = -(-count // across)
    figure = Figure(figsize=(WIDTH, height * blocks + 0.25), layout="constrained")
    grid = figure.subplots(blocks, across, squeeze=False, sharex=True, sharey=True)
    for axes in grid.flat[count:]:
        axes.set_axis_off()
    return figure, grid


def times(agreement: Values) -> Figure:
    """Seconds of each exam by its position in the session, a panel a reader, on a logarithmic axis."""
    section = agreement["sections"]["reading_time"]
    rows = [row for row in section["rows"] if row["position"] is not None]
    measure = section.get("measure", "seconds")
    readers, arms = list(dict.fromkeys(row["reader"] for row in rows)), agreement["plan"]["arms"]
    figure, grid = _panels(len(readers), 2.1)
    for reader, axes in zip(readers, grid.flat, strict=False):
        for arm, (colour, marker) in zip(arms, LOOKS, strict=False):
            own = [row for row in rows if (row["reader"], row["arm"]) == (reader, arm)]
            if own:
                x, y = ([row[key] for row in own] for key in ("position", measure))
                axes.plot(x, y, marker, color=colour, markersize=3, alpha=0.85)
                axes.axhline(float(np.median(y)), color=colour, linewidth=1, linestyle="--")
        axes.set_yscale("log")
        axes.set_title(reader)
        axes.set_xlabel("Position in the session")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        plain_axes(axes, "y")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.yaxis.set_minor_locator(NullLocator())
    grid[0, 0].set_ylabel("Reading time (s)")
    arm_legend(figure, arms)
    return figure


def bland_altman(agreement: Values) -> Figure:
    """Difference of both readers' volumes by their mean, with the mean difference and limits of agreement."""
    rows = agreement["sections"]["volumes"]["rows"]
    figure, grid = _panels(len(rows), 2.1)
    for row, axes in zip(rows, grid.flat, strict=False):
        points = np.array(row["points"]).reshape(-1, 2)
        axes.plot(points[:, 0], points[:, 1], "o", color=AFTER, markersize=2.5, alpha=0.6)
        limits = row["limits"]
        if limits["estimate"] is not None:
            axes.axhline(limits["estimate"], color=INK, linewidth=1)
            for side in ("lower", "upper"):
                axes.axhline(limits["details"][side], color=INK, linewidth=0.9, linestyle="--")
        axes.set_title(f"{pair_name(row)}, {row['arm']}")
        axes.set_xlabel("Mean (mm\N{SUPERSCRIPT THREE})")
        plain_axes(axes)
    for axes in grid[:, 0]:
        axes.set_ylabel("Difference (mm\N{SUPERSCRIPT THREE})")
    return figure
