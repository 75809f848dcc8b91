"""A long-format table of grades as arrays: unit x reader x arm.

Columns: those that name the unit (by default exam, level, half), reader, arm, grade (a category, or empty)
and, each optional, not_gradable (a reason, or empty), in_bulk (true or false), ai and truth (grades of the
unit), position, seconds and active_seconds (of the reading of the whole exam: all its time, and that in
which it was looked at), volume (mm3), confidence (in the
presence or absence of a change, more is surer). One row per answer. A row
with neither grade nor reason, or no row at all, means that the unit was not read."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from annotations.agreement.plan import Plan
from annotations.agreement.table import Counts, Floats

NOT_GRADABLE, NOT_READ = -1, -2
NOT_READ_WORDS = "not read"
NAME_OR_REMOVE = "Name every {name} of the analysis, or remove these rows."
ONE_ROW = "Keep one row for each unit, reader and arm."
SCALE = "Name every category of the scale, or correct the grades; leave a grade empty where there is none."
ONE_OF_BOTH = "Keep either the grade or the reason."
REQUIRED = ("reader", "arm", "grade")


class ReadingsError(ValueError):
    """A table that cannot be analysed; the message names the rows."""


@dataclass(frozen=True)
class Readings:
    """The answers of a study, for U units of K exams (clusters) by R readers in A arms.

    units: U rows, one column per part of the unit's name, sorted, so that the order of rows never matters.
    exams: sorted names, K. exam_of: position of each unit's exam, shape (U,). grades: shape (U, R, A),
    position of the category, NOT_GRADABLE or NOT_READ; reader and arm as in the plan. reasons: shape (U,
    R, A), words where there is no grade, else "". in_bulk: shape (U, R, A). ai, truth: shape (U,),
    position of the category or NOT_READ; None where the table tells none. measures: position,
    seconds, active_seconds, volume, confidence by name, shape (U, R, A), NaN where missing; only those that
    the table has."""

    plan: Plan
    units: pd.DataFrame
    exams: tuple[str, ...]
    exam_of: Counts
    grades: Counts
    reasons: NDArray[np.object_]
    in_bulk: NDArray[np.bool_]
    ai: Counts | None
    truth: Counts | None
    measures: Mapping[str, Floats]

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

    def unit_names(self, which: NDArray[Any]) -> list[str]:
        """Units in words, "E01 L4 upper"."""
        return [" ".join(parts) for parts in self.units.iloc[which].itertuples(index=False, name=None)]


def read_table(table: pd.DataFrame | Sequence[Mapping[str, Any]], plan: Plan) -> Readings:
    """The table as arrays. Raises ReadingsError on missing columns, repeated rows, unknown readers, arms
    or grades, a unit with both a grade and a reason, and an exam with two AI grades, truths or times of
    one kind. Rows are named by the index where it is called "line", else counted from 1."""
    frame = pd.DataFrame(table) if not isinstance(table, pd.DataFrame) else table
    if missing := [column for column in (*plan.key, *REQUIRED) if column not in frame.columns]:
        raise ReadingsError(f"The table lacks the columns {', '.join(missing)}.")
    if frame.empty:
        raise ReadingsError("The table holds no row.")
    for name, known in (("reader", plan.readers), ("arm", plan.arms)):
        words = f"name {name}s other than {list(known)}"
        _refuse(frame, ~_words(frame[name]).isin(known), words, NAME_OR_REMOVE.format(name=name), name)
    return _arrays(frame, plan)


def _words(column: "pd.Series[Any]") -> "pd.Series[Any]":
    return column if pd.api.types.is_string_dtype(column.dtype) else column.astype(str)


def _refuse(frame: pd.DataFrame, wrong: Any, words: str, advice: str, column: str = "") -> None:
    """Raises ReadingsError naming the rows that are wrong, what they hold in `column`, and what to do."""
    found = np.flatnonzero(np.asarray(wrong))
    if len(found):
        by_line = frame.index.name == "line"
        rows = [int(frame.index[i]) if by_line else int(i) + 1 for i in found]
        listed = ", ".join(map(str, rows[:10])) + (" and others" if len(rows) > 10 else "")
        held = sorted({str(value) for value in frame[column].iloc[found]}) if column else []
        shown = ", ".join(map(repr, held[:5])) + (" and others" if len(held) > 5 else "")
        kind = f"{'line' if by_line else 'row'}{'s' if len(rows) > 1 else ''}"
        raise ReadingsError(
            f"{len(rows)} rows {words}{f' ({shown})' if shown else ''}: {kind} {listed}. {advice}"
        )


def grade_codes(column: Iterable[Any], categories: Sequence[int | str]) -> Counts:
    """Positions of grades on the scale, NOT_READ where empty, -3 where unknown; "2" and 2.0 are the grade
    2."""
    values, uniques = pd.factorize(pd.Series(column, dtype=object), use_na_sentinel=True)
    known = {str(category): position for position, category in enumerate(categories)}
    codes = np.array([*(known.get(_plain(value), -3) for value in uniques), NOT_READ], dtype=np.int64)
    codes[:-1][[not _plain(value) for value in uniques]] = NOT_READ
    found: Counts = codes[values]
    return found


def _plain(value: Any) -> str:
    text = str(value).strip()
    return text.removesuffix(".0") if text.removesuffix(".0").isdecimal() else text


def _unit_index(frame: pd.DataFrame, key: Sequence[str]) -> tuple[Counts, pd.DataFrame]:
    """Position of each row's unit among the sorted units, and the units."""
    combined = np.zeros(len(frame), dtype=np.int64)
    for name in key:
        part, values = pd.factorize(_words(frame[name]), sort=True)
        combined = combined * len(values) + part
    _, first, where = np.unique(combined, return_index=True, return_inverse=True)
    units = pd.DataFrame({name: _words(frame[name]).to_numpy()[first] for name in key})
    return where.astype(np.int64), units


