"""Tables of readers: across all of them, each against himself, by level and half, grades, what was left
out.
"""

from annotations.agreement.report.cells import (
    KAPPA,
    Table,
    Values,
    by_arm,
    pair_name,
    percent,
    sides,
    slugs,
    with_interval,
)

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


def reader_tables(agreement: Values) -> list[Table]:
    """In the order of the report; a table without rows has nothing to say."""
    return [
        _across(agreement),
        _intra(agreement),
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


def _strata(agreement: Values) -> list[Table]:
    found = agreement["sections"]["strata"]["rows"]
    tables = []
    for column, slug in slugs(dict.fromkeys(row["column"] for row in found)).items():
        rows = tuple(
            (
                f"{pair_name(row)}, {row['value']}",
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
                "Descriptive; nothing is tested here. Few units per row: intervals are wide.",
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
