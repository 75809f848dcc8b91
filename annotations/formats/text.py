"""Delimited text as a table of words: encoding, delimiter and ragged lines are settled here, loudly.

Encodings: UTF-8, UTF-8 and UTF-16 with a byte order mark, UTF-16 without one, Windows-1252 (which holds
ISO 8859-1's letters). Delimiters: comma, semicolon, tab. The first line holds the column names.
"""

import codecs
import csv
import io
from collections.abc import Iterator

import pandas as pd

from annotations.formats.errors import FormatError, lines

DELIMITERS = (",", ";", "\t")
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How XLSX and ODS (both zip files) and old XLS files begin."""
MISSING = frozenset({"", "NA", "N/A", "n/a", "nan", "NaN", "."})
LINE = "line"


def decode(data: bytes) -> tuple[str, str]:
    """The text and the name of its encoding. Raises FormatError where two encodings are mixed, naming
    lines."""
    if data.startswith(SPREADSHEETS):
        raise FormatError("This is a spreadsheet, not text: save the sheet as CSV (UTF-8) and use that file.")
    for mark, name in MARKS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], name), f"{name} with byte order mark"
    if b"\0" in data[:400]:
        name = "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"
        return _strict(data, name), name
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _windows(data), "windows-1252"


def _strict(data: bytes, name: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        where = data[: error.start].decode(name, "replace").count("\n") + 1
        raise FormatError(
            f"Line {where} is not {name}, as which the file begins: save the whole file as UTF-8."
        ) from error


def _windows(data: bytes) -> str:
    """Windows-1252, unless some lines hold letters in UTF-8 and others do not."""
    utf8, other = [], []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            utf8.append(number)
        except UnicodeDecodeError:
            other.append(number)
    if utf8:
        raise FormatError(
            f"The file mixes encodings: letters are UTF-8 in {lines(utf8)} and not in {lines(other)}. "
            "Save the whole file as UTF-8."
        )
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise FormatError(
            f"The letters of {lines(other)} are neither UTF-8 nor Windows-1252: save the file as UTF-8."
        ) from error


def read_words(text: str) -> pd.DataFrame:
    """Every cell as text with blanks trimmed; the index, named `line`, holds the file's line numbers.

    Raises FormatError on an empty file, unnamed or repeated columns, and lines of another length.
    """
    reader = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    header = next(_records(reader), (0, []))[1]
    names = [name.strip() for name in header]
    if not names:
        raise FormatError("The file is empty: its first line must hold the column names.")
    if "" in names or len(set(names)) != len(names):
        raise FormatError(f"Every column needs a name of its own; the first line holds {names}.")
    columns: list[list[str]] = [[] for _ in names]
    numbers, ragged = [], []
    known: dict[str, str] = {}
    for number, record in _records(reader):
        if len(record) != len(names):
            ragged.append(number)
            continue
        numbers.append(number)
        for column, cell in zip(columns, record, strict=True):
            column.append(known.setdefault(cell, cell.strip()))
    if ragged:
        raise FormatError(
            f"{len(ragged)} rows do not have {len(names)} cells: {lines(ragged)}. A decimal comma or a comma "
            "in a name splits a cell unless the cell stands in quotation marks."
        )
    if not numbers:
        raise FormatError("The file holds column names and no row.")
    return pd.DataFrame(dict(zip(names, columns, strict=True)), index=pd.Index(numbers, name=LINE))


def _records(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FormatError(f"Line {reader.line_num}: {error}.") from error  # type: ignore[attr-defined]
        if any(cell.strip() for cell in record):
            yield reader.line_num, record  # type: ignore[attr-defined]


def _delimiter(text: str) -> str:
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(DELIMITERS, key=header.count)
