"""iMRMC's text format: readerID, caseID, modalityID, score; truth rows are of reader -1 (or "truth").

Source: iMRMC user guide (DIDSR, FDA): counts N0, N1, NR, NM, a line BEGIN DATA:, then four cells a row. A
unit of several columns is one case, its parts joined by "|"."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pandas as pd

from annotations.formats.columns import Columns
from annotations.formats.errors import FormatError, lines
from annotations.formats.text import LINE

BEGIN = "BEGIN DATA:"
JOIN = "|"
TRUTH_READERS = ("-1", "truth")


def read_imrmc(text: str, columns: Columns) -> tuple[pd.DataFrame, Columns]:
    """One row a reading, the case split into the unit's columns where it has as many parts, truth beside it.

    Raises FormatError without the line BEGIN DATA:, on rows of other than four cells, and on unknown cases.
    """
    every = text.splitlines()
    begin = next((i for i, line in enumerate(every) if line.strip().upper() == BEGIN), None)
    if begin is None:
        raise FormatError(f"The file lacks the line {BEGIN}: it is no iMRMC file.")
    rows = [
        (number, [cell.strip() for cell in line.split(",")])
        for number, line in enumerate(every[begin + 1 :], start=begin + 2)
        if line.strip()
    ]
    if wrong := [number for number, row in rows if len(row) != 4]:
        raise FormatError(f"{len(wrong)} rows do not have the four cells of iMRMC: {lines(wrong)}.")
    truth = {case: score for _, (reader, case, _, score) in rows if reader.lower() in TRUTH_READERS}
    readings = [(number, row) for number, row in rows if row[0].lower() not in TRUTH_READERS]
    if not readings:
        raise FormatError("The iMRMC file holds no reading, only truth.")
    frame = pd.DataFrame(
        [row for _, row in readings],
        columns=["reader", "case", "arm", "grade"],
        index=pd.Index([number for number, _ in readings], name=LINE),
    )
    named = _split_cases(frame, columns)
    named = replace(named, reader="reader", grade="grade", arm="arm")
    if truth:
        frame["truth"] = frame["case"].map(truth).fillna("")
        named = replace(named, truth="truth")
    return frame, named


def _split_cases(frame: pd.DataFrame, columns: Columns) -> Columns:
    parts = frame["case"].str.split(JOIN, regex=False)
    width = len(columns.unit)
    if width > 1 and (parts.str.len() == width).all():
        for position, name in enumerate(columns.unit):
            frame[name] = parts.str[position]
        return columns
    return replace(columns, unit=("case",), cluster="case")


def write_imrmc(
    readings: Iterable[tuple[str, Sequence[str], str, int | float]],
    truth: Iterable[tuple[Sequence[str], int]],
    title: str,
) -> str:
    """An iMRMC file. readings: reader, parts of the unit, arm, score. truth: parts of the unit, 0 or 1.

    Without truth the file serves iMRMC's analyses of agreement only, and N0 and N1 are 0.
    """
    known = [(JOIN.join(unit), value) for unit, value in truth]
    rows = [(_plain(reader), JOIN.join(unit), _plain(arm), score) for reader, unit, arm, score in readings]
    head = [
        title,
        "",
        f"N0: {sum(value == 0 for _, value in known)}",
        f"N1: {sum(value == 1 for _, value in known)}",
        f"NR: {len({row[0] for row in rows})}",
        f"NM: {len({row[2] for row in rows})}",
        "",
        BEGIN,
    ]
    body = [f"-1,{_plain(case)},0,{value}" for case, value in known]
    body += [f"{reader},{_plain(case)},{arm},{score}" for reader, case, arm, score in rows]
    return "\n".join([*head, *body]) + "\n"


def _plain(word: str) -> str:
    return " ".join(word.replace(",", ";").split())
