"""The paper's figures as SVG text: bodies, volumes, scatter, panels, prevalence, and who was judged."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from annotations.agreement.report.pictures.svg import AFTER, GRADES, INK, PALE, WIDTH, drawn, plain_axes
from inference.steps.modicmap import PUBLISHED, Centroids
from inference.training.judge.compare import Compared, Panel
from inference.training.judge.figures import ANY

TYPES = (1, 2, 3)
MARKERS = ("o", "s", "^")
PANELS = 3
_OVERLAY = ListedColormap(["none", *GRADES[1:4]])


def drawings(
    exams: Sequence[Compared], figures: Mapping[str, Any], centroids: Centroids, *, synthetic: bool
) -> dict[str, str]:
    """Name -> SVG text, in the order of the report."""
    plots: dict[str, Callable[[Any], Figure]] = {
        "dice": lambda _: dice(figures),
        "volumes": lambda _: volumes(exams, figures),
        "people": lambda _: people(exams),
        "scatter": lambda _: scatter(exams, centroids),
        "panels": lambda _: panels(exams),
        "prevalence": lambda _: prevalence(figures),
    }
    if not any(exam.headers.get("patient") for exam in exams):
        del plots["people"]
    return {name: drawn(plot, figures, synthetic=synthetic) for name, plot in plots.items()}


def dice(figures: Mapping[str, Any]) -> Figure:
    """Dice of every body by its level, with the mean over patients."""
    figure = Figure(figsize=(WIDTH, 2.4), layout="constrained")
    axes = figure.subplots()
    levels = figures["bodies"]["dice_by_level"]
    order = [level for level in ("above", "L1", "L2", "L3", "L4", "L5", "S1") if level in levels]
    for place, level in enumerate(order):
        values = np.array(levels[level])
        aside = np.linspace(-0.18, 0.18, len(values)) if len(values) > 1 else np.zeros(1)
        axes.plot(place + aside, values, "o", color=AFTER, markersize=2.5, alpha=0.6)
        axes.plot([place - 0.3, place + 0.3], [np.median(values)] * 2, color=INK, linewidth=1.4)
    mean = figures["bodies"]["dice"]["estimate"]
    axes.axhline(mean, color=INK, linewidth=0.9, linestyle="--")
    axes.set_xticks(range(len(order)), order)
    axes.set_ylim(0, 1)
    axes.set_ylabel("Dice of a body")
    plain_axes(axes, "y")
    return figure


def volumes(exams: Sequence[Compared], figures: Mapping[str, Any]) -> Figure:
    """Bland and Altman's plot of body volumes, and found against marked."""
    figure = Figure(figsize=(WIDTH, 2.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    marked, found = (
        np.array([getattr(body, name) for exam in exams for body in exam.bodies])
        for name in ("marked_cm3", "found_cm3")
    )
    left.plot((marked + found) / 2, found - marked, "o", color=AFTER, markersize=2.5, alpha=0.6)
    limits = figures["volumes"]["limits"]
    if limits["estimate"] is not None:
        left.axhline(limits["estimate"], color=INK, linewidth=1)
        for side in ("lower", "upper"):
            left.axhline(limits["details"][side], color=INK, linewidth=0.9, linestyle="--")
    left.set_xlabel("Mean of found and marked (cm³)")
    left.set_ylabel("Found less marked (cm³)")
    top = float(max(marked.max(), found.max())) * 1.05
    right.plot([0, top], [0, top], color=PALE, linewidth=1)
    right.plot(marked, found, "o", color=AFTER, markersize=2.5, alpha=0.6)
    right.set_xlabel("Marked (cm³)")
    right.set_ylabel("Found (cm³)")
    for axes in (left, right):
        plain_axes(axes)
    return figure


def people(exams: Sequence[Compared]) -> Figure:
    """Age and sex of the patients judged, as far as the headers tell."""
    figure = Figure(figsize=(WIDTH, 2.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    own = {exam.patient: exam.headers.get("patient", {}) for exam in exams}
    ages = [float(one["age"]) for one in own.values() if "age" in one]
    left.hist(ages, bins=np.arange(0, 101, 10), color=AFTER, edgecolor="white")
    left.set_xlabel(f"Age (years), known of {len(ages)} of {len(own)} patients")
    left.set_ylabel("Patients")
    sexes = [str(one.get("sex", "")) or "not known" for one in own.values()]
    names = sorted(set(sexes))
    right.bar(range(len(names)), [sexes.count(name) for name in names], color=AFTER, width=0.6)
    right.set_xticks(range(len(names)), names)
    right.set_xlabel("Sex")
    for axes in (left, right):
        plain_axes(axes, "y")
        axes.yaxis.get_major_locator().set_params(integer=True)
    return figure


def scatter(exams: Sequence[Compared], centroids: Centroids) -> Figure:
    """z-scores of marked voxels by type, with the centroids used and the published ones."""
    figure = Figure(figsize=(WIDTH, 3.4), layout="constrained")
    axes = figure.subplots()
    used = {1: centroids.type_1, 2: centroids.type_2, 3: centroids.type_3}
    published = {1: PUBLISHED.type_1, 2: PUBLISHED.type_2, 3: PUBLISHED.type_3}
    for kind, marker in zip(TYPES, MARKERS, strict=True):
        values = np.concatenate([exam.z[kind] for exam in exams])
        colour = GRADES[kind]
        label = f"type {kind}, {len(values)} voxels"
        (dots,) = axes.plot(
            values[:, 0], values[:, 1], marker, color=colour, markersize=2, alpha=0.35, label=label
        )
        dots.set(markeredgecolor=INK, markeredgewidth=0.15)
    for kind, marker in zip(TYPES, MARKERS, strict=True):
        axes.plot(*published[kind], marker, color="white", markeredgecolor=INK, markersize=9)
        axes.plot(*used[kind], marker, color=GRADES[kind], markeredgecolor=INK, markersize=6)
    axes.set_xlim(-4, 5)
    axes.set_ylim(-4, 6)
    axes.set_xlabel("T1 z-score")
    axes.set_ylabel("T2 z-score")
    plain_axes(axes)
    for handle in axes.legend(frameon=False, fontsize=6.5, loc="upper left", markerscale=2).legend_handles:
        if handle is not None:
            handle.set_alpha(1.0)
    return figure


def panels(exams: Sequence[Compared]) -> Figure:
    """T1, T2, marks and map side by side, for the exams with most marked change."""
    chosen = sorted(exams, key=lambda exam: -exam.marked)[:PANELS]
    heights = [_height(exam.panel) for exam in chosen]
    figure = Figure(figsize=(WIDTH, sum(heights) + 0.3 * len(chosen)), layout="constrained")
    grid = figure.subplots(len(chosen), 4, squeeze=False, height_ratios=heights)
    for row, exam in zip(grid, chosen, strict=True):
        panel = exam.panel
        looks = (
            *(("T1", panel.t1, None), ("T2", panel.t2, None)),
            *(("Marked", panel.t1, panel.marked), ("Modic map", panel.t1, panel.found)),
        )
        for axes, (name, grey, types) in zip(row, looks, strict=True):
            axes.imshow(grey, cmap="gray", vmin=0, vmax=1, aspect=panel.aspect, interpolation="nearest")
            if types is not None:
                axes.imshow(types, cmap=_OVERLAY, vmin=0, vmax=3, aspect=panel.aspect, alpha=0.75)
            axes.set_title(name if name != "T1" else f"{exam.exam}: T1", fontsize=7)
            axes.set_axis_off()
    return figure


def prevalence(figures: Mapping[str, Any]) -> Figure:
    """Share of halves with any change and with each type, by level, marked beside found."""
    figure = Figure(figsize=(WIDTH, 2.4), layout="constrained")
    both = figure.subplots(1, 2, sharey=True)
    rows = [row for row in figures["prevalence"] if row["level"] != "all"]
    for axes, side, title in zip(both, ("marked", "found"), ("Marked", "Found"), strict=True):
        for place, key in enumerate((ANY, *map(str, TYPES))):
            x = np.arange(len(rows)) + (place - 1.5) * 0.2
            colour = INK if key == ANY else GRADES[int(key)]
            name = key if key == ANY else f"type {key}"
            shares = [row[side][key] for row in rows]
            axes.bar(x, shares, 0.18, color=colour, edgecolor=INK, linewidth=0.3, label=name)
        axes.set_xticks(range(len(rows)), [row["level"] for row in rows])
        axes.set_title(title)
        plain_axes(axes, "y")
    both[0].set_ylabel("Share of halves")
    both[0].set_ylim(0, 1)
    both[1].legend(frameon=False, fontsize=6.5)
    return figure


def _height(panel: Panel) -> float:
    rows, columns = panel.t1.shape
    return float(WIDTH / 4 * rows * panel.aspect / columns)
