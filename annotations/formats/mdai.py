"""An MD.ai project's annotations (JSON export) as one row an answer.

The export holds `labelGroups` (each with `labels`: id, name) and `datasets` (each with `annotations`: id,
labelId, StudyInstanceUID, createdById, ... and, in newer exports, `studies`). A label whose name says level,
half and type, such as "L4 upper type 2", is an answer; other labels are passed over and counted.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from annotations.formats.columns import Columns
from annotations.formats.errors import FormatError
from annotations.formats.text import LINE
from annotations.vocabulary import SITES_12, Half

PATTERN = r"(?P<level>L[1-5]|S1)\W+(?P<half>upper|lower|superior|inferior)\b.*?(?P<grade>[0-3])(?!.*\d)"
HALVES = {"superior": Half.UPPER.value, "inferior": Half.LOWER.value}
UNIT = ("exam", "level", "half")


def read_mdai(
    text: str, columns: Columns, pattern: str = PATTERN, absent: str | None = None
) -> tuple[pd.DataFrame, Columns, list[str]]:
    """Rows, the columns to read them by, and notes on what was passed over.

    pattern: a regular expression with the groups level, half and grade, matched against label names.
    absent: the grade of the halves that a reader who labelled anything left unlabelled; None leaves them
    not read. The arm, where asked for by `columns.arm`, is "dataset" or "labelGroup". Rows are numbered by
    annotation. Raises FormatError on other JSON, on no matching label, and on two grades of one half by
    one reader."""
    export = _parse(text)
    names = {
        label["id"]: (label["name"], group.get("name", ""))
        for group in export["labelGroups"]
        for label in group.get("labels", [])
    }
    rows, passed = [], 0
    for dataset in export["datasets"]:
        for annotation in dataset.get("annotations", []):
            name, group = names.get(annotation["labelId"], ("", ""))
            found = re.search(pattern, name, re.IGNORECASE)
            if found is None:
                passed += 1
                continue
            rows.append(_row(annotation, found, dataset.get("name", ""), group))
    if not rows:
        raise FormatError(
            f"No label names level, half and grade as {pattern!r} expects: set --label-pattern."
        )
    frame = pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name=LINE))
    if columns.arm not in (None, "dataset", "labelGroup"):
        raise FormatError("The arm of an MD.ai export is its dataset or its labelGroup: name one of these.")
    who = ["reader", columns.arm] if columns.arm else ["reader"]
    frame = _one_each(frame, who)
    if absent is not None:
        frame = _filled(frame, who, absent)
    notes = [f"{passed} annotations with other labels were passed over"] if passed else []
    return frame, replace(columns, unit=UNIT, cluster="exam", reader="reader", grade="grade"), notes


def _parse(text: str) -> Mapping[str, Any]:
    try:
        export = json.loads(text)
    except json.JSONDecodeError as error:
        raise FormatError(f"Line {error.lineno} is no JSON: {error.msg}.") from error
    if not isinstance(export, dict) or not {"labelGroups", "datasets"} <= set(export):
        raise FormatError("An MD.ai export holds labelGroups and datasets; this file does not.")
    return export


def _row(annotation: Mapping[str, Any], found: re.Match[str], dataset: str, group: str) -> dict[str, str]:
    half = found["half"].lower()
    return {
        "id": str(annotation.get("id", "")),
        "exam": str(annotation["StudyInstanceUID"]),
        "level": found["level"].upper(),
        "half": HALVES.get(half, half),
        "reader": str(annotation.get("createdById", "")),
        "dataset": dataset,
        "labelGroup": group,
        "grade": found["grade"],
    }


def _one_each(frame: pd.DataFrame, who: list[str]) -> pd.DataFrame:
    """Several annotations of one half are one answer if they say the same."""
    same = frame.drop_duplicates([*UNIT, *who, "grade"])
    twice = same[same.duplicated([*UNIT, *who], keep=False)]
    if len(twice):
        listed = ", ".join(twice["id"].head(10))
        raise FormatError(
            f"{len(twice)} annotations give one half two grades by the same reader: {listed}. Keep the "
            "predominant type of each half."
        )
    return same


def _filled(frame: pd.DataFrame, who: list[str], absent: str) -> pd.DataFrame:
    sites = pd.DataFrame([(s.level.value, s.half.value) for s in SITES_12], columns=["level", "half"])
    asked = frame[["exam", *who]].drop_duplicates().merge(sites, how="cross")
    filled = asked.merge(frame, how="left", on=[*UNIT, *who])
    filled["grade"] = filled["grade"].fillna(absent)
    filled.index = pd.RangeIndex(1, len(filled) + 1, name=LINE)
    return filled