def _arrays(frame: pd.DataFrame, plan: Plan) -> Readings:
    where, units = _unit_index(frame, plan.key)
    reader = pd.Index(plan.readers).get_indexer(_words(frame["reader"]))
    arm = pd.Index(plan.arms).get_indexer(_words(frame["arm"]))
    shape = (len(units), len(plan.readers), len(plan.arms))
    flat = np.ravel_multi_index((where, reader, arm), shape)
    _refuse(frame, np.bincount(flat, minlength=1)[flat] > 1, "answer the same unit twice", ONE_ROW)
    grade = grade_codes(frame["grade"], plan.categories)
    _refuse(frame, grade == -3, f"hold grades other than {list(plan.categories)}", SCALE, "grade")
    reason = frame["not_gradable"] if "not_gradable" in frame else pd.Series("", index=frame.index)
    reason = reason.where(reason.notna(), "").astype(str).str.strip()
    said = (reason != "").to_numpy()
    _refuse(frame, (grade >= 0) & said, "hold both a grade and a reason why there is none", ONE_OF_BOTH)
    at = (where, reader, arm)
    grades = np.full(shape, NOT_READ, dtype=np.int64)
    grades[at] = np.where(said, NOT_GRADABLE, grade)
    reasons = np.full(shape, NOT_READ_WORDS, dtype=object)
    reasons[at] = np.select([grade >= 0, said], ["", "not gradable: " + reason], NOT_READ_WORDS)
    in_bulk = np.zeros(shape, dtype=bool)
    if "in_bulk" in frame:
        in_bulk[at] = frame["in_bulk"].isin([True, "True", "true", "1", 1, "yes"])
    exam_of, exams = pd.factorize(units[plan.cluster], sort=True)
    return Readings(
        plan=plan,
        units=units,
        exams=tuple(map(str, exams)),
        exam_of=exam_of.astype(np.int64),
        grades=grades,
        reasons=reasons,
        in_bulk=in_bulk,
        ai=_per_unit(frame, "ai", where, len(units), plan),
        truth=_per_unit(frame, "truth", where, len(units), plan),
        measures={
            name: _measure(frame, name, at, shape)
            for name in ("position", "seconds", "active_seconds", "volume", "confidence")
            if name in frame
        },
    )


def _per_unit(frame: pd.DataFrame, name: str, where: Counts, n_units: int, plan: Plan) -> Counts | None:
    """One grade per unit from a column that repeats it on every row of the unit; None where it is empty."""
    if name not in frame:
        return None
    code = grade_codes(frame[name], plan.categories)
    _refuse(frame, code == -3, f"hold in {name} grades other than {list(plan.categories)}", SCALE, name)
    found: Counts = np.full(n_units, NOT_READ, dtype=np.int64)
    given = code >= 0
    found[where[given]] = code[given]
    words = f"say something else in {name} than another row of the unit"
    _refuse(frame, given & (found[where] != code), words, f"Make {name} the same on every row of a unit.")
    return found if given.any() else None


def _measure(frame: pd.DataFrame, name: str, at: tuple[Any, ...], shape: tuple[int, ...]) -> Floats:
    found = np.full(shape, np.nan)
    found[at] = pd.to_numeric(frame[name], errors="coerce").astype(float)
    return found
