"""An exploratory analysis as words and tables."""

from annotations.agreement.explore import COEFFICIENTS
from annotations.agreement.report.cells import Table, Values, p_value, pair_name, with_interval
from annotations.agreement.report.tables.further import accuracy_table
from annotations.agreement.sections import strata

GROUPS = {"all": "all grades", "present": "any change against none"}
NOTE = (
    "Exploratory: not named by the plan, not adjusted for other looks at the data. Intervals by the "
    "jackknife over exams, t(K\N{MINUS SIGN}1), on the units that both readers graded in every arm."
)


def in_words(found: Values) -> str:
    """What was asked, as one line."""
    question = found["question"]
    weights = question["weights"]
    parts = [
        COEFFICIENTS[question["coefficient"]][0]
        + ("" if weights == "unweighted" else f", {weights} weights"),
        GROUPS.get(question["group"], f"grade {question['group']} against the rest"),
        *(
            f"{column} {', '.join(map(strata.in_words, values))}"
            for column, values in sorted(question["keep"].items())
        ),
        ", ".join("\N{EN DASH}".join(pair) for pair in question["pairs"]),
    ]
    return "; ".join(parts) + ("; against truth" if question["accuracy"] else "")


def exploration_tables(found: Values) -> list[Table]:
    """The pairs, and accuracy where it was asked for."""
    arms, two = found["arms"], len(found["arms"]) > 1
    rows = tuple(
        (
            pair_name(row),
            str(row["n_units"]),
            str(row["n_exams"]),
            with_interval(row["before"], 3),
            *((with_interval(row["after"], 3), with_interval(row["change"], 3)) if two else ()),
            *((p_value(row["change"]["p"]),) if two else ()),
            _remark(row),
        )
        for row in found["rows"]
    )
    header = ("Pair", "Units", "Exams", arms[0], *((arms[-1], "Change", "p, unadjusted") if two else ()))
    pairs = Table("pairs", "Agreement", NOTE, (*header, "Remark"), rows, exploratory=True)
    return [pairs] if found["accuracy"] is None else [pairs, accuracy_table(found["accuracy"])]


def _remark(row: Values) -> str:
    """Why something has no figure or no interval, each reason once."""
    results = [row[side] for side in ("before", "after", "change") if row[side] is not None]
    return "; ".join(dict.fromkeys(result["reason"] for result in results if result["reason"]))
