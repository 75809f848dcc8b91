"""The figures of a report by pair and by one plain name each, for a program that looks one up.

kappa_ARM, delta, b and c (agreement in the earlier, the later arm only), the plain McNemar tests (exact,
midp, p without and p_cc with continuity correction), p_obuchowski, p_durkalski, p_eliasziw, p_yang,
delta_se_cluster, delta_p_wald_cluster (normal), delta_p_T2 (the primary test: t(K-1), of one difference
Hotelling's T2), boot_ci, boot_p, and by arm gwet_ac1, kappa_linear, kappa_quadratic and
kappa_presence_only. None where not estimable; the pair's own entry holds the reason."""

from collections.abc import Mapping, Sequence
from typing import Any

from annotations.agreement.plan import Plan

CLUSTERED = ("obuchowski", "durkalski", "eliasziw", "yang")
SECONDARY = ("gwet_ac1", "kappa_linear", "kappa_quadratic")


def flat_values(pairs: Sequence[Mapping[str, Any]], plan: Plan) -> dict[str, dict[str, Any]]:
    """Pair ("R1-R2") to figure to number."""
    return {"-".join(pair["readers"]): _of(pair, plan) for pair in pairs}


def _of(pair: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    sides = [pair["before"], pair["after"]][: len(plan.arms)]
    found: dict[str, Any] = {
        f"kappa_{arm}": side["kappa"]["estimate"] for arm, side in zip(plan.arms, sides, strict=True)
    }
    found["kappa_presence_only"] = [side["kappa_presence"]["estimate"] for side in sides]
    found |= {name: [side["secondary"][name]["estimate"] for side in sides] for name in SECONDARY}
    if plan.two_arms:
        found |= _change(pair)
    return found


def _change(pair: Mapping[str, Any]) -> dict[str, Any]:
    test, delta, bootstrap = pair["mcnemar"], pair["delta"], pair["bootstrap"]
    plain = {"exact": "exact", "midp": "midp", "p": "asymptotic", "p_cc": "corrected"}
    return {
        "delta": delta["estimate"],
        "b": test["table"]["before_only"],
        "c": test["table"]["after_only"],
        **{name: test["plain"][key]["p"] for name, key in plain.items()},
        **{f"p_{name}": test["clustered"][name]["p"] for name in CLUSTERED},
        "delta_se_cluster": delta["se"],
        "delta_p_wald_cluster": delta["details"].get("p_normal"),
        "delta_p_T2": delta["p"],
        "boot_ci": [bootstrap["lo"], bootstrap["hi"]],
        "boot_p": bootstrap["p"],
    }
