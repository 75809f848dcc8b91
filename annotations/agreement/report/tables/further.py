"""Tables that need more than grades: accuracy against truth, influence of the AI, reading time, volumes."""

from statistics import median, quantiles

from annotations.agreement.report.cells import (
    KAPPA,
    NONE,
    Table,
    Values,
    p_value,
    pair_name,
    percent,
    with_interval,
)
from annotations.agreement.verdict import number

METRICS = {"sensitivity": "Sensitivity", "specificity": "Specificity", "auc": "Area under the ROC curve"}
GROUPS = {"overall": "all grades", "present": "any change"}


def further_tables(agreement: Values) -> list[Table]:
    """In the order of the report; a table without rows has nothing to say."""
    sections = agreement["sections"]
    return [
        accuracy_table(sections["accuracy"]),
        _compared(sections["accuracy"], agreement["plan"]),
        _switches(sections["ai_influence"]),
        _times(sections["reading_time"], agreement["plan"]),
        _volumes(sections["volumes"]),
    ]


def _half_width(measure: Values | None) -> str:
    if measure is None or measure["wald"]["estimate"] is None:
        return NONE if measure is not None else ""
    found = measure["wald"]
    if found["lo"] is None:
        return percent(found["estimate"])
    return f"{number(found['estimate'])} \N{PLUS-MINUS SIGN} {number((found['hi'] - found['lo']) / 2, 3)}"


def _group(name: str) -> str:
    return GROUPS.get(name, f"grade {name}")


def _clustered(measures: Values, name: str) -> str:
    return with_interval(measures[name]["clustered"]) if name in measures else ""


def accuracy_table(section: Values) -> Table:
    """Readers and the AI against truth."""
    rows = tuple(
        (
            f"{row['who']} {row['arm']}, {GROUPS.get(row['group'], 'grade ' + row['group'])}".replace(
                " ,", ","
            ),
            _half_width(row["measures"].get("sensitivity")),
            _clustered(row["measures"], "sensitivity"),
            _half_width(row["measures"].get("specificity")),
            _clustered(row["measures"], "specificity"),
            _clustered(row["measures"], "accuracy"),
            _clustered(row["measures"], "kappa"),
        )
        for row in section["rows"]
    )
    return Table(
        "accuracy",
        "Readers and model against truth",
        "Sensitivity and specificity twice: with Wald's half-width, as in the paper, which ignores "
        "clustering, and with the interval clustered by exam, as accuracy and kappa. Predictive values, "
        "Wilson's intervals and all figures in full are in the JSON file.",
        (
            "Who, and what",
            "Sensitivity (Wald)",
            "Sensitivity",
            "Specificity (Wald)",
            "Specificity",
            "Accuracy",
            KAPPA,
        ),
        rows,
    )


def _compared(section: Values, plan: Values) -> Table:
    rows = tuple(
        (
            METRICS[row["metric"]],
            with_interval(row["difference"], 3),
            p_value(row["difference"]["p"]),
            row["difference"]["reason"],
        )
        for row in section.get("readers_compared", ())
    )
    return Table(
        "arms-against-truth",
        "The arms compared over readers and cases",
        f"{plan['arms'][-1]} less {plan['arms'][0]}, presence of any change, readers who read in both: "
        "Obuchowski and Rockette with Hillis' degrees of freedom, readers and exams random: the covariance "
        "leaves out whole exams. The area takes a reader's confidence as the score, negative where no change "
        "was seen.",
        ("Measure", "Difference", "p", "Remark"),
        rows,
    )


def _switches(section: Values) -> Table:
    rows = []
    for row in section["rows"]:
        counts, change = row["switches"], row["change"]
        with_truth = ("to_right", "to_wrong", "stayed_right", "stayed_wrong")
        where = "all units" if row["group"] == "all" else f"AI {row['group'].split()[-1]}"
        rows.append(
            (
                f"{row['reader']}, {where}",
                str(counts["to_model"]),
                str(counts["from_model"]),
                *(str(counts[name]) if name in counts else "no truth" for name in with_truth),
                with_interval(change["change"], 3) if change else "no truth",
                p_value(change["change"]["p"]) if change else "no truth",
            )
        )
    return Table(
        "influence",
        "Influence of the AI: answers changed between the arms",
        "Right and wrong by the truth, where there is truth. Change: of the share of right answers, interval "
        "and p clustered by exam. A change towards the AI need not have been caused by it.",
        (
            "Reader, and where",
            "To the AI's",
            "From the AI's",
            "Wrong to right",
            "Right to wrong",
            "Stayed right",
            "Stayed wrong",
            "Change of right answers",
            "p",
        ),
        tuple(rows),
    )


def _times(section: Values, plan: Values) -> Table:
    measure = section.get("measure", "seconds")
    rows, active = [], measure == "active_seconds"
    for reader in plan["readers"]:
        for arm in plan["arms"]:
            read = [r for r in section["rows"] if (r["reader"], r["arm"]) == (reader, arm)]
            own = [r[measure] for r in read]
            if own:
                low, _, high = quantiles(own, n=4, method="inclusive") if len(own) > 1 else (own[0],) * 3
                told = (median(own), low, high, median(r["seconds"] for r in read))
                cells = (f"{value:.0f}" for value in (told if active else told[:3]))
                rows.append((reader, arm, str(len(own)), *cells))
    return Table(
        "time",
        "Reading time of an exam, in seconds" + (", pauses left out" if active else ""),
        _time_words(section, plan) if rows else "",
        ("Reader", "Arm", "Exams", "Median", "Lower quartile", "Upper quartile")
        + (("Median with pauses",) if active else ()),
        tuple(rows),
    )


def _time_words(section: Values, plan: Values) -> str:
    """What the arm does to it; beside active time, to the time from opening to handing in."""
    if section["effect"] is None:
        return "One arm."
    words = _ratio_words(section["effect"], plan)
    beside = section.get("beside")
    if beside is None:
        return words
    return (
        f"Time in which an exam was in sight and its reader not idle. {words} From opening to handing in, "
        f"pauses included: {_ratio_words(beside, plan)}"
    )


def _ratio_words(effect: Values, plan: Values) -> str:
    if effect["estimate"] is None:
        return f"The effect of the arm is not estimable: {effect['reason']}."
    ratio = effect["details"]
    other = ratio.get("p_likelihood_ratio")
    beside = "" if other is None else f" ({p_value(other)} by the likelihood ratio)"
    return (
        f"Time {plan['arms'][1]} over {plan['arms'][0]}: ratio {number(ratio['ratio'])} "
        f"({number(ratio['ratio_lo'])} to {number(ratio['ratio_hi'])}), p {p_value(effect['p'])}{beside}; "
        "mixed model of the log of time, readers and exams crossed, Wald's z: with few exams p is a little "
        "too small."
    )


def _volumes(section: Values) -> Table:
    rows = tuple(
        (
            f"{pair_name(row)}, {row['arm']}",
            str(row["limits"]["n_units"]),
            with_interval(row["limits"], 1),
            *(
                number(row["limits"]["details"][side], 1) if side in row["limits"]["details"] else NONE
                for side in ("lower", "upper")
            ),
            with_interval(row["correlation"]),
        )
        for row in section["rows"]
    )
    return Table(
        "volumes",
        "Agreement of measured volumes, in mm\N{SUPERSCRIPT THREE}",
        "Bland and Altman: mean difference with its interval clustered by exam, limits of agreement at 1.96 "
        "standard deviations; Pearson's correlation takes units as independent.",
        ("Pair and arm", "Units", "Mean difference", "Lower limit", "Upper limit", "Correlation"),
        rows,
    )
