"""Static pictures as SVG text: the same bytes for the same result, on page, in print and in a journal's
hands.

Colours after Okabe and Ito (jfly.uni-koeln.de/color, 2008), told apart without colour too: by marker, by
hatch. Letters are paths, so that no font is needed; width 183 mm, a journal's two columns.
"""

import io
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

Values = Mapping[str, Any]
WIDTH = 7.2
BEFORE, AFTER, INK, PALE, ALARM = "#6c757d", "#0b5fa5", "#343a40", "#dee2e6", "#b02a37"
GRADES = ("#f1f3f5", "#d55e00", "#f0e442", "#56b4e9", "#009e73", "#cc79a7")
"""By place on the scale; of Modic types those of the map on the images (Okabe and Ito)."""
HATCHES = ("", "////", "", "....", "xxxx", "--")
_SETTINGS = {
    "svg.hashsalt": "readerstudy",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8,
    "hatch.linewidth": 0.5,
    "axes.linewidth": 0.7,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
}
_DRAWING = threading.Lock()


def drawn(plotter: Callable[[Values], Figure], agreement: Values, *, synthetic: bool) -> str:
    """The figure as SVG text, marked where the data are made up."""
    with _DRAWING, mpl.rc_context(_SETTINGS):
        figure = plotter(agreement)
        if synthetic:
            _stamp(figure)
        FigureCanvasSVG(figure)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return without_styles(buffer.getvalue())


def _stamp(figure: Figure) -> None:
    """SYNTHETIC DATA in a strip of its own above the picture."""
    width, height = figure.get_size_inches()
    strip = 0.2
    figure.set_size_inches(width, height + strip)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(rect=(0, 0, 1, height / (height + strip)))  # type: ignore[call-arg]
    figure.text(0.995, 0.995, "SYNTHETIC DATA", ha="right", va="top", fontsize=7, color=ALARM)


def without_styles(svg: str) -> str:
    """The same picture with presentation attributes only, as a page that allows no inline style needs it."""
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, flags=re.DOTALL)
    svg = svg.replace("<svg ", '<svg stroke-linejoin="round" stroke-linecap="butt" ', 1)
    return re.sub(r' style="([^"]*)"', _as_attributes, svg)


def _as_attributes(match: re.Match[str]) -> str:
    pairs = (part.split(":", 1) for part in match.group(1).split(";") if part.strip())
    return "".join(f' {key.strip()}="{value.strip()}"' for key, value in pairs)


def plain_axes(axes: Any, grid: str | None = None) -> None:
    """No box, a pale grid behind."""
    axes.spines[["top", "right"]].set_visible(False)
    if grid:
        axes.grid(axis=grid, color=PALE, linewidth=0.6)
        axes.set_axisbelow(True)


def interval(axes: Any, estimate: Values, y: float, colour: str, marker: str) -> None:
    """Estimate and interval on a row, cut at the axis with an arrow; "not estimable" where there is none."""
    low, high = axes.get_xlim()
    value = estimate["estimate"]
    if value is None:
        axes.text(low, y, " not estimable", va="center", color=colour, fontsize=6.5)
        return
    if estimate["lo"] is not None:
        ends = max(estimate["lo"], low), min(estimate["hi"], high)
        axes.plot(ends, [y, y], color=colour, linewidth=1.4, solid_capstyle="butt")
        for end, limit, arrow in ((estimate["lo"], low, "<"), (estimate["hi"], high, ">")):
            if (end < low) if arrow == "<" else (end > high):
                axes.plot(
                    [limit], [y], marker=arrow, color=colour, markersize=4, linestyle="none", clip_on=False
                )
    axes.plot([value], [y], marker=marker, color=colour, markersize=5, linestyle="none", clip_on=False)


def arm_legend(figure: Any, arms: list[str]) -> None:
    """Marker and colour of each arm, below the axes."""
    from matplotlib.lines import Line2D

    if len(arms) < 2:
        return
    handles = [
        Line2D([], [], color=colour, marker=marker, markersize=5, linewidth=1.4, label=arm)
        for arm, colour, marker in zip(arms, (BEFORE, AFTER), "os", strict=True)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False)
