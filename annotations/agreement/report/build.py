"""Every file of a report from one table and one plan, in memory."""

import json
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from annotations.agreement.analysis import analyse_readings
from annotations.agreement.explain import explain
from annotations.agreement.readings import Readings, read_table
from annotations.agreement.report import checklists, mrmc, sheets
from annotations.agreement.report.cells import Values
from annotations.agreement.report.checks import check_paired, notes
from annotations.agreement.report.crate import crate
from annotations.agreement.report.document import SYNTHETIC, Document, Surroundings, present
from annotations.agreement.report.html import render_html
from annotations.agreement.report.pdf import render_pdf
from annotations.agreement.report.pictures.catalogue import plots, svg
from annotations.agreement.report.request import plan_of
from annotations.agreement.report.scripts import python_script, r_script
from annotations.formats import Table
from annotations.formats.sheets import render_csv

SCHEMA = Path(__file__).parent / "report.schema.json"
CRATE = "report-crate.zip"


@dataclass(frozen=True)
class Report:
    """files: relative path to content. notes: what the person who asked should be told at once."""

    files: dict[str, bytes]
    notes: tuple[str, ...]
    verdict: str


def canonical(value: Any, indent: int | None = 1) -> str:
    """JSON with sorted keys and a final line end; never NaN."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=indent) + "\n"


def build(table: Table, wish: Namespace) -> Report:
    """The report. Raises PlanError or ReadingsError; the same input gives the same bytes."""
    readings = read_table(table.rows, plan_of(table, wish))
    check_paired(readings)
    said = (*table.notes, *notes(readings))
    result = analyse_readings(readings, rows=len(table.rows), dataset_sha256=table.sha256)
    result |= {"title": wish.title, "synthetic": wish.synthetic, "notes": list(said)}
    words = document_of(result, wish.date)
    files = {
        "report.json": canonical(result).encode(),
        **data_files(readings, result, title=wish.title, notice=words.banner or words.notice),
        **pages(result, words, wish.date),
    }
    files[CRATE] = crate(
        files,
        title=wish.title,
        notice=f"{words.banner}. {words.notice}" if words.banner else words.notice,
        made_on=wish.date,
        version=result["code_version"],
    )
    return Report(files, said, result["verdict"])


def data_files(readings: Readings, result: Values, *, title: str, notice: str) -> dict[str, bytes]:
    """Readings, scripts that recompute the figures, and the same for other programs."""
    texts = {
        "explain.json": canonical(explain(readings), indent=None),
        "report.schema.json": SCHEMA.read_text(encoding="utf-8"),
        "readings.csv": sheets.readings_csv(readings),
        "figures.csv": sheets.figures_csv(result, notice),
        "recompute.py": python_script(result["plan"]),
        "recompute.R": r_script(result["plan"]),
        "readings.imrmc": mrmc.imrmc(readings, f"{title}. {notice}"),
    }
    with_truth = mrmc.mrmcaov(readings)
    if with_truth is not None:
        texts["mrmcaov.csv"] = with_truth
    return {name: text.encode() for name, text in texts.items()}


def pages(
    result: Values, words: Document, made_on: date, further: Mapping[str, str] | None = None
) -> dict[str, bytes]:
    """The page, the PDF, the pictures, the tables, methods and checklists.

    further: drawings by name of the pictures that the document has beside those of the result.
    """
    drawings = {name: svg(name, result, synthetic=result["synthetic"]) for name in plots(result)}
    drawings |= further or {}
    figures = sheets.figures_rows(result, words.notice)
    texts = {
        "report.html": render_html(words, drawings),
        "methods.md": "# Methods\n\n" + "\n\n".join(words.methods) + "\n",
        **{f"figures/{name}.svg": drawing for name, drawing in drawings.items()},
        **{f"tables/{table.name}.csv": render_csv(table.header, table.rows) for table in words.tables},
    }
    for name in checklists.NAMES:
        texts[f"checklists/{name}.md"] = checklists.as_markdown(checklists.checklist(name, result))
    return {
        "report.pdf": render_pdf(words, drawings, datetime.combine(made_on, time(), UTC)),
        "tables.xlsx": sheets.workbook(words.tables, figures),
        **{name: text.encode() for name, text in texts.items()},
    }


def document_of(result: Values, made_on: date) -> Document:
    """The words and tables of a result of the command line."""
    data, software = result["dataset"], result["software"]
    return present(
        result,
        Surroundings(
            title=result["title"],
            subtitle=f"{data['units']} units of {data['exams']} exams; made on {made_on.isoformat()}",
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
