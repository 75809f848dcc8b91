"""The command `report`: a file of grades in, a folder with the whole report out."""

import argparse
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from annotations.agreement.plan import PlanError
from annotations.agreement.readings import ReadingsError
from annotations.agreement.report.build import build
from annotations.agreement.report.folder import FolderError, check_target, write_folder
from annotations.agreement.report.request import read
from annotations.formats.errors import FormatError
from annotations.formats.load import KINDS
from annotations.formats.mdai import PATTERN

PROBLEMS = (FormatError, PlanError, ReadingsError, FolderError, OSError)
OPTIONS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("--format", "what kind of file it is", {"choices": KINDS, "default": "long"}),
    ("--unit", "columns that together name a unit (default exam,level,half)", {}),
    ("--cluster", "column whose units are correlated (default: the unit's first)", {}),
    ("--reader", "column of the reader", {"default": "reader"}),
    ("--arm", "column of the arm; none where there is one arm", {}),
    ("--arms", "EARLIER,LATER; required where there are two", {}),
    ("--grade", "column of the grade", {"default": "grade"}),
    ("--categories", "the fixed scale, the first meaning absence", {"default": "0,1,2,3"}),
    ("--baseline", "reader who reads once and is the comparator in both arms", {}),
    ("--pairs", "pairs of the plan: R1:R2,R1:R3, or all", {}),
    ("--reader-columns", "wide tables: COLUMN[=READER[:ARM]],...", {}),
    ("--not-gradable", "column with the reason why there is no grade", {}),
    ("--in-bulk", "column that tells grades set in bulk", {}),
    ("--ai", "column, or reader, with the AI's grade", {}),
    ("--truth", "column, or reader, with the true grade", {}),
    ("--position", "column with the exam's position in the session", {}),
    ("--seconds", "column with the reading time of the exam, in seconds", {}),
    ("--active-seconds", "column with the part of it in which the exam was looked at", {}),
    ("--volume", "column with the measured volume, in mm3", {}),
    ("--reader-confidence", "column with the reader's confidence in each answer, a number", {}),
    ("--label-pattern", "MD.ai: regular expression over label names", {"default": PATTERN}),
    ("--absent", "MD.ai: grade of halves left unlabelled in a labelled exam", {}),
    ("--confidence", "level of the intervals", {"type": float, "default": 0.95}),
    ("--alpha", "level of the tests", {"type": float, "default": 0.05}),
    ("--resamples", "of the bootstrap", {"type": int, "default": 10_000}),
    ("--seed", "of the bootstrap", {"type": int, "default": 1}),
    ("--title", "of the report", {"default": "Agreement of readers"}),
    ("--date", "stated as the date of the report (default: today)", {"type": date.fromisoformat}),
    ("--synthetic", "the data are made up; every page says so", {"action": "store_true"}),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument(
        "file", type=Path, help="grades: CSV (any delimiter or encoding), MD.ai JSON or iMRMC"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder; an earlier report is replaced")
    for name, words, settings in OPTIONS:
        parser.add_argument(name, help=words, **settings)


def run(wish: argparse.Namespace) -> int:
    """Write the report. 0 when done; 2, with the reason on standard error and nothing written, when not."""
    wish.date = wish.date or datetime.now(UTC).date()
    try:
        check_target(wish.out)
        report = build(read(wish.file.read_bytes(), wish), wish)
        write_folder(wish.out, report.files)
    except PROBLEMS as problem:
        print(f"No report was written. {problem}", file=sys.stderr)
        return 2
    for note in report.notes:
        print(f"Note: {note}.", file=sys.stderr)
    print(report.verdict)
    print(f"Report: {wish.out}")
    return 0
