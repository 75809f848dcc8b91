"""Truth of a study's halves as a table: read from a file with every line checked, and written again.

Columns: exam (a case's name in the study, C001, or the exam's pseudonym), level, half, truth (a grade of the
protocol, or empty where it is not known).
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from annotations.agreement.readings import grade_codes
from annotations.formats.errors import FormatError, lines
from annotations.formats.sheets import render_csv
from annotations.formats.text import MISSING, decode, read_words

COLUMNS = ("exam", "level", "half", "truth")
Halves = Mapping[tuple[str, str, str], int | None]
"""(case's name, level, half) to the true grade, None where unknown."""


def read_truth(
    data: bytes, *, cases: Mapping[str, str], sites: Sequence[Mapping[str, str]], grades: Sequence[int]
) -> dict[tuple[str, str, str], int]:
    """The halves whose truth a file tells. cases: every name an exam may have here to the case's name.

    Raises FormatError naming the lines: columns that lack, exams, sites or grades unknown here, halves told
    twice, and a file that tells no truth at all.
    """
    words = read_words(decode(data)[0])
    words = words.rename(columns={name: name.lower() for name in words.columns})
    if missing := [name for name in COLUMNS if name not in words.columns]:
        raise FormatError(
            f"The file has no column {', '.join(missing)}: its first line must name exam, level, half, truth."
        )
    told = words.mask(words.isin(MISSING), "")
    told["half"], told["level"] = told["half"].str.lower(), told["level"].str.upper()
    known = {(site["level"], site["half"]) for site in sites}
    places = pd.Series(list(zip(told["level"], told["half"], strict=True)), index=told.index)
    _refuse(~told["exam"].isin(cases), "name no case of this study", f"cases are {_some(cases)}")
    _refuse(~places.isin(known), "name no half that is graded", "levels and halves are those of the template")
    codes = pd.Series(grade_codes(told["truth"], list(grades)), index=told.index)
    _refuse(codes < -2, "hold no grade of the protocol", f"truth is {', '.join(map(str, grades))} or empty")
    keys = [
        (cases[exam], level, half)
        for exam, level, half in told[["exam", "level", "half"]].itertuples(index=False)
    ]
    often = Counter(keys)
    twice = pd.Series([often[key] > 1 for key in keys], index=told.index)
    _refuse(twice, "tell the same half twice", "keep one line a half")
    found = {key: grades[code] for key, code in zip(keys, codes, strict=True) if code >= 0}
    if not found:
        raise FormatError("The file tells the truth of no half: fill the column truth.")
    return found


def _refuse(wrong: "pd.Series[bool]", words: str, advice: str) -> None:
    if wrong.any():
        raise FormatError(f"{int(wrong.sum())} rows {words} ({lines(wrong.index[wrong])}): {advice}.")


def _some(names: Mapping[str, str]) -> str:
    listed = list(names)
    return ", ".join(listed[:3]) + (", ..." if len(listed) > 3 else "")


def render_truth(halves: Halves) -> str:
    """CSV of the halves in the order given: what is kept, hashed and downloaded."""
    return render_csv(COLUMNS, ((*key, grade) for key, grade in halves.items()))


def parse_truth(table: str) -> dict[tuple[str, str, str], int]:
    """The halves of a kept table whose truth is known."""
    words = read_words(table)
    rows = words[list(COLUMNS)].itertuples(index=False)
    return {(exam, level, half): int(truth) for exam, level, half, truth in rows if truth}
