"""The files of a report, each made from the frozen result (and data) alone: the same bytes every time."""

import functools
import json
from datetime import date, datetime
from typing import Any

from annotations.agreement.analysis import SCHEMA
from annotations.agreement.explain import explain
from annotations.agreement.plan import Plan
from annotations.agreement.readings import Readings, read_table
from annotations.agreement.report import build, sheets
from annotations.agreement.report.crate import crate as make_crate
from annotations.agreement.report.document import Document
from annotations.agreement.report.html import render_html
from annotations.agreement.report.pdf import render_pdf
from annotations.agreement.report.pictures import catalogue
from readerstudy.common.errors import Conflict
from readerstudy.reports import dataset, pictures
from readerstudy.reports.presentation import present
from readerstudy.reports.tables import readers_words

READABLE = (SCHEMA, "agreement-report/2")
"""Frozen results that the pages still understand; the second lacks two sections of the first."""


def is_readable(result: str) -> bool:
    """Whether a frozen result can be shown as a whole, or only its verdict and files."""
    return json.loads(result)["agreement"].get("schema") in READABLE


@functools.lru_cache(maxsize=8)
def document(result: str) -> Document:
    """The words and tables of a frozen result (canonical JSON). Raises Conflict for one not readable."""
    data = json.loads(result)
    if data["agreement"].get("schema") not in READABLE:
        raise Conflict(
            "This result was frozen by an older version of the application, which alone can make this file "
            "of it; its JSON and its readings can be downloaded.",
            code="schema",
        )
    return present(data)


def remains(result: str) -> dict[str, Any]:
    """What can be told of a frozen result whatever its schema: verdict, figures by pair, what it rests on."""
    data = json.loads(result)
    agreement = data.get("agreement", {})
    values = agreement.get("values", {})
    figures = [
        (pair, name, value)
        for pair, named in sorted(values.items())
        for name, value in sorted(named.items())
        if isinstance(value, (int, float))
    ]
    return {
        "schema": agreement.get("schema", "not stated"),
        "code_version": data.get("code_version", "not stated"),
        "verdict": agreement.get("verdict", ""),
        "figures": figures,
    }


@functools.lru_cache(maxsize=64)
def svg(result: str, name: str) -> str:
    """One figure as SVG text. Raises KeyError for an unknown name."""
    data = json.loads(result)
    if name in pictures.plots(data["conduct"]):
        return pictures.svg(name, data["conduct"], synthetic=data["synthetic"])
    return catalogue.svg(name, data["agreement"], synthetic=data["synthetic"])


def drawings(result: str) -> dict[str, str]:
    """Every figure of the document by name."""
    return {picture.name: svg(result, picture.name) for picture in document(result).pictures}


@functools.lru_cache(maxsize=8)
def pdf(result: str) -> bytes:
    """The report typeset as PDF, with embedded fonts and no time of its own but the lock's."""
    return render_pdf(document(result), drawings(result), _signed_at(result))


def html(result: str) -> str:
    """The report as one page that needs no server."""
    return render_html(document(result), drawings(result))


def figures_csv(result: str) -> str:
    """Every estimate and test of the result, one row each, in full precision."""
    data = json.loads(result)
    return sheets.figures_csv(data["agreement"], data["notice"])


def workbook(result: str) -> bytes:
    """The tables as printed and the figures in full precision, as XLSX."""
    data = json.loads(result)
    figures = sheets.figures_rows(data["agreement"], data["notice"])
    return sheets.workbook(document(result).tables, figures)


@functools.lru_cache(maxsize=4)
def crate(result: str, readings: str) -> bytes:
    """Everything in one RO-Crate: the frozen result and data set, what is made from them, and what recomputes
    them."""
    data = json.loads(result)
    agreement, name = data["agreement"], data["study"]["name"]
    around = {"title": name, "synthetic": data["synthetic"], "notes": []}
    described = readers_words(data.get("readers_described", []))
    made = _signed_at(result).date()
    files = {
        **build.data_files(_readings(result, readings), agreement, title=name, notice=data["notice"]),
        **build.pages(
            {**agreement, **around, "readers_described": described},
            document(result),
            made,
            further={name: svg(result, name) for name in pictures.plots(data["conduct"])},
        ),
        "report.json": build.canonical({**agreement, **around}).encode(),
        "study.json": result.encode(),
        "readings.csv": readings.encode(),
    }
    return _crate(files, data, made)


def _crate(files: dict[str, bytes], data: dict[str, Any], made: date) -> bytes:
    return make_crate(
        files, title=data["study"]["name"], notice=data["notice"], made_on=made, version=data["code_version"]
    )


@functools.lru_cache(maxsize=4)
def explained(result: str, readings: str) -> dict[str, Any]:
    """What lies behind each kappa, as of `annotations.agreement.explain`."""
    return explain(_readings(result, readings))


def _readings(result: str, readings: str) -> Readings:
    frozen = json.loads(result)
    plan = Plan.from_json(frozen["agreement"]["plan"])
    table = dataset.compared(dataset.parse(readings), plan.arms)
    return read_table(dataset.analysed(table, frozen["analysis_set"]), plan)


def _signed_at(result: str) -> datetime:
    return datetime.fromisoformat(json.loads(result)["lock"]["signed_at"])
