"""Each reader against himself: the same units in the earlier and the later arm."""

from typing import Any

from annotations.agreement.kappa import clustered_kappa
from annotations.agreement.pairs import presence, tables_of
from annotations.agreement.readings import Readings
from annotations.agreement.sections.shape import Section, filled, left_out


def intra_reader(readings: Readings) -> Section:
    """Rows: reader, units, table (earlier arm in rows), kappa, kappa of presence."""
    plan = readings.plan
    if not plan.two_arms:
        return left_out("the data hold one arm: nobody read twice")
    rows = [row for reader in plan.readers if (row := _row(readings, reader))]
    return filled(rows) if rows else left_out("no reader graded a unit in both arms")


def _row(readings: Readings, reader: str) -> dict[str, Any] | None:
    plan = readings.plan
    both = tuple(readings.of(reader, arm) for arm in plan.arms)
    units = (both[0] >= 0) & (both[1] >= 0)
    if not units.any():
        return None
    tables = tables_of(readings, (both[0], both[1]), units)
    return {
        "reader": reader,
        "n_units": int(units.sum()),
        "table": tables.sum(axis=0).tolist(),
        "kappa": clustered_kappa(tables, confidence=plan.confidence).to_json(),
        "kappa_presence": clustered_kappa(presence(tables), confidence=plan.confidence).to_json(),
    }
