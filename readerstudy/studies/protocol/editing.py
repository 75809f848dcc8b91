"""A protocol as the values of a form, and back."""

import copy
import math
from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

from annotations.vocabulary import SITES_12
from readerstudy.studies.protocol.checks import ProtocolError
from readerstudy.studies.protocol.document import Document

ALL_PAIRS = "all"
SHOWN = ("map", "labels", "confidence")
"""What an arm may show of the AI."""


def edited(document: Document, values: Mapping[str, Any]) -> Document:
    """The document with what a form says instead. values: as a posted form's, one text per name.

    A tick box that is not ticked is absent. Raises ProtocolError for text where a number belongs; whether the
    result holds together is `check`'s to say.
    """
    new, problems = copy.deepcopy(document), list[str]()

    number = _numbers(values, problems)
    new["title"] = str(values.get("title", "")).strip()
    new["question"]["sites"] = [
        {"level": site.level.value, "half": site.half.value}
        for site in SITES_12
        if f"site-{site.level.value}-{site.half.value}" in values
    ]
    new["question"]["bulk_none"] = "bulk_none" in values
    new["question"]["confidence"] = "confidence" in values
    _periods(new, values, number)
    hour = str(values.get("opens_at_local_hour", "")).strip()
    new["opens_at_local_hour"] = number("opens_at_local_hour", "Hour of the morning", int) if hour else None
    new["washout_mode"] = str(values.get("washout_mode", ""))
    for arm in new["arms"]:
        if "shows" in arm:
            arm["shows"] = [item for item in SHOWN if f"shows-{arm['name']}-{item}" in values]
    _readers(new, values, number)
    new["order"]["block_size"] = number("block_size", "Size of the blocks", int)
    new["suggestion"]["min_diameter_mm"] = number("min_diameter_mm", "Smallest diameter", float)
    new["suggestion"]["secondary_fraction"] = number("secondary_fraction", "Share of a second type", float)
    _statistics(new, values, number, problems)
    _pacing(new, values, number)
    _calibration(new, values, number)
    new.pop("recall_probe", None)
    if str(values.get("lure_share", "")).strip():
        new["recall_probe"] = {"lure_share": number("lure_share", "Share of lures", float)}
    new.pop("layout", None)
    if values.get("layout"):
        new["layout"] = str(values["layout"])
    if "debriefing" in new or values.get("debriefing"):
        new["debriefing"] = str(values.get("debriefing", "")).replace("\r\n", "\n").strip()
    new.pop("training_labellers", None)
    if why := str(values.get("training_labellers", "")).replace("\r\n", "\n").strip():
        new["training_labellers"] = why
    if problems:
        raise ProtocolError(problems)
    return new


def _numbers(values: Mapping[str, Any], problems: list[str]) -> Callable[[str, str, type], Any]:
    """Reads one number of a form: (its name, what it is, its kind). What is none is kept as a problem."""

    def number(name: str, what: str, kind: type) -> Any:
        text = str(values.get(name, "")).strip()
        try:
            value = kind(text)
            if not math.isfinite(value):
                raise ValueError
            return value
        except ValueError:
            problems.append(f"{what}: “{text}” is no {'whole ' if kind is int else ''}number.")
            return 0

    return number


def _periods(new: Document, values: Mapping[str, Any], number: Any) -> None:
    for period in new["periods"]:
        at = period["number"]
        period["name"] = str(values.get(f"period-{at}-name", "")).strip()
        if at > 1:
            days = number(f"period-{at}-washout_days", f"Period {at}, washout in days", float)
            period["washout_hours"] = round(days * 24)
        closes = str(values.get(f"period-{at}-closes_at", "")).strip()
        period.pop("closes_at", None)
        if closes:
            period["closes_at"] = closes


def _readers(new: Document, values: Mapping[str, Any], number: Any) -> None:
    for reader in new["readers"]:
        at = f"reader-{reader['index']}"
        reader["baseline"] = values.get("baseline") == str(reader["index"])
        reader["periods"] = [
            period["number"] for period in new["periods"] if f"{at}-period-{period['number']}" in values
        ]
        reader["sequence"] = number(f"{at}-sequence", f"Reader {reader['index']}, sequence", int)
        reader["block"] = number(f"{at}-block", f"Reader {reader['index']}, block of cases", int)
        said = values.get(f"{at}-labelled", "")
        reader.pop("labelled_training_data", None)
        if said in ("yes", "no"):
            reader["labelled_training_data"] = said == "yes"


PACING: tuple[tuple[str, str, type], ...] = (
    ("break_after_cases", "A break after cases", int),
    ("break_after_minutes", "A break after minutes of reading", int),
    ("break_minutes", "A break lasts, minutes", int),
    ("cases_per_day", "Most cases a day", int),
    ("hours_per_day", "Most hours of reading a day", float),
)
"""What a form asks about breaks and caps: key, words, kind of number."""


def with_pacing(document: Document, values: Mapping[str, Any]) -> Document:
    """The document with a form's breaks and caps. Raises ProtocolError for text where a number belongs."""
    new, problems = copy.deepcopy(document), list[str]()
    _pacing(new, values, _numbers(values, problems))
    if problems:
        raise ProtocolError(problems)
    return new


def _pacing(new: Document, values: Mapping[str, Any], number: Any) -> None:
    """What the form leaves empty is not limited."""
    stated = {
        key: number(f"pacing-{key}", words, kind)
        for key, words, kind in PACING
        if str(values.get(f"pacing-{key}", "")).strip()
    }
    new.pop("pacing", None)
    if stated:
        new["pacing"] = stated


def _calibration(new: Document, values: Mapping[str, Any], number: Any) -> None:
    new.pop("calibration", None)
    if str(values.get("calibration-cases", "")).strip():
        new["calibration"] = {
            "cases": number("calibration-cases", "Calibration cases", int),
            "measure": str(values.get("calibration-measure", "")),
            "threshold": number("calibration-threshold", "What passes calibration", float),
            "attempts": number("calibration-attempts", "Attempts at calibration", int),
        }


def pacing_fields(document: Document) -> list[tuple[str, str, Any]]:
    """Key, words and value of each, as a form shows them."""
    return [(key, words, document.get("pacing", {}).get(key)) for key, words, _ in PACING]


def _statistics(new: Document, values: Mapping[str, Any], number: Any, problems: list[str]) -> None:
    statistics = new["statistics"]
    statistics["arms"] = [str(values.get("compared-first", "")), str(values.get("compared-second", ""))]
    statistics["primary"]["alpha"] = number("alpha", "Level of the test", float)
    statistics["bootstrap"]["replicates"] = number("replicates", "Replicates", int)
    statistics["bootstrap"]["seed"] = number("bootstrap_seed", "Seed of the bootstrap", int)
    counts = str(values.get("primary_read", "original"))
    if "primary_read" in statistics or counts != "original":
        statistics["primary_read"] = counts
    text = str(values.get("pairs", "")).strip()
    if text == ALL_PAIRS:
        block = {reader["index"]: reader["block"] for reader in new["readers"]}
        statistics["pairs"] = [list(p) for p in combinations(block, 2) if block[p[0]] == block[p[1]]]
        return
    try:
        statistics["pairs"] = [[int(index) for index in pair.split("-")] for pair in text.split(",")]
    except ValueError:
        problems.append("Pairs: write them as 1-2, 1-3, or “all”.")


def pairs_text(document: Document) -> str:
    """The pairs as the form shows them."""
    return ", ".join("-".join(map(str, pair)) for pair in document["statistics"]["pairs"])
