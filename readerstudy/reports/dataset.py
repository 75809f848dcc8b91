"""The frozen table of a study: one row per half asked of a reader, with the answer where there is one.

Readers are R1, R2, ... and exams C001, C002, ...: the table names no person. `read` is 1, and 2, 3, ... for
a correction of a case that was reopened; both are there. `full` and `per_protocol` say whether the read is
in that analysis set, empty where it was never handed in; `excluded` says why it is not per protocol.
`reveals` and `first_revealed_at`: how often, and when first, a reader asked for the map in the arm that shows
it on demand; empty in every other.
`lure` marks cases that only the recall probe is for; `recall` is what the reader said of having seen the case
before, from 1 (surely not) to 4 (surely), and `recalled_at` when. Asked of lures and of what the reader was
shown in an earlier period; empty elsewhere.
`webgl2` (yes or no), `renderer` and `drawn_by` come from the check of the display the case was last read on:
whether the browser has WebGL 2, what it says draws WebGL, and where the images came to rest ("cornerstone"
with WebGL, "canvas" without); empty where no window told.
"""

import hashlib
import io
from collections.abc import Iterable, Sequence

import pandas as pd

from annotations.agreement.limits import RESEARCH_ONLY
from annotations.agreement.recall import Remembered
from annotations.formats.sheets import render_csv

SYNTHETIC = "SYNTHETIC DATA: cases or readers are made up"
COLUMNS = (
    "exam",
    "level",
    "half",
    "reader",
    "period",
    "arm",
    "position",
    "read",
    "grade",
    "not_gradable",
    "in_bulk",
    "secondary",
    "confidence",
    "ai",
    "truth",
    "opened_at",
    "submitted_at",
    "active_seconds",
    "reveals",
    "first_revealed_at",
    "comment",
    "deviations",
    "full",
    "per_protocol",
    "excluded",
    "withdrawn",
    "lure",
    "recall",
    "recalled_at",
    "webgl2",
    "renderer",
    "drawn_by",
    "notice",
)


def notice(*, synthetic: bool) -> str:
    """What stands on every row, page and file."""
    return f"{SYNTHETIC}. {RESEARCH_ONLY}" if synthetic else RESEARCH_ONLY


def render(rows: Iterable[Sequence[object]], *, synthetic: bool) -> str:
    """CSV of the rows (all columns but the notice), always the same text for the same rows."""
    words = notice(synthetic=synthetic)
    return render_csv(COLUMNS, ((*row, words) for row in rows))


def parse(text: str) -> pd.DataFrame:
    """The table as exported; numbers are whole or missing, empty cells of words are empty strings.

    seconds is added: from opening to submission, pauses included. Answers about a case that was withdrawn
    are not analysed, nor those about a lure: their rows are kept in the export and left out here.
    """
    frame = _words(text)
    for left_out in ("withdrawn", "lure"):
        if left_out in frame:
            frame = frame[frame[left_out] == ""].reset_index(drop=True)
    for name in ("grade", "secondary", "confidence"):
        frame[name] = pd.to_numeric(frame[name]).astype("Int64")
    frame["active_seconds"] = pd.to_numeric(frame["active_seconds"]).astype("float64")
    frame["in_bulk"] = frame["in_bulk"] == "yes"
    opened, submitted = (pd.to_datetime(frame[name], utc=True) for name in ("opened_at", "submitted_at"))
    frame["seconds"] = (submitted - opened).dt.total_seconds()
    return frame


def _words(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), keep_default_na=False, dtype=str)


def remembered(text: str) -> list[Remembered]:
    """What readers said of having seen cases before, those of withdrawn cases left out; empty where nobody
    was asked."""
    frame = _words(text)
    if "recall" not in frame:
        return []
    asked = frame[(frame["recall"] != "") & (frame["withdrawn"] == "")]
    rows = asked[["reader", "exam", "recall", "lure"]].drop_duplicates()
    return [
        Remembered(reader, exam, int(answer), lure != "")
        for reader, exam, answer, lure in rows.itertuples(index=False)
    ]


def analysed(frame: pd.DataFrame, analysis_set: str) -> pd.DataFrame:
    """The rows of an analysis set, "full" or "per-protocol"; halves that were never read stay, as missing."""
    return frame[frame[analysis_set.replace("-", "_")] != "no"]


def compared(frame: pd.DataFrame, arms: Sequence[str]) -> pd.DataFrame:
    """The rows in the arms that the plan compares; a study may have read in others as well."""
    return frame[frame["arm"].isin(arms)]


def sha256(text: str) -> str:
    """SHA-256 (hex) of the UTF-8 bytes, as of the downloaded file."""
    return hashlib.sha256(text.encode()).hexdigest()
