"""What lies behind a kappa: the units of each cell, where the disagreement sits, and what each exam
carries.
"""

from typing import Any

import numpy as np

from annotations.agreement.jackknife import left_one_out
from annotations.agreement.kappa import kappas
from annotations.agreement.pairs import PairAnswers, pair_answers, tables_of
from annotations.agreement.readings import Readings
from annotations.agreement.table import Counts, Floats

MOST_ENTRIES = 3_000_000


def explain(readings: Readings) -> dict[str, Any]:
    """units: their names, in parts. pairs: per pair and arm, `cells` (k, k) of positions in `units`,
    `sites` (unit's parts but the cluster): units, disagreements and their share of all, what they take from
    kappa; and `without`: per exam, kappa in each arm and its change when that exam is left out.

    The sum of `cost` over the sites is 1 - kappa: (1 - po) / (1 - pe), each disagreement 1 / (n (1 - pe)).
    """
    plan = readings.plan
    entries = len(plan.pairs) * len(plan.arms) * len(readings.exam_of)
    if entries > MOST_ENTRIES:
        return {"left_out": f"{entries} entries: too many to look through", "units": [], "pairs": []}
    return {
        "left_out": "",
        "columns": list(plan.key),
        "units": readings.units.to_numpy().tolist(),
        "exams": list(readings.exams),
        "categories": list(plan.categories),
        "pairs": [_pair(readings, *pair) for pair in plan.pairs],
    }


def _pair(readings: Readings, first: str, second: str) -> dict[str, Any]:
    plan, answers = readings.plan, pair_answers(readings, first, second)
    sides = answers.sides(len(plan.arms))
    tables = [tables_of(readings, side, answers.complete) for side in sides]
    return {
        "readers": [first, second],
        "arms": [_side(readings, answers, phase, tables[phase]) for phase in range(len(plan.arms))],
        "without": _without(readings, tables),
    }


def _side(readings: Readings, answers: PairAnswers, phase: int, tables: Counts) -> dict[str, Any]:
    rows, columns = answers.sides(2)[phase]
    k, complete = len(readings.plan.categories), answers.complete
    cells = [
        [np.flatnonzero(complete & (rows == i) & (columns == j)).tolist() for j in range(k)] for i in range(k)
    ]
    return {
        "arm": readings.plan.arms[phase],
        "cells": cells,
        "sites": _sites(readings, complete, complete & (rows != columns), tables),
    }


def _sites(readings: Readings, complete: Any, differ: Any, tables: Counts) -> list[dict[str, Any]]:
    strata = list(readings.plan.strata)
    if not strata:
        return []
    pooled = tables.sum(axis=0)
    n, rows, columns = pooled.sum(), pooled.sum(axis=1), pooled.sum(axis=0)
    expected = float(rows @ columns) / n**2 if n else 1.0
    frame = readings.units[strata].assign(units=complete.astype(int), differ=differ.astype(int))
    summed = frame.groupby(strata, sort=True)[["units", "differ"]].sum()
    total = int(summed["differ"].sum())
    return [
        {
            "site": [str(part) for part in (name if isinstance(name, tuple) else (name,))],
            "units": int(row["units"]),
            "disagreements": int(row["differ"]),
            "share": int(row["differ"]) / total if total else 0.0,
            "cost": int(row["differ"]) / (n * (1 - expected)) if expected < 1 else None,
        }
        for name, row in summed.iterrows()
    ]


def _without(readings: Readings, tables: list[Counts]) -> list[dict[str, Any]]:
    """Kappas and their change with each exam left out, for exams that hold a unit of the pair."""
    weights = np.eye(tables[0].shape[-1])
    left: list[Floats] = [kappas(left_one_out(t.astype(np.float64)), weights) for t in tables]
    held = np.flatnonzero(tables[0].sum(axis=(1, 2)))
    rows = []
    for exam in held.tolist():
        found = [float(kappa[exam]) if np.isfinite(kappa[exam]) else None for kappa in left]
        change = None
        if len(found) == 2 and found[0] is not None and found[1] is not None:
            change = found[1] - found[0]
        rows.append({"exam": readings.exams[exam], "kappa": found, "delta": change})
    return rows
