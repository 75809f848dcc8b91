"""Tables of readers: across all of them, each against himself, by level and half, grades, what was left
out.
"""

from annotations.agreement.report.cells import (
    KAPPA,
    NONE,
    Table,
    Values,
    by_arm,
    p_value,
    pair_name,
    percent,
    sides,
    slugs,
    with_interval,
)
from annotations.agreement.sections.strata import in_words
from annotations.agreement.verdict import number

ACROSS = {
    "percent_agreement": "Raw agreement of pairs",
    "fleiss_kappa": f"Fleiss {KAPPA}",
    "conger_kappa": f"Conger {KAPPA}",
    "light_kappa": f"Light {KAPPA}",
    "gwet_ac1": "Gwet AC1",
    "brennan_prediger": "Brennan\N{EN DASH}Prediger",
    "krippendorff_alpha_nominal": "Krippendorff \N{GREEK SMALL LETTER ALPHA}, nominal",
    "krippendorff_alpha_ordinal": "Krippendorff \N{GREEK SMALL LETTER ALPHA}, ordinal",
}

MARGINS = {
    "clustered": "Clustered",
    "stuart_maxwell": "Stuart\N{EN DASH}Maxwell",
    "bhapkar": "Bhapkar",
    "bowker": "Bowker",
}
EQUALITY = {"alike": f"Are the pairs' {KAPPA} alike, {{}}", "unchanged": f"Did any pair's {KAPPA} change"}
NOTHING: Values = {"rows": ()}


def reader_tables(agreement: Values) -> list[Table]:
    """In the order of the report; a table without rows has nothing to say."""
    return [
        _across(agreement),
        _intra(agreement),
        _margins(agreement),
        _equality(agreement),
        *_strata(agreement),
        _grades(agreement),
        _left_out(agreement),
    ]


def _across(agreement: Values) -> Table:
    found = agreement["sections"]["across_readers"]["rows"]
    rows = tuple(
        (word, *(with_interval(row[key]) for row in found))
        for key, word in ACROSS.items()
        if found and key in found[0]
    )
    return Table(
        "across",
        "Agreement across all readers",
        "Intervals by the jackknife over exams, t(K\N{MINUS SIGN}1). A baseline reader's single reading "
        "counts in both arms. Descriptive.",
        ("Coefficient", *by_arm(agreement["plan"], "Estimate")),
        rows,
    )


def _intra(agreement: Values) -> Table:
    rows = tuple(
        (
            row["reader"],
            str(row["n_units"]),
            percent(row["kappa"]["details"].get("po")),
            with_interval(row["kappa"]),
            with_interval(row["kappa_presence"]),
        )
        for row in agreement["sections"]["intra_reader"]["rows"]
    )
    return Table(
        "intra",
        "Each reader against the own earlier reading",
        "Intra-reader agreement between the arms: a change of mind may come from the map, from learning or "
        "from chance.",
        ("Reader", "Units", "Raw agreement", KAPPA, f"{KAPPA} of presence"),
        rows,
    )


def _margins(agreement: Values) -> Table:
    rows = tuple(
        (row["reader"], str(row["n_units"]), *(_tested(row["tests"][name]) for name in MARGINS))
        for row in agreement["sections"].get("marginal_change", NOTHING)["rows"]
    )
    return Table(
        "margins",
        "Did a reader use the grades alike in both arms?",
        "p (degrees of freedom) that the margins are the same, on the units graded in both arms: Hotelling's "
        "T\N{SUPERSCRIPT TWO} over exams, and three tests that ignore clustering. Bowker's counts pairs of "
        "grades that never occur.",
        ("Reader", "Units", *MARGINS.values()),
        rows,
    )


def _equality(agreement: Values) -> Table:
    found = agreement["sections"].get("equality_of_kappas", NOTHING)["rows"]
    rows = tuple(
        (
            EQUALITY[row["question"]].format(row["arm"]),
            NONE if row["result"]["statistic"] is None else number(row["result"]["statistic"]),
            NONE if row["result"]["df"] is None else f"{row['result']['df']:.0f}",
            p_value(row["result"]["p"]),
            row["result"]["reason"],
        )
        for row in found
    )
    return Table(
        "equality",
        f"The pairs' {KAPPA} together",
        "Hotelling's T\N{SUPERSCRIPT TWO} of dependent kappas, exams as clusters: one test for all pairs of "
        "the plan beside the tests of each, which it does not replace.",
        ("Question", "T\N{SUPERSCRIPT TWO}", "Degrees of freedom", "p", "Remark"),
        rows,
    )


def _tested(result: Values) -> str:
    return NONE if result["p"] is None else f"{p_value(result['p'])} ({result['df'] or 0:.0f})"


def _strata(agreement: Values) -> list[Table]:
    found = agreement["sections"]["strata"]["rows"]
    tables = []
    for column, slug in slugs(dict.fromkeys(row["column"] for row in found)).items():
        rows = tuple(
            (
                f"{pair_name(row)}, {in_words(row['value'])}",
                str(row["n_units"]),
                *(percent(side["details"].get("po")) for side in sides(row)),
                *(with_interval(side) for side in sides(row)),
            )
            for row in found
            if row["column"] == column
        )
        tables.append(
            Table(
                f"by-{slug}",
                f"Agreement by {column}",
                "Descriptive; nothing is tested here. Few units per row: intervals are wide, and as they are "
                "not cut off some pass 1.",
                (
                    f"Pair and {column}",
                    "Units",
                    *by_arm(agreement["plan"], "Raw agreement"),
                    *by_arm(agreement["plan"], KAPPA),
                ),
                rows,
            )
        )
    return tables


def _grades(agreement: Values) -> Table:
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
        "Set in bulk: units graded as absence by the key that grades all that remain; they are among those.",
        ("Reader", "Arm", *grades, "Not gradable", "Not read", "Set in bulk"),
        rows,
    )


def _left_out(agreement: Values) -> Table:
    rows = tuple(
        (pair_name(pair), row["reader"], row["arm"], row["reason"].replace("_", " "), str(row["units"]))
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
