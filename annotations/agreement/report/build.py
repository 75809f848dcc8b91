"""Every file of a report from one table and one plan, in memory."""

import json
from argparse import Namespace
from dataclasses import dataclass
from typing import Any

from annotations.agreement.analysis import analyse_readings
from annotations.agreement.readings import read_table
from annotations.agreement.report.checks import check_paired, notes
from annotations.agreement.report.request import plan_of
from annotations.formats import Table


@dataclass(frozen=True)
class Report:
    """files: relative path to content. notes: what the person who asked should be told at once."""

    files: dict[str, bytes]
    notes: tuple[str, ...]
    verdict: str


def canonical(value: Any) -> str:
    """JSON with sorted keys and a final line end; never NaN."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def build(table: Table, wish: Namespace) -> Report:
    """The report. Raises PlanError or ReadingsError; the same input gives the same bytes."""
    readings = read_table(table.rows, plan_of(table, wish))
    check_paired(readings)
    said = (*table.notes, *notes(readings))
    result = analyse_readings(readings, rows=len(table.rows), dataset_sha256=table.sha256)
    result |= {"title": wish.title, "synthetic": wish.synthetic, "notes": list(said)}
    files = {"report.json": canonical(result).encode()}
    return Report(files, said, result["verdict"])
