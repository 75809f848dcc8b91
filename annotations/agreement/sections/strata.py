"""Agreement within each part of the unit's name: by level, by upper and lower half."""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotations.agreement.kappa import clustered_kappa
from annotations.agreement.pairs import pair_answers, tables_of
from annotations.agreement.readings import Readings
from annotations.agreement.sections.shape import Section, filled, left_out
from annotations.vocabulary import Half

MOST_STRATA = 24


def by_stratum(readings: Readings) -> Section:
    """Rows: column, value, readers, units, and kappa in each arm. Descriptive: nothing is tested here."""
    columns = stratifying(readings)
    if not columns:
        return left_out("the unit has no part, beside the cluster, with 2 to 24 values")
    return filled(
        [row for column in columns for pair in readings.plan.pairs for row in _rows(readings, column, pair)]
    )


def stratifying(readings: Readings) -> list[str]:
    """Columns of the unit with 2 to 24 values."""
    return [name for name in readings.plan.strata if 2 <= readings.units[name].nunique() <= MOST_STRATA]


def ordered(values: NDArray[np.str_]) -> list[str]:
    """Distinct values head to foot where they are halves, else by number and letter."""
    halves = [half.value for half in Half]
    found = {str(value) for value in np.unique(values)}
    return [half for half in halves if half in found] if found <= set(halves) else natural(found)


def in_words(value: str) -> str:
    """A value as it is read: superior and inferior for the codes of halves, any other as it is."""
    return {half.value: half.spoken for half in Half}.get(value, value)


def natural(words: Iterable[str]) -> list[str]:
    """Sorted so that E2 stands before E10."""
    return sorted(
        words,
        key=lambda word: [
            (0, int(part), "") if part.isdecimal() else (1, 0, part)
            for part in re.split(r"(\d+)", word)
            if part
        ],
    )


def _rows(readings: Readings, column: str, pair: tuple[str, str]) -> list[dict[str, Any]]:
    plan, answers = readings.plan, pair_answers(readings, *pair)
    values = readings.units[column].to_numpy().astype(str)
    rows = []
    for name in ordered(values):
        units = answers.complete & (values == name)
        kappas = [
            clustered_kappa(tables_of(readings, side, units), confidence=plan.confidence).to_json()
            for side in answers.sides(len(plan.arms))
        ]
        found: dict[str, Any] = {"before": kappas[0], "after": kappas[1] if plan.two_arms else None}
        rows.append(
            {"column": column, "value": name, "readers": list(pair), "n_units": int(units.sum())} | found
        )
    return rows
