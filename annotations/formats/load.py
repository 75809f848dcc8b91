"""One door for every kind of file: bytes in, the table of `annotations.formats.columns` out."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from annotations.formats.columns import Columns, named
from annotations.formats.errors import FormatError
from annotations.formats.imrmc import read_imrmc
from annotations.formats.mdai import PATTERN, read_mdai
from annotations.formats.text import decode, read_words
from annotations.formats.wide import from_wide, parse_columns

KINDS = ("long", "wide", "mdai", "imrmc")


@dataclass(frozen=True)
class Table:
    """Grades as one row an answer. rows: as in `annotations.formats.columns`, indexed by line of the file.
    columns: the unit and the cluster. sha256: of the file. notes: what a reader of the report should know."""

    rows: pd.DataFrame
    columns: Columns
    sha256: str
    encoding: str
    notes: tuple[str, ...] = ()


def load(
    data: bytes,
    columns: Columns,
    *,
    kind: str = "long",
    arms: Sequence[str] = (),
    baseline: str | None = None,
    reader_columns: Sequence[str] = (),
    label_pattern: str = PATTERN,
    absent: str | None = None,
) -> Table:
    """A file of grades. kind: one of KINDS. arms, baseline, reader_columns: for wide tables (`wide`).
    label_pattern, absent: for MD.ai exports (`mdai`). Raises FormatError."""
    text, encoding = decode(data)
    notes: list[str] = []
    if kind == "mdai":
        words, columns, notes = read_mdai(text, columns, label_pattern, absent)
    elif kind == "imrmc":
        words, columns = read_imrmc(text, columns)
    elif kind == "wide":
        words = read_words(text)
        wishes = reader_columns or _remaining(words, columns)
        words, columns = from_wide(words, columns, parse_columns(wishes, arms, baseline))
    elif kind == "long":
        words = read_words(text)
    else:
        raise FormatError(f"The kind of a file is one of {', '.join(KINDS)}, not {kind!r}.")
    if "windows" in encoding:
        notes.append("the file is not UTF-8 and was read as Windows-1252")
    if columns.arm and kind == "imrmc" and words[columns.arm].nunique() == 1:
        columns = replace(columns, arm=None)
    return Table(named(words, columns), columns, hashlib.sha256(data).hexdigest(), encoding, tuple(notes))


def _remaining(words: pd.DataFrame, columns: Columns) -> list[str]:
    """Every column that is not spoken for."""
    spoken = {*columns.unit, columns.cluster, *columns.roles} - {"reader", "grade"}
    return [name for name in words.columns if name not in spoken]
