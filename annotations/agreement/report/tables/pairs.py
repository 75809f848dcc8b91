"""Tables of the reader pairs: the paper's Table 3 with intervals, the test of change, and what stands
beside it.
"""

from annotations.agreement.report.cells import (
    DELTA_KAPPA,
    KAPPA,
    NONE,
    Table,
    Values,
    by_arm,
    p_value,
    pair_name,
    percent,
    sides,
    with_interval,
)
from annotations.agreement.verdict import SENSITIVITY_NAMES

PLAIN = ("exact", "midp", "asymptotic", "corrected")
CLUSTERED = ("obuchowski", "durkalski", "eliasziw", "yang")
SETS = {
    "all_available": "all units available in each arm",
    "not_gradable_as_category": "not gradable as a category of its own",
}


def pair_tables(agreement: Values) -> list[Table]:
    """All tables of the pairs; those of change only where there are two arms."""
    if len(agreement["plan"]["arms"]) == 1:
        return [_one_arm(agreement), _secondary(agreement)]
    return [
        _agreement(agreement),
        _mcnemar(agreement),
        _sensitivity(agreement),
        _presence(agreement),
        _secondary(agreement),
        _available(agreement),
    ]


def _with_holm(pair: Values, test: str, p: float | None) -> str:
    return NONE if p is None else f"{p_value(p)} ({p_value(pair['p_holm'][test])})"


def _grades(agreement: Values) -> str:
    return ", ".join(map(str, agreement["plan"]["categories"]))


def _one_arm(agreement: Values) -> Table:
    level = f"{agreement['plan']['confidence']:.0%} CI"
    rows = tuple(
        (
            pair_name(pair),
            f"{pair['n_units']} / {pair['n_exams']}",
            percent(pair["before"]["kappa"]["details"].get("po")),
            with_interval(pair["before"]["kappa"]),
            with_interval(pair["before"]["kappa_presence"]),
        )
        for pair in agreement["pairs"]
    )
    return Table(
        "agreement",
        "Agreement of each reader pair",
        f"Unweighted Cohen's kappa on the grades {_grades(agreement)}. Intervals by the exam-clustered delta "
        "method, t(K\N{MINUS SIGN}1).",
        ("Pair", "Units / exams", "Raw agreement", f"{KAPPA} ({level})", f"{KAPPA} of presence ({level})"),
        rows,
    )


def _agreement(agreement: Values) -> Table:
    plan = agreement["plan"]
    level = f"{plan['confidence']:.0%} CI"
    rows = tuple(
        (
            pair_name(pair),
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
        f"Unweighted Cohen's kappa on the grades {_grades(agreement)}; unit: {', '.join(plan['unit'])}. "
        "Intervals and p by the exam-clustered delta method, t(K\N{MINUS SIGN}1), two-sided: this is the "
        "primary test.",
        (
            "Pair",
            "Units / exams",
            *(f"{KAPPA} {arm} ({level})" for arm in plan["arms"]),
            f"{DELTA_KAPPA} ({level})",
            "p",
            "p (Holm)",
        ),
        rows,
    )


def _mcnemar(agreement: Values) -> Table:
    first, second = agreement["plan"]["arms"]
    cells = ("both", "before_only", "after_only", "neither")
    rows = tuple(
        (
            pair_name(pair),
            *(str(pair["mcnemar"]["table"][cell]) for cell in cells),
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


def _sensitivity(agreement: Values) -> Table:
    rows = tuple(
        (
            pair_name(pair),
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


def _presence(agreement: Values) -> Table:
    plan = agreement["plan"]
    rows = tuple(
        (
            pair_name(pair),
            *(percent(side["kappa"]["details"].get("po")) for side in sides(pair)),
            *(with_interval(side["kappa_presence"]) for side in sides(pair)),
        )
        for pair in agreement["pairs"]
    )
    return Table(
        "presence",
        "Raw agreement, and agreement on the presence of any change",
        "Secondary and descriptive.",
        ("Pair", *by_arm(plan, "Raw agreement"), *by_arm(plan, f"{KAPPA} of presence")),
        rows,
    )


def _secondary(agreement: Values) -> Table:
    words = {
        "kappa_linear": f"{KAPPA}, linear weights",
        "kappa_quadratic": f"{KAPPA}, quadratic weights",
        "gwet_ac1": "Gwet AC1",
        "pabak": "PABAK",
        "positive_agreement": "Positive agreement",
        "negative_agreement": "Negative agreement",
    }
    plan, rows = agreement["plan"], []
    for pair in agreement["pairs"]:
        for key, word in words.items():
            found = [with_interval(side["secondary"][key]) for side in sides(pair)]
            rows.append((f"{pair_name(pair)}, {word}", *found))
        for position, category in enumerate(plan["categories"][1:]):
            found = [
                with_interval(side["secondary"]["kappa_of_categories"][position]) for side in sides(pair)
            ]
            rows.append((f"{pair_name(pair)}, {KAPPA} of grade {category} alone", *found))
    return Table(
        "secondary",
        "Other coefficients of agreement",
        "Secondary and descriptive; intervals by the jackknife over exams, t(K\N{MINUS SIGN}1). Weights "
        "suppose that the grades are ordered, which Modic types are not: they are given because journals ask "
        "for them.",
        ("Pair and coefficient", *by_arm(plan, "Estimate")),
        tuple(rows),
    )


def _available(agreement: Values) -> Table:
    first, second = agreement["plan"]["arms"]
    rows = tuple(
        (
            f"{pair_name(pair)}, {SETS[kind]}",
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
