"""The whole agreement analysis of a study as one pure function."""

import hashlib
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy

from annotations.agreement.delta import holm
from annotations.agreement.limits import LIMITS, RESEARCH_ONLY
from annotations.agreement.pairs import analyse_pair
from annotations.agreement.plan import Plan
from annotations.agreement.readings import NOT_GRADABLE, NOT_READ, Readings, read_table
from annotations.agreement.sections.across import across_readers
from annotations.agreement.sections.ai import ai_influence
from annotations.agreement.sections.intra import intra_reader
from annotations.agreement.sections.margins import equality_of_kappas, marginal_change
from annotations.agreement.sections.measured import volumes
from annotations.agreement.sections.prevalence import prevalence
from annotations.agreement.sections.strata import by_stratum
from annotations.agreement.sections.times import reading_times
from annotations.agreement.sections.truth import against_truth
from annotations.agreement.values import flat_values
from annotations.agreement.verdict import SENSITIVITY_NAMES, overall_verdict, pair_verdict, sensitivity_p

SCHEMA = "agreement-report/3"
PRIMARY = (
    "Change of unweighted Cohen's kappa between the arms on the same units; exam-clustered delta method, "
    "two-sided t(K\N{MINUS SIGN}1), i.e. F(1, K\N{MINUS SIGN}1); Holm's adjustment over the pairs named by "
    "the plan"
)
SENSITIVITY = (
    "Joint exam-level bootstrap of the change; McNemar's tests of whether each unit agrees with its "
    "comparator before and after, plain (as in the paper) and allowing for clustering"
)
ONE_ARM = (
    "None: the data hold one arm. Kappa with its exam-clustered interval, delta method, t(K\N{MINUS SIGN}1)"
)


def analyse(
    table: pd.DataFrame | Sequence[Mapping[str, Any]], plan: Mapping[str, Any], *, dataset_sha256: str = ""
) -> dict[str, Any]:
    """Agreement of every named reader pair, before and after, as JSON-serialisable values.

    table: one row per answer, columns as in `annotations.agreement.readings`. plan: as in `Plan.from_json`.
    Only the verdict's primary test decides; the rest stands beside it, labelled. The same table (in any order
    of rows), plan and versions give the same result. Raises PlanError or ReadingsError.
    """
    readings = read_table(table, Plan.from_json(plan))
    return analyse_readings(readings, rows=len(table), dataset_sha256=dataset_sha256)


def analyse_readings(readings: Readings, *, rows: int, dataset_sha256: str = "") -> dict[str, Any]:
    """The same from arrays; rows: how many the table held."""
    plan = readings.plan
    pairs = [analyse_pair(readings, *pair) for pair in plan.pairs]
    if plan.two_arms:
        _adjust(pairs)
    for pair in pairs:
        pair["verdict"] = pair_verdict(pair, plan)
    return {
        "schema": SCHEMA,
        "notice": RESEARCH_ONLY,
        "code_version": code_version(),
        "plan": plan.to_json(),
        "dataset": {
            "sha256": dataset_sha256,
            "rows": rows,
            "exams": len(readings.exams),
            "units": len(readings.exam_of),
        },
        "primary_test": PRIMARY if plan.two_arms else ONE_ARM,
        "sensitivity_analyses": SENSITIVITY if plan.two_arms else "",
        "verdict": overall_verdict(pairs, plan),
        "values": flat_values(pairs, plan),
        "pairs": pairs,
        "readers": _by_reader(readings),
        "sections": _sections(readings),
        "limits": list(LIMITS),
        "software": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "pandas": pd.__version__,
        },
    }


def _sections(readings: Readings) -> dict[str, Any]:
    return {
        "across_readers": across_readers(readings),
        "intra_reader": intra_reader(readings),
        "marginal_change": marginal_change(readings),
        "equality_of_kappas": equality_of_kappas(readings),
        "strata": by_stratum(readings),
        "prevalence": prevalence(readings),
        "accuracy": against_truth(readings),
        "ai_influence": ai_influence(readings),
        "reading_time": reading_times(readings),
        "volumes": volumes(readings),
    }


def code_version() -> str:
    """Digest of the statistics' source text, so that a result names the very code that made it."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"agreement-{digest.hexdigest()[:16]}"


def _adjust(pairs: list[dict[str, Any]]) -> None:
    """Adds `p_holm` to each pair: every test adjusted over the pairs, each within its own family."""
    columns: dict[str, list[float | None]] = {"primary": [pair["delta"]["p"] for pair in pairs]}
    unadjusted = [sensitivity_p(pair) for pair in pairs]
    columns |= {name: [p[name] for p in unadjusted] for name in SENSITIVITY_NAMES}
    adjusted = {name: holm(column) for name, column in columns.items()}
    for index, pair in enumerate(pairs):
        pair["p_holm"] = {name: column[index] for name, column in adjusted.items()}


def _by_reader(readings: Readings) -> list[dict[str, Any]]:
    """Per reader and arm: how often each grade was given, and what is missing, by reason."""
    plan, rows = readings.plan, []
    for reader in plan.readers:
        for arm in dict.fromkeys(plan.slots(reader)):
            answers = readings.of(reader, arm)
            row, column = readings.slot(reader, arm)
            rows.append(
                {
                    "reader": reader,
                    "arm": arm,
                    "grades": [int((answers == code).sum()) for code in range(len(plan.categories))],
                    "not_gradable": int((answers == NOT_GRADABLE).sum()),
                    "not_read": int((answers == NOT_READ).sum()),
                    "in_bulk": int(readings.in_bulk[:, row, column].sum()),
                    "left_out": readings.left_out(reader, arm),
                }
            )
    return rows
