"""Secondary questions of a study: did readers shift their use of grades, are the pairs' kappas alike."""

from typing import Any

from annotations.agreement.delta import dependent_kappas, joint_change
from annotations.agreement.margins import bhapkar, bowker, clustered_margins, stuart_maxwell
from annotations.agreement.pairs import pair_tables, tables_of
from annotations.agreement.readings import Readings
from annotations.agreement.sections.shape import Section, filled, left_out
from annotations.agreement.table import Counts

MOST_PAIRS = 12
TOO_MANY_PAIRS = f"more than {MOST_PAIRS} pairs: one test of them all has no power left"
ONE_PAIR = "one pair: its kappas are compared by the primary test"


def marginal_change(readings: Readings) -> Section:
    """Rows: reader, units, and by test whether the reader used the grades alike in both arms, on the units
    graded in both: Bowker, Stuart-Maxwell and Bhapkar, which ignore clustering, and the clustered one."""
    plan = readings.plan
    twice = [reader for reader in plan.readers if reader != plan.baseline]
    if not plan.two_arms or not twice:
        return left_out("no reader read in both arms")
    return filled([_reader_row(readings, reader) for reader in twice])


def _reader_row(readings: Readings, reader: str) -> dict[str, Any]:
    earlier, later = (readings.of(reader, arm) for arm in readings.plan.arms)
    units = (earlier >= 0) & (later >= 0)
    return {"reader": reader, "n_units": int(units.sum())} | _tests(
        tables_of(readings, (earlier, later), units)
    )


def _tests(tables: Counts) -> dict[str, Any]:
    pooled = tables.sum(axis=0)
    found = {"clustered": clustered_margins(tables), "stuart_maxwell": stuart_maxwell(pooled)}
    found |= {"bhapkar": bhapkar(pooled), "bowker": bowker(pooled)}
    return {"table": pooled.tolist(), "tests": {name: result.to_json() for name, result in found.items()}}


def equality_of_kappas(readings: Readings) -> Section:
    """Rows: question ("alike" in an arm, or "unchanged" for all pairs at once) and Hotelling's T2."""
    plan = readings.plan
    if len(plan.pairs) < 2:
        return left_out(ONE_PAIR)
    if len(plan.pairs) > MOST_PAIRS:
        return left_out(TOO_MANY_PAIRS)
    by_arm = list(zip(*(pair_tables(readings, *pair) for pair in plan.pairs), strict=True))
    rows = [
        {"question": "alike", "arm": arm, "result": dependent_kappas(tables).to_json()}
        for arm, tables in zip(plan.arms, by_arm, strict=True)
    ]
    if plan.two_arms:
        rows.append({"question": "unchanged", "arm": "", "result": joint_change(*by_arm).to_json()})
    return filled(rows)
