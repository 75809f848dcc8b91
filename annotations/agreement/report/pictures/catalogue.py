"""Which pictures a result has, each with its caption and with words for those who cannot see it."""

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure

from annotations.agreement.report.cells import Values, pair_name, percent, sides, slugs, with_interval
from annotations.agreement.report.pictures import agreement as kappas
from annotations.agreement.report.pictures import grades, measures
from annotations.agreement.report.pictures.svg import drawn

MOST_PAIRS = 12


@dataclass(frozen=True)
class Picture:
    """A figure by name, with its caption and its text alternative."""

    name: str
    title: str
    alternative: str


@dataclass(frozen=True)
class Plot:
    """A picture and what draws it."""

    picture: Picture
    plotter: Callable[[Values], Figure]


def plots(agreement: Values) -> dict[str, Plot]:
    """Name to plot, in the order of the report; those without anything to show are absent."""
    found = [_forest(agreement), _confusion(agreement), *_by_column(agreement), *_prevalence(agreement)]
    found += [*_switches(agreement), *_times(agreement), *_volumes(agreement)]
    return {plot.picture.name: plot for plot in found}


def svg(name: str, agreement: Values, *, synthetic: bool) -> str:
    """One picture as SVG text. Raises KeyError for an unknown name."""
    return drawn(plots(agreement)[name].plotter, agreement, synthetic=synthetic)


def _first(agreement: Values) -> Values:
    """The result cut to as many pairs as a picture holds."""
    return {**agreement, "pairs": agreement["pairs"][:MOST_PAIRS]}


def _cut(agreement: Values) -> str:
    count = len(agreement["pairs"])
    return f" The first {MOST_PAIRS} of {count} pairs." if count > MOST_PAIRS else ""


def _forest(agreement: Values) -> Plot:
    plan = agreement["plan"]
    change = ", with the change beside it" if len(plan["arms"]) > 1 else ""
    said = "; ".join(
        f"{pair_name(pair)} {' to '.join(with_interval(side['kappa']) for side in sides(pair))}"
        for pair in agreement["pairs"][:MOST_PAIRS]
    )
    return Plot(
        Picture(
            "forest",
            f"Cohen's kappa of each pair{change}; bars are {plan['confidence']:.0%} intervals, clustered by "
            f"{plan['cluster']}.{_cut(agreement)}",
            f"Forest plot of kappa. {said}.",
        ),
        lambda result: kappas.forest(_first(result)),
    )


def _confusion(agreement: Values) -> Plot:
    said = "; ".join(
        f"{pair_name(pair)} " + " then ".join(percent(s["kappa"]["details"].get("po")) for s in sides(pair))
        for pair in agreement["pairs"][:MOST_PAIRS]
    )
    return Plot(
        Picture(
            "confusion",
            "Grades of both readers of each pair, number of units; shaded by share of the row, agreement in "
            f"bold.{_cut(agreement)}",
            f"Tables of counts, one per pair and arm, rows the first reader's grades. Raw agreement: {said}. "
            "The JSON file holds the counts.",
        ),
        lambda result: kappas.confusion(_first(result)),
    )


def _columns(agreement: Values) -> dict[str, str]:
    """Column to the name that its pictures bear."""
    return slugs(dict.fromkeys(row["column"] for row in agreement["sections"]["strata"]["rows"]))


def _by_column(agreement: Values) -> list[Plot]:
    def plot(column: str, slug: str) -> Plot:
        return Plot(
            Picture(
                f"kappa-by-{slug}",
                f"Cohen's kappa by {column}; bars are {agreement['plan']['confidence']:.0%} intervals, an "
                f"arrow where one is cut at the axis. Descriptive.{_cut(agreement)}",
                f"Kappa of each pair by {column}; the table of agreement by {column} holds the same figures.",
            ),
            lambda result: kappas.by_column(_first(result), column),
        )

    return [plot(column, slug) for column, slug in _columns(agreement).items()]


def _prevalence(agreement: Values) -> list[Plot]:
    whole = [row for row in agreement["sections"]["prevalence"]["rows"] if row["column"] == ""]
    said = "; ".join(
        f"{row['who']} {row['arm']} {percent(sum(row['counts'][1:]) / max(sum(row['counts']), 1))}"
        for row in whole[:MOST_PAIRS]
    )
    if len(whole) > MOST_PAIRS:
        return []

    def plot(column: str, slug: str) -> Plot:
        return Plot(
            Picture(
                f"prevalence-by-{slug}",
                f"How often a change was graded, by {column} and grade.",
                f"Stacked bars of the share of units with each grade, by {column}. In all: {said}.",
            ),
            lambda result: grades.prevalence(result, column),
        )

    return [plot(column, slug) for column, slug in _columns(agreement).items()]


def _switches(agreement: Values) -> list[Plot]:
    rows = agreement["sections"]["intra_reader"]["rows"][:MOST_PAIRS]
    if not rows:
        return []
    said = "; ".join(
        f"{row['reader']} {row['n_units'] - sum(row['table'][i][i] for i in range(len(row['table'])))} of "
        f"{row['n_units']}"
        for row in rows
    )
    picture = Picture(
        "switches",
        "Units whose grade changed between the arms, from the earlier grade to the later; in brackets how "
        "many.",
        f"Ribbons from earlier to later grades of the units that changed: {said}.",
    )
    return [Plot(picture, grades.switches)]


def _times(agreement: Values) -> list[Plot]:
    if not any(row["position"] is not None for row in agreement["sections"]["reading_time"]["rows"]):
        return []
    picture = Picture(
        "time",
        "Reading time of each exam by its position in the session, logarithmic; dashed: the median.",
        "Reading times by position; the table of reading times holds medians and quartiles.",
    )
    return [Plot(picture, measures.times)]


def _volumes(agreement: Values) -> list[Plot]:
    rows = agreement["sections"]["volumes"]["rows"]
    if not rows or len(rows) > MOST_PAIRS:
        return []
    picture = Picture(
        "bland-altman",
        "Difference of both readers' volumes by their mean, first less second; solid: mean difference, "
        "dashed: limits of agreement.",
        "Bland and Altman plots of volumes; the table of volumes holds mean differences and limits.",
    )
    return [Plot(picture, measures.bland_altman)]
