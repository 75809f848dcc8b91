"""Every file of a report from one table and one plan, in memory."""

import json
from argparse import Namespace
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from annotations.agreement.analysis import analyse_readings
from annotations.agreement.readings import read_table
from annotations.agreement.report.cells import Values
from annotations.agreement.report.checks import check_paired, notes
from annotations.agreement.report.document import SYNTHETIC, Document, Surroundings, present
from annotations.agreement.report.html import render_html
from annotations.agreement.report.pdf import render_pdf
from annotations.agreement.report.pictures.catalogue import plots, svg
from annotations.agreement.report.request import plan_of
from annotations.formats import Table

NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands in the PDF where no lock gives a time: a report of the same data is the same file on another day."""


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
    files = {"report.json": canonical(result).encode(), **pages(result)}
    return Report(files, said, result["verdict"])


def pages(result: Values) -> dict[str, bytes]:
    """The page, the PDF and the pictures."""
    document = document_of(result)
    drawings = {name: svg(name, result, synthetic=result["synthetic"]) for name in plots(result)}
    return {
        "report.html": render_html(document, drawings).encode(),
        "report.pdf": render_pdf(document, drawings, NO_TIME),
        **{f"figures/{name}.svg": drawing.encode() for name, drawing in drawings.items()},
    }


def document_of(result: Values) -> Document:
    """The words and tables of a result of the command line."""
    data, software = result["dataset"], result["software"]
    return present(
        result,
        Surroundings(
            title=result["title"],
            subtitle=f"{data['units']} units of {data['exams']} exams",
            banner=SYNTHETIC if result["synthetic"] else "",
            warnings=result["notes"],
            facts=(
                ("Data set SHA-256", data["sha256"]),
                ("Rows", str(data["rows"])),
                ("Seed of the bootstrap", str(result["plan"]["seed"])),
                ("Code", result["code_version"]),
                ("Software", ", ".join(f"{key} {value}" for key, value in sorted(software.items()))),
            ),
        ),
    )
