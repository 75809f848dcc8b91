"""The verdict in words, drawn from the primary test alone; other tests are named where they differ."""

from collections.abc import Mapping, Sequence
from typing import Any

from annotations.agreement.plan import Plan

SENSITIVITY_NAMES: dict[str, str] = {
    "bootstrap": "exam-level bootstrap",
    "exact": "McNemar exact",
    "midp": "McNemar mid-p",
    "asymptotic": "McNemar asymptotic",
    "corrected": "McNemar with continuity correction",
    "obuchowski": "Obuchowski",
    "durkalski": "Durkalski",
    "eliasziw": "Eliasziw and Donner",
    "yang": "Yang, Sun and Hardin",
}
"""Of these, the four named McNemar ignore clustering; the rest allow for it."""


def p_words(p: float) -> str:
    """A p value as prose: three decimals, never p = 0."""
    return "p < 0.001" if p < 0.0005 else f"p = {p:.3f}"


def number(value: float, digits: int = 2) -> str:
    """A figure with a true minus sign and no negative zero."""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if not float(text) else text.replace("-", "\N{MINUS SIGN}")


def sensitivity_p(pair: Mapping[str, Any]) -> dict[str, float | None]:
    """The unadjusted p value of each sensitivity analysis of a pair."""
    tests = {"bootstrap": pair["bootstrap"], **pair["mcnemar"]["plain"], **pair["mcnemar"]["clustered"]}
    return {name: tests[name]["p"] for name in SENSITIVITY_NAMES}


def differing(pair: Mapping[str, Any], alpha: float) -> list[dict[str, Any]]:
    """Sensitivity analyses that fall on the other side of alpha, before or after adjustment over pairs."""
    primary, adjusted = pair["delta"]["p"], pair["p_holm"]["primary"]
    if primary is None:
        return []
    rows = []
    for name, p in sensitivity_p(pair).items():
        if p is None:
            continue
        unadjusted = (p < alpha) != (primary < alpha)
        holm = (pair["p_holm"][name] < alpha) != (adjusted < alpha)
        if unadjusted or holm:
            rows.append(
                {"test": name, "p": p, "p_holm": pair["p_holm"][name], "unadjusted": unadjusted, "holm": holm}
            )
    return rows


def pair_verdict(pair: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """Decision ("changed", "not shown" or "not estimable"), its words, and the analyses that differ."""
    first, second = pair["readers"]
    if not plan.two_arms:
        return _one_arm(pair, plan)
    delta, before, after = pair["delta"], pair["before"]["kappa"], pair["after"]["kappa"]
    if delta["p"] is None:
        what = f"Whether agreement of {first} and {second} changed cannot be estimated: {delta['reason']}."
        return {"decision": "not estimable", "text": what, "differs": []}
    adjusted = pair["p_holm"]["primary"]
    changed = adjusted < plan.alpha
    direction = "rose" if delta["estimate"] > 0 else "fell" if delta["estimate"] < 0 else "stayed"
    from_to = f"from {number(before['estimate'])} to {number(after['estimate'])}"
    family = f", Holm-adjusted {p_words(adjusted)}" if len(plan.pairs) > 1 else ""
    text = (
        f"{first} and {second}: kappa {direction} {from_to} (change {number(delta['estimate'], 3)}, "
        f"{plan.confidence:.0%} CI {number(delta['lo'], 3)} to {number(delta['hi'], 3)}). "
        + ("Agreement changed" if changed else "A change of agreement is not shown")
        + f" (t({delta['df']:.0f}) = {number(delta['statistic'])}, {p_words(delta['p'])}{family})."
    )
    differs = differing(pair, plan.alpha)
    if differs:
        text += " " + _differing_words(differs, len(plan.pairs) > 1)
    return {"decision": "changed" if changed else "not shown", "text": text, "differs": differs}


def _one_arm(pair: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    who, kappa = " and ".join(pair["readers"]), pair["before"]["kappa"]
    if kappa["estimate"] is None:
        return {
            "decision": "not estimable",
            "text": f"Agreement of {who} cannot be estimated: {kappa['reason']}.",
            "differs": [],
        }
    interval = "no interval"
    if kappa["lo"] is not None:
        interval = f"{plan.confidence:.0%} CI {number(kappa['lo'])} to {number(kappa['hi'])}"
    rests_on = f"{pair['n_units']} units, {pair['n_exams']} exams"
    text = f"{who}: kappa {number(kappa['estimate'])} ({interval}); {rests_on}."
    return {"decision": "described", "text": text, "differs": []}


def _differing_words(rows: Sequence[Mapping[str, Any]], adjusted: bool) -> str:
    raw = [(row["test"], row["p"]) for row in rows if row["unadjusted"]]
    holm = [(row["test"], row["p_holm"]) for row in rows if row["holm"]]
    sentences = []
    if raw:
        when = "Sensitivity analyses differ before adjustment" if adjusted else "Sensitivity analyses differ"
        sentences.append(f"{when}: {_listed(raw)}.")
    if holm and adjusted:
        sentences.append(f"Sensitivity analyses differ after Holm's adjustment: {_listed(holm)}.")
    return " ".join(sentences)


def _listed(tests: Sequence[tuple[str, float]]) -> str:
    named = [f"{SENSITIVITY_NAMES[name]} {p_words(p)}" for name, p in tests]
    if len(tests) == len(SENSITIVITY_NAMES):
        low, high = min(p for _, p in tests), max(p for _, p in tests)
        return f"all {len(tests)} do, {p_words(low)} to {p_words(high)}"
    return ", ".join(named)


def overall_verdict(pairs: Sequence[Mapping[str, Any]], plan: Plan) -> str:
    """One sentence for the study."""
    decisions = [pair["verdict"]["decision"] for pair in pairs]
    changed = [" and ".join(p["readers"]) for p in pairs if p["verdict"]["decision"] == "changed"]
    unknown = decisions.count("not estimable")
    if not plan.two_arms:
        return _one_arm_overall(pairs)
    total = f"{len(pairs)} reader pair{'s' if len(pairs) > 1 else ''} named by the plan"
    if changed:
        text = f"Agreement changed in {len(changed)} of the {total}: {'; '.join(changed)}."
    elif unknown == len(pairs):
        text = f"A change of agreement could not be estimated for any of the {total}."
    else:
        text = (
            f"A change of agreement is not shown for any of the {total}; this is no proof that there is none."
        )
    if unknown and unknown < len(pairs):
        text += f" For {unknown} it could not be estimated."
    return text


def _one_arm_overall(pairs: Sequence[Mapping[str, Any]]) -> str:
    found = [pair["before"]["kappa"]["estimate"] for pair in pairs]
    known = [kappa for kappa in found if kappa is not None]
    if not known:
        return "Agreement could not be estimated for any reader pair."
    text = f"Kappa of the {len(known)} reader pairs runs from {number(min(known))} to {number(max(known))}."
    if len(known) == 1:
        text = f"Kappa of the one reader pair that can be estimated is {number(known[0])}."
    return text + " The data hold one arm: there is no change to test."
