"""A wide table, one column a reader (or a reader's arm), as one row an answer."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from annotations.formats.columns import Columns
from annotations.formats.errors import FormatError
from annotations.formats.text import LINE

ROW = "row"
SEPARATORS = "_-. "


def split_name(column: str, arms: Sequence[str], baseline: str | None) -> tuple[str, str | None]:
    """Reader and arm of a column named so: `R2_assisted`, or `R1` for a baseline that reads in the earlier
    arm.

    Raises FormatError where a name ends with none of two arms.
    """
    if len(arms) < 2:
        return column, None
    for arm in sorted(arms, key=len, reverse=True):
        head = column.removesuffix(arm)
        if head != column and head and head[-1] in SEPARATORS:
            return head.rstrip(SEPARATORS), arm
    if column == baseline:
        return column, arms[0]
    raise FormatError(
        f"The column {column!r} does not end with one of the arms {list(arms)}, as R2_{arms[1]} would: say "
        f"what it holds, as in {column}=READER:{arms[1]}."
    )


def parse_columns(
    wishes: Sequence[str], arms: Sequence[str], baseline: str | None
) -> dict[str, tuple[str, str | None]]:
    """Column to reader and arm, from `NAME`, `NAME=READER` or `NAME=READER:ARM`."""
    found: dict[str, tuple[str, str | None]] = {}
    for wish in wishes:
        column, _, said = wish.partition("=")
        reader, _, arm = said.partition(":")
        if said and (arm or len(arms) < 2):
            found[column] = (reader, arm or None)
        else:
            found[column] = split_name(column, arms, baseline)
    return found


def from_wide(
    words: pd.DataFrame, columns: Columns, readers: dict[str, tuple[str, str | None]]
) -> tuple[pd.DataFrame, Columns]:
    """One row per cell of the reader columns, with the columns under which the result is to be read.

    readers: column to reader and arm. Where the unit has no column at all (`columns.unit` empty), each
    line is a unit and a cluster of its own. An empty cell stays a row without a grade."""
    if missing := [name for name in readers if name not in words.columns]:
        raise FormatError(
            f"The file has no column {', '.join(map(repr, missing))}; it has {', '.join(words.columns)}."
        )
    if not columns.unit:
        words = words.assign(**{ROW: [f"line {number}" for number in words.index]})
        columns = replace(columns, unit=(ROW,), cluster=ROW)
    kept = [name for name in words.columns if name not in readers]
    blocks = [
        words[kept].assign(reader=reader, arm=arm or "", grade=words[column])
        for column, (reader, arm) in readers.items()
    ]
    frame = pd.concat(blocks)
    frame.index.name = LINE
    two = any(arm for _, arm in readers.values())
    return frame, replace(columns, reader="reader", arm="arm" if two else None, grade="grade")
