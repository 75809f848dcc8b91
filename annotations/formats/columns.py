"""Which column of a table is what, and the table with its columns named so.

The shape in which every table is analysed: the unit's own columns (by default exam, level, half) and

    reader        who graded                       required
    arm           how: unaided, assisted, ...      required where there are two
    grade         a category, or empty             required
    not_gradable  why there is no grade            optional
    in_bulk       yes or no                        optional
    ai            the AI's grade of the unit       optional
    truth         the true grade of the unit       optional
    position      of the exam in the session       optional
    seconds       reading time of the exam         optional
    active_seconds  that in which it was looked at optional
    volume        measured by the reader, mm3      optional
    confidence    that there is a change, or none  optional

one row an answer. Reader names that are bare whole numbers become R1, R2, ...
"""

from dataclasses import dataclass, fields, replace

import pandas as pd

from annotations.formats.errors import FormatError, lines
from annotations.formats.text import MISSING

NUMBERS = ("position", "seconds", "active_seconds", "volume", "confidence")
ONE_ARM = "all readings"


@dataclass(frozen=True)
class Columns:
    """Names of columns in a file. unit: together they name a unit. cluster: units that share it are
    correlated; it may be one of `unit`. None: the file has no such column."""

    unit: tuple[str, ...] = ("exam", "level", "half")
    cluster: str = "exam"
    reader: str = "reader"
    arm: str | None = None
    grade: str = "grade"
    not_gradable: str | None = None
    in_bulk: str | None = None
    ai: str | None = None
    truth: str | None = None
    position: str | None = None
    seconds: str | None = None
    active_seconds: str | None = None
    volume: str | None = None
    confidence: str | None = None

    @property
    def roles(self) -> dict[str, str]:
        """Column name in the file to its role, for all but the unit's columns."""
        named = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("unit", "cluster")}
        return {column: role for role, column in named.items() if column is not None}

    @property
    def key(self) -> tuple[str, ...]:
        """The unit's columns, the cluster among them."""
        return self.unit if self.cluster in self.unit else (self.cluster, *self.unit)


def reader_name(name: str) -> str:
    """A name for tables and sentences: a bare number is no name."""
    return f"R{name}" if name.isdecimal() else name


def named(words: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """The table in the shape of this module, cells as text, "" where missing, numbers as floats.

    words: cells as text, indexed by line. Raises FormatError for columns that are not there, cells that must
    not be empty, numbers that are none, and units that stand in two clusters.
    """
    words, columns = _lifted(words, columns)
    wanted = [*columns.key, *columns.roles]
    if missing := [name for name in wanted if name not in words.columns]:
        raise FormatError(
            f"The file has no column {', '.join(map(repr, missing))}; it has {', '.join(words.columns)}."
        )
    if clash := {role for name, role in columns.roles.items() if name != role} & set(columns.key):
        raise FormatError(f"Rename the unit's column {', '.join(sorted(clash))}: the name has another use.")
    frame = words[wanted].rename(columns=columns.roles)
    frame = frame.mask(frame.isin(MISSING), "")
    if "arm" not in frame:
        frame["arm"] = ONE_ARM
    for name in (*columns.key, "reader", "arm"):
        _refuse(frame, frame[name] == "", f"have no {name}")
    frame["reader"] = frame["reader"].map({name: reader_name(name) for name in frame["reader"].unique()})
    for name in set(NUMBERS) & set(frame.columns):
        frame[name] = _numbers(frame, name)
    _check_decimal_commas(frame)
    clusters = frame[list(columns.key)].drop_duplicates()
    twice = clusters.duplicated(list(columns.unit), keep=False)
    _refuse(clusters, twice, f"put one unit into two clusters ({columns.cluster})")
    return frame


def _lifted(words: pd.DataFrame, columns: Columns) -> tuple[pd.DataFrame, Columns]:
    """Where `ai` or `truth` names a reader and no column: that reader's grades, beside every row of the
    unit.
    """
    key = list(columns.key)
    for role in ("ai", "truth"):
        name = getattr(columns, role)
        if name is None or name in words.columns or not {columns.reader, *key} <= set(words.columns):
            continue
        own = words[columns.reader] == name
        if not own.any():
            raise FormatError(f"{name!r} is neither a column nor a reader: it cannot be the {role}.")
        _refuse(words[own], words[own].duplicated(key, keep=False), f"of {name!r} grade a unit twice")
        said = words.loc[own, [*key, columns.grade]].rename(columns={columns.grade: role})
        line = words.index
        words = words.merge(said, how="left", on=key).set_index(line)[(~own).to_numpy()].fillna({role: ""})
        columns = replace(columns, ai=role) if role == "ai" else replace(columns, truth=role)
    return words, columns


def _refuse(frame: pd.DataFrame, wrong: "pd.Series[bool]", words: str) -> None:
    if wrong.any():
        numbers = [int(number) for number in frame.index[wrong]]
        raise FormatError(f"{len(numbers)} rows {words}: {lines(numbers)}.")


def _numbers(frame: pd.DataFrame, name: str) -> "pd.Series[float]":
    comma = frame[name].str.fullmatch(r"-?\d+,\d+")
    _refuse(frame, comma, f"write {name} with a decimal comma; write a decimal point")
    numbers = pd.to_numeric(frame[name], errors="coerce")
    _refuse(frame, numbers.isna() & (frame[name] != ""), f"hold a {name} that is no number")
    return numbers


def _check_decimal_commas(frame: pd.DataFrame) -> None:
    for name in {"grade", "ai", "truth"} & set(frame.columns):
        wrong = frame[name].str.fullmatch(r"-?\d+,\d+")
        _refuse(frame, wrong, f"write the {name} with a decimal comma; a grade is one of the categories")
