"""A long-format table of grades as arrays: unit x reader x arm.

Columns: exam, level, half, reader, arm, grade (a category, or empty), not_gradable (a reason, or empty; the
column may be absent), in_bulk (true or false; may be absent). One row per answer. A row with neither grade
nor reason, or no row at all, means that the unit was not read.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from annotations.agreement.plan import Plan
from annotations.agreement.table import Counts

NOT_GRADABLE, NOT_READ = -1, -2
NOT_READ_WORDS = "not read"
KEY = ("exam", "level", "half")
REQUIRED = (*KEY, "reader", "arm", "grade")


class ReadingsError(ValueError):
    """A table that cannot be analysed; the message names the rows."""


@dataclass(frozen=True)
class Readings:
    """The answers of a study.

    exams: sorted names, K. exam_of: position of each unit's exam, shape (U,); units are sorted, so that the
    order of rows never matters. grades: shape (U, R, 2), position of the category, NOT_GRADABLE or NOT_READ;
    reader and arm as in the plan. reasons: shape (U, R, 2), words where there is no grade, else "".
    in_bulk: shape (U, R, 2).
    """

    plan: Plan
    exams: tuple[str, ...]
    exam_of: Counts
    grades: Counts
    reasons: NDArray[np.object_]
    in_bulk: NDArray[np.bool_]

    def slot(self, reader: str, arm: str) -> tuple[int, int]:
        """Positions of a reader and an arm in the last two axes."""
        return self.plan.readers.index(reader), self.plan.arms.index(arm)

    def of(self, reader: str, arm: str) -> Counts:
        """The answers of one reader in one arm, shape (U,)."""
        row, column = self.slot(reader, arm)
        answers: Counts = self.grades[:, row, column]
        return answers

    def left_out(self, reader: str, arm: str) -> dict[str, int]:
        """How many units of this reader and arm have no grade, by reason."""
        row, column = self.slot(reader, arm)
        words = self.reasons[self.grades[:, row, column] < 0, row, column]
        return dict(sorted(Counter(words.tolist()).items()))


def read_table(table: pd.DataFrame | Sequence[Mapping[str, Any]], plan: Plan) -> Readings:
    """The table as arrays. Raises ReadingsError on missing columns, repeated rows, unknown readers, arms or
    grades, and on a unit with both a grade and a reason."""
    frame = pd.DataFrame(table) if not isinstance(table, pd.DataFrame) else table.copy()
    if missing := [column for column in REQUIRED if column not in frame.columns]:
        raise ReadingsError(f"The table lacks the columns {', '.join(missing)}.")
    if frame.empty:
        raise ReadingsError("The table holds no row.")
    frame = frame.reset_index(drop=True)
    for column in ("exam", "level", "half", "reader", "arm"):
        frame[column] = frame[column].astype(str)
    _refuse(frame, frame.duplicated([*KEY, "reader", "arm"], keep=False), "answer the same unit twice")
    _refuse(frame, ~frame["reader"].isin(plan.readers), f"name readers other than {list(plan.readers)}")
    _refuse(frame, ~frame["arm"].isin(plan.arms), f"name arms other than {list(plan.arms)}")
    return _arrays(frame, plan)


def _refuse(frame: pd.DataFrame, wrong: Any, words: str) -> None:
    if wrong.any():
        rows = [int(row) + 1 for row in frame.index[wrong]]
        listed = ", ".join(map(str, rows[:10])) + (" and others" if len(rows) > 10 else "")
        raise ReadingsError(f"{len(rows)} rows {words}: rows {listed}.")


def _arrays(frame: pd.DataFrame, plan: Plan) -> Readings:
    grade = pd.to_numeric(frame["grade"], errors="coerce")
    given = frame["grade"].notna() & (frame["grade"].astype(str).str.strip() != "")
    _refuse(frame, given & ~grade.isin(plan.categories), f"hold grades other than {list(plan.categories)}")
    reason = frame["not_gradable"] if "not_gradable" in frame else pd.Series("", index=frame.index)
    reason = reason.where(reason.notna(), "").astype(str).str.strip()
    _refuse(frame, given & (reason != ""), "hold both a grade and a reason why there is none")
    units = frame[list(KEY)].drop_duplicates().sort_values(list(KEY), kind="stable")
    unit_index = pd.MultiIndex.from_frame(units)
    where = (
        unit_index.get_indexer(pd.MultiIndex.from_frame(frame[list(KEY)])),
        pd.Index(plan.readers).get_indexer(frame["reader"]),
        pd.Index(plan.arms).get_indexer(frame["arm"]),
    )
    shape = (len(units), len(plan.readers), 2)
    grades = np.full(shape, NOT_READ, dtype=np.int64)
    grades[where] = np.select(
        [given, reason != ""], [pd.Index(plan.categories).get_indexer(grade), NOT_GRADABLE], NOT_READ
    )
    reasons = np.full(shape, NOT_READ_WORDS, dtype=object)
    reasons[where] = np.select([given, reason != ""], ["", "not gradable: " + reason], NOT_READ_WORDS)
    in_bulk = np.zeros(shape, dtype=bool)
    if "in_bulk" in frame:
        in_bulk[where] = frame["in_bulk"].isin([True, "True", "true", "1", 1])
    exams = tuple(sorted(units["exam"].unique()))
    exam_of = pd.Index(exams).get_indexer(units["exam"]).astype(np.int64)
    return Readings(plan, exams, exam_of, grades, reasons, in_bulk)
