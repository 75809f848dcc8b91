"""Pictures of a study's conduct, beside those of its agreement."""

from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from annotations.agreement.report.cells import Values
from annotations.agreement.report.pictures.catalogue import Picture, Plot
from annotations.agreement.report.pictures.svg import ALARM, BEFORE, WIDTH, drawn, plain_axes

_LEAST_DAYS = 63
"""What the axis spans at least, so that a bar looks like a week."""


def plots(conduct: Values) -> dict[str, Plot]:
    """Name to plot; none where nothing was read twice, or the result is older than the picture."""
    rows = conduct.get("washout_weeks")
    if not rows:
        return {}
    said = "; ".join(
        f"{row['from_days']} to {row['to_days']} days {row['gaps']}" for row in rows if row["gaps"]
    )
    picture = Picture(
        "washout",
        "Actual washout of each reader and case, in whole weeks; dashed: what the protocol asks for.",
        f"Histogram of the days between two readings of a case by one reader: {said}.",
    )
    return {"washout": Plot(picture, washout)}


def svg(name: str, conduct: Values, *, synthetic: bool) -> str:
    """One picture as SVG text. Raises KeyError for an unknown name."""
    return drawn(plots(conduct)[name].plotter, conduct, synthetic=synthetic)


def washout(conduct: Values) -> Figure:
    """A bar a week, from the shortest gap to the longest, and the washouts that were asked for."""
    rows = conduct["washout_weeks"]
    figure = Figure(figsize=(WIDTH, 2.3), layout="constrained")
    axes = figure.subplots()
    starts, counts = ([row[key] for row in rows] for key in ("from_days", "gaps"))
    axes.bar(starts, counts, width=7, align="edge", color=BEFORE, edgecolor="white", linewidth=0.6)
    asked = sorted({period["washout_hours"] / 24 for period in conduct["periods"]} - {0})
    for days in asked:
        axes.axvline(days, color=ALARM, linewidth=1, linestyle="--")
    low, high = min([starts[0], *asked]), max([starts[-1] + 7, *asked])
    axes.set_xlim(max(low - 7, 0), max(high + 7, low + _LEAST_DAYS))
    axes.xaxis.set_major_locator(MultipleLocator(7 * (1 + int(high - low) // (7 * 16))))
    axes.set_xlabel("Days since the case was last seen")
    axes.set_ylabel("Readings")
    axes.yaxis.get_major_locator().set_params(integer=True)
    plain_axes(axes, "y")
    return figure
