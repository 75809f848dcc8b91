"""The tables of a report: cells as they are printed, from a frozen result."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotations.agreement.verdict import SENSITIVITY_NAMES, number

Result = Mapping[str, Any]
NONE = "not estimable"
PLAIN = ("exact", "midp", "asymptotic", "corrected")
CLUSTERED = ("obuchowski", "durkalski", "eliasziw", "yang")
KAPPA = "\N{GREEK SMALL LETTER KAPPA}"
DELTA_KAPPA = "\N{GREEK CAPITAL LETTER DELTA}" + KAPPA


@dataclass(frozen=True)
class Table:
    """Cells as they are printed; the first column holds names."""

    name: str
    title: str
    note: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(result: Result) -> list[Table]:
    """Every table in its order; one without rows has nothing to say."""
    agreement, conduct = result["agreement"], result["conduct"]
    return [
        _agreement_table(agreement),
        _mcnemar_table(agreement),
        _sensitivity_table(agreement),
        _presence_table(agreement),
        _left_out_kappas(agreement),
        _grades_table(agreement),
        _left_out_table(agreement),
        _reads_table(conduct),
        _washout_table(conduct),
    ]


def name(pair: Result) -> str:
    """A pair as it is printed."""
    return "\N{EN DASH}".join(pair["readers"])


def with_interval(result: Result, digits: int = 2) -> str:
    """Estimate with its interval, or why there is none."""
    if result["estimate"] is None:
        return NONE
    point = number(result["estimate"], digits)
    if result["lo"] is None:
        return f"{point} (no interval)"
    return f"{point} ({number(result['lo'], digits)} to {number(result['hi'], digits)})"


def p_value(p: float | None) -> str:
    """A p value in a table."""
    if p is None:
        return NONE
    return "<0.001" if p < 0.0005 else f"{p:.3f}"


def _with_holm(pair: Result, test: str, p: float | None) -> str:
    return NONE if p is None else f"{p_value(p)} ({p_value(pair['p_holm'][test])})"


def _agreement_table(agreement: Result) -> Table:
    first, second = agreement["plan"]["arms"]
    level = f"{agreement['plan']['confidence']:.0%} CI"
    rows = tuple(
        (
            name(pair),
            f"{pair['n_units']} / {pair['n_exams']}",
            with_interval(pair["before"]["kappa"]),
            with_interval(pair["after"]["kappa"]),
            with_interval(pair["delta"], 3),
            p_value(pair["delta"]["p"]),
            p_value(pair["p_holm"]["primary"]),
        )
        for pair in agreement["pairs"]
    )
    return Table(
        "agreement",
        "Agreement of each reader pair, and its change",
        "Unweighted Cohen's kappa on grades 0 to 3; unit: exam, vertebra, half. Intervals and p by the "
        "exam-clustered delta method, t(K\N{MINUS SIGN}1), two-sided: this is the primary test.",
        (
            "Pair",
            "Units / exams",
            f"{KAPPA} {first} ({level})",
            f"{KAPPA} {second} ({level})",
            f"{DELTA_KAPPA} ({level})",
            "p",
            "p (Holm)",
        ),
        rows,
    )


def _mcnemar_table(agreement: Result) -> Table:
    first, second = agreement["plan"]["arms"]
    rows = tuple(
        (
            name(pair),
            *(
                str(pair["mcnemar"]["table"][cell])
                for cell in ("both", "before_only", "after_only", "neither")
            ),
            *(_with_holm(pair, test, pair["mcnemar"]["plain"][test]["p"]) for test in PLAIN),
        )
        for pair in agreement["pairs"]
    )
    return Table(
        "mcnemar",
        "McNemar's test of agreement with the comparator, as in the paper: ignores clustering",
        f"Each unit by whether both readers gave the same grade {first} and {second}; a baseline reader's "
        "one reading is the comparator in both. p (Holm-adjusted p). These tests take "
        "halves of one exam as independent and are given for comparison with the paper only.",
        (
            "Pair",
            "Both",
            f"{first.capitalize()} only (b)",
            f"{second.capitalize()} only (c)",
            "Neither",
            "Exact",
            "Mid-p",
            "Asymptotic",
            "Continuity-corrected",
        ),
        rows,
    )


def _sensitivity_table(agreement: Result) -> Table:
    rows = tuple(
        (
            name(pair),
            with_interval(pair["bootstrap"], 3),
            _with_holm(pair, "bootstrap", pair["bootstrap"]["p"]),
            *(_with_holm(pair, test, pair["mcnemar"]["clustered"][test]["p"]) for test in CLUSTERED),
        )
        for pair in agreement["pairs"]
    )
    plan = agreement["plan"]
    return Table(
        "sensitivity",
        "Sensitivity analyses that allow for clustering",
        f"Bootstrap: {plan['resamples']} resamples of whole exams, both arms together, percentile interval, "
        f"seed {plan['seed']}. The four clustered counterparts of McNemar's test are meant for many exams. "
        "p (Holm-adjusted p).",
        (
            "Pair",
            f"Bootstrap {DELTA_KAPPA} (interval)",
            "Bootstrap p",
            *(SENSITIVITY_NAMES[test] for test in CLUSTERED),
        ),
        rows,
    )


def _presence_table(agreement: Result) -> Table:
    first, second = agreement["plan"]["arms"]
    rows = []
    for pair in agreement["pairs"]:
        observed = [pair[side]["kappa"]["details"].get("po") for side in ("before", "after")]
        rows.append(
            (
                name(pair),
                *(NONE if share is None else f"{share:.1%}" for share in observed),
                *(with_interval(pair[side]["kappa_presence"]) for side in ("before", "after")),
            )
        )
    return Table(
        "presence",
        "Raw agreement, and agreement on the presence of any Modic change",
        "Secondary and descriptive.",
        (
            "Pair",
            f"Raw agreement {first}",
            f"Raw agreement {second}",
            f"{KAPPA} of presence {first}",
            f"{KAPPA} of presence {second}",
        ),
        tuple(rows),
    )


def _left_out_kappas(agreement: Result) -> Table:
    words = {
        "all_available": "all units available in each arm",
        "not_gradable_as_category": "not gradable as a category of its own",
    }
    first, second = agreement["plan"]["arms"]
    rows = tuple(
        (
            f"{name(pair)}, {words[kind]}",
            str(found["before"]["n_units"]),
            str(found["after"]["n_units"]),
            with_interval(found["before"]),
            with_interval(found["after"]),
            with_interval(found["delta"], 3),
            p_value(found["delta"]["p"]),
        )
        for pair in agreement["pairs"]
        for kind, found in sorted(pair["sensitivity"].items())
    )
    return Table(
        "available",
        "Sensitivity to what was left out",
        "The primary analysis rests on units graded by both readers in both arms.",
        (
            "Pair and set",
            f"Units {first}",
            f"Units {second}",
            f"{KAPPA} {first}",
            f"{KAPPA} {second}",
            DELTA_KAPPA,
            "p",
        ),
        rows,
    )


def _grades_table(agreement: Result) -> Table:
    rows = tuple(
        (
            row["reader"],
            row["arm"],
            *map(str, row["grades"]),
            str(row["not_gradable"]),
            str(row["not_read"]),
            str(row["in_bulk"]),
        )
        for row in agreement["readers"]
    )
    grades = tuple(f"Grade {category}" for category in agreement["plan"]["categories"])
    return Table(
        "grades",
        "Grades given, by reader and arm",
        "Set in bulk: halves graded 0 by the key that grades all that remain; they are among the grades 0.",
        ("Reader", "Arm", *grades, "Not gradable", "Not read", "Set in bulk"),
        rows,
    )


def _left_out_table(agreement: Result) -> Table:
    rows = tuple(
        (name(pair), row["reader"], row["arm"], row["reason"].replace("_", " "), str(row["units"]))
        for pair in agreement["pairs"]
        for row in pair["left_out"]["by_reason"]
    )
    return Table(
        "left-out",
        "Units left out of each pair, by reader, arm and reason",
        "A unit can be counted more than once.",
        ("Pair", "Reader", "Arm", "Reason", "Units"),
        rows,
    )


def _reads_table(conduct: Result) -> Table:
    rows = tuple(
        (
            slot["reader"],
            f"{slot['period']}: {slot['period_name']} ({slot['arm']})",
            str(slot["assigned"]),
            str(slot["submitted"]),
            str(slot["missing"]),
        )
        for slot in conduct["slots"]
    )
    return Table(
        "reads",
        "Reads, by reader and period",
        "A read counts once it is submitted; drafts never do.",
        ("Reader", "Period", "Assigned", "Submitted", "Missing"),
        rows,
    )


def _washout_table(conduct: Result) -> Table:
    asked = max((period["washout_hours"] for period in conduct["periods"]), default=0) / 24
    rows = tuple(
        (
            gap["reader"],
            str(gap["cases"]),
            *(f"{gap[key]:.2f}" for key in ("min_days", "median_days", "max_days")),
        )
        for gap in conduct["washout_gaps"]
    )
    return Table(
        "washout",
        "Actual washout, in days",
        "From the last image of a case sent to a reader in one period to the first in the next; "
        f"{asked:g} days asked for.",
        ("Reader", "Cases", "Shortest", "Median", "Longest"),
        rows,
    )
