"""The files of a report, each made from the frozen result alone: the same bytes every time."""

import functools
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

from readerstudy.common.csv import render_csv
from readerstudy.reports import figures
from readerstudy.reports.presentation import Document, present

TEMPLATE = Path(__file__).parent / "typst" / "report.typ"
FIGURE_COLUMNS = (
    "pair",
    "analysis",
    "estimate",
    "se",
    "lo",
    "hi",
    "confidence",
    "statistic",
    "df",
    "p",
    "p_holm",
    "n_units",
    "n_exams",
    "reason",
    "notice",
)


@functools.lru_cache(maxsize=8)
def document(result: str) -> Document:
    """The words and tables of a frozen result (canonical JSON)."""
    return present(json.loads(result))


@functools.lru_cache(maxsize=16)
def svg(result: str, name: str) -> str:
    """One figure as SVG text. Raises KeyError for an unknown name."""
    return figures.draw(name, json.loads(result))


@functools.lru_cache(maxsize=8)
def pdf(result: str) -> bytes:
    """The report typeset as PDF, with embedded fonts and no time of its own but the lock's."""
    words = document(result)
    inputs = {"report": json.dumps(words.to_json())}
    inputs |= {f"figure-{picture.name}": svg(result, picture.name) for picture in words.pictures}
    made = typst.compile(
        TEMPLATE.read_bytes(),
        format="pdf",
        sys_inputs=inputs,
        ignore_system_fonts=True,
        timestamp=datetime.fromisoformat(json.loads(result)["lock"]["signed_at"]),
    )
    assert isinstance(made, bytes)
    return made


def figures_csv(result: str) -> str:
    """Every estimate and test of the result, one row each, in full precision."""
    data = json.loads(result)
    rows = (
        ["-".join(pair["readers"]), analysis, *_cells(found), holm, *_sizes(found), data["notice"]]
        for pair in data["agreement"]["pairs"]
        for analysis, found, holm in _analyses(pair)
    )
    return render_csv(FIGURE_COLUMNS, rows)


def _cells(found: dict[str, Any]) -> list[Any]:
    return [found[key] for key in ("estimate", "se", "lo", "hi", "confidence", "statistic", "df", "p")]


def _sizes(found: dict[str, Any]) -> list[Any]:
    return [found["n_units"], found["n_clusters"], found["reason"]]


def _analyses(pair: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], float | None]]:
    for side in ("before", "after"):
        yield f"kappa {side}", pair[side]["kappa"], None
        yield f"kappa of presence {side}", pair[side]["kappa_presence"], None
    yield "change of kappa (primary)", pair["delta"], pair["p_holm"]["primary"]
    yield "change of kappa, bootstrap", pair["bootstrap"], pair["p_holm"]["bootstrap"]
    for kind in ("plain", "clustered"):
        for test, found in pair["mcnemar"][kind].items():
            ignoring = ", ignores clustering" if kind == "plain" else ""
            yield f"{found['test']}{ignoring}", found, pair["p_holm"][test]
