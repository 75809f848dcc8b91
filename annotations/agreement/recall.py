"""What readers remembered of the cases, and whether agreement changed alike without what they remembered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from annotations.agreement.delta import kappa_difference
from annotations.agreement.dprime import d_prime
from annotations.agreement.pairs import pair_answers, tables_of
from annotations.agreement.plan import Plan
from annotations.agreement.readings import read_table

SEEN_FROM = 3
"""Of four answers (surely not, probably not, probably, surely seen before) the first that means "seen"."""


@dataclass(frozen=True)
class Remembered:
    """What a reader said of a case of the last period. lure: the reader had not been given it before."""

    reader: str
    exam: str
    answer: int
    lure: bool

    @property
    def seen(self) -> bool:
        return self.answer >= SEEN_FROM


def recall_analysis(table: pd.DataFrame, plan: Plan, said: Sequence[Remembered]) -> dict[str, Any]:
    """d' of every reader who was asked, and the change of kappa without the pairs of reader and exam that
    were said to have been seen before. table: the analysed readings, without lures. Plain JSON values.
    """
    recalled = {(one.reader, one.exam) for one in said if one.seen and not one.lure}
    keys = list(zip(table["reader"], table["exam"], strict=True))
    kept = table[[key not in recalled for key in keys]]
    return {
        "readers": [_of_reader(reader, said, plan) for reader in plan.readers if _asked(reader, said)],
        "without": [_change(kept, plan, pair) for pair in plan.pairs] if plan.two_arms else [],
    }


def _asked(reader: str, said: Sequence[Remembered]) -> bool:
    return any(one.reader == reader for one in said)


def _of_reader(reader: str, said: Sequence[Remembered], plan: Plan) -> dict[str, Any]:
    own = [one for one in said if one.reader == reader]
    cases, lures = ([one for one in own if one.lure is lure] for lure in (False, True))
    hits, alarms = (sum(one.seen for one in some) for some in (cases, lures))
    return {
        "reader": reader,
        "cases": len(cases),
        "hits": hits,
        "lures": len(lures),
        "false_alarms": alarms,
        "d_prime": d_prime(hits, len(cases), alarms, len(lures), plan.confidence).to_json(),
    }


def _change(kept: pd.DataFrame, plan: Plan, pair: tuple[str, str]) -> dict[str, Any]:
    if kept.empty:
        return {"readers": list(pair), "n_units": 0, "delta": None}
    readings = read_table(kept, plan)
    answers = pair_answers(readings, *pair)
    before, after = (tables_of(readings, side, answers.complete) for side in answers.sides(2))
    change = kappa_difference(before, after, confidence=plan.confidence)
    return {
        "readers": list(pair),
        "n_units": int(answers.complete.sum()),
        "delta": change.to_json(),
    }
