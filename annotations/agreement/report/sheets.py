"""The tables and figures of a report as CSV and as a workbook, none of whose cells is a formula."""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

from annotations.agreement.readings import Readings
from annotations.agreement.report.archive import zipped
from annotations.agreement.report.cells import Table, Values
from annotations.formats.sheets import render_csv, safe_cell

FIGURE_COLUMNS = (
    "pair",
    "analysis",
    "estimate",
    "se",
    "lo",
    "hi",
    "confidence",
    "statistic",
    "df",
    "p",
    "p_holm",
    "n_units",
    "n_exams",
    "reason",
    "notice",
)
Row = list[Any]


def figures_rows(agreement: Values, notice: str) -> list[Row]:
    """Every estimate and test of the pairs, one row each, in full precision; columns FIGURE_COLUMNS."""
    return [
        ["-".join(pair["readers"]), analysis, *_cells(found), holm, *_sizes(found), notice]
        for pair in agreement["pairs"]
        for analysis, found, holm in _analyses(pair)
    ]


def figures_csv(agreement: Values, notice: str) -> str:
    """The same as CSV text."""
    return render_csv(FIGURE_COLUMNS, figures_rows(agreement, notice))


def _cells(found: Values) -> Row:
    return [found[key] for key in ("estimate", "se", "lo", "hi", "confidence", "statistic", "df", "p")]


def _sizes(found: Values) -> Row:
    return [found["n_units"], found["n_clusters"], found["reason"]]


def _analyses(pair: Values) -> Iterator[tuple[str, Values, float | None]]:
    for name, side in (("before", pair["before"]), ("after", pair["after"])):
        if side is None:
            return
        yield f"kappa {name}", side["kappa"], None
        yield f"kappa of presence {name}", side["kappa_presence"], None
    yield "change of kappa (primary)", pair["delta"], pair["p_holm"]["primary"]
    yield "change of kappa, bootstrap", pair["bootstrap"], pair["p_holm"]["bootstrap"]
    for kind in ("plain", "clustered"):
        for test, found in pair["mcnemar"][kind].items():
            ignoring = ", ignores clustering" if kind == "plain" else ""
            yield f"{found['test']}{ignoring}", found, pair["p_holm"][test]


def readings_csv(readings: Readings) -> str:
    """The answers as analysed, sorted by unit, reader and arm; what was not read has no row."""
    plan = readings.plan
    read = (readings.grades >= -1).nonzero()
    names = {column: readings.units[column].tolist() for column in plan.key}
    reasons = readings.reasons
    header = [*plan.key, "reader", "arm", "grade", "not_gradable", "in_bulk"]
    header += [name for name in ("ai", "truth") if getattr(readings, name) is not None]
    header += list(readings.measures)
    rows = []
    for unit, reader, arm in zip(*(axis.tolist() for axis in read), strict=True):
        code = int(readings.grades[unit, reader, arm])
        row: Row = [names[column][unit] for column in plan.key]
        row += [plan.readers[reader], plan.arms[arm], plan.categories[code] if code >= 0 else ""]
        row.append(str(reasons[unit, reader, arm]).removeprefix("not gradable: "))
        row.append("yes" if readings.in_bulk[unit, reader, arm] else "no")
        for answers in (readings.ai, readings.truth):
            if answers is not None:
                row.append(plan.categories[answers[unit]] if answers[unit] >= 0 else "")
        row += [_measured(values[unit, reader, arm]) for values in readings.measures.values()]
        rows.append(row)
    return render_csv(header, rows)


def _measured(value: float) -> float | str:
    return "" if value != value else float(value)


def workbook(tables: Sequence[Table], figures: Sequence[Row]) -> bytes:
    """XLSX: a sheet a table as printed, and the figures in full precision. The same bytes every time."""
    book = Workbook()
    book.remove(book.active)
    _sheet(book, "figures", FIGURE_COLUMNS, figures, "")
    for table in tables:
        _sheet(book, table.name[:31], table.header, table.rows, table.title)
    buffer = io.BytesIO()
    book.save(buffer)
    return _timeless(buffer.getvalue())


def _sheet(book: Any, name: str, header: Sequence[Any], rows: Sequence[Sequence[Any]], title: str) -> None:
    sheet = book.create_sheet(name)
    for row in ([[title]] if title else []) + [list(header)] + [list(row) for row in rows]:
        sheet.append([safe_cell(cell) for cell in row])
    top = 2 if title else 1
    for cell in sheet[top]:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = f"B{top + 1}"
    for column in range(1, len(header) + 1):
        widest = max((len(str(row[column - 1] or "")) for row in rows), default=8)
        sheet.column_dimensions[sheet.cell(top, column).column_letter].width = min(max(widest + 2, 10), 48)


def _timeless(book: bytes) -> bytes:
    """The workbook without the time at which it was saved."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    core = files["docProps/core.xml"]
    files["docProps/core.xml"] = re.sub(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>", b"", core)
    return zipped(files)
