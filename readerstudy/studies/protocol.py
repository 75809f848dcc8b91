"""A protocol as a plain document: the template *Paper (Gao 2022)*, its checks and its hash.

Source: Gao et al., JOR Spine 2022, sections 2.6 and 2.7; the statistics plan is this product's.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from annotations.grades import NOT_GRADABLE_LABELS
from annotations.rules import LabellingRules
from annotations.vocabulary import MODIC_LABELS, SITES_12, Half, Level, Site
from readerstudy.studies.order import ALGORITHM
from readerstudy.studies.states import Arm, WashoutMode

Document = dict[str, Any]

PAPER = "gao-2022"
PAPER_TITLE = "Paper (Gao 2022)"
WASHOUT_HOURS = 28 * 24
MAX_WASHOUT_HOURS = 2 * 365 * 24


class ProtocolError(ValueError):
    """A protocol that contradicts itself; `problems` says each rule and what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def paper_template(
    *,
    washout_hours: int = WASHOUT_HOURS,
    washout_mode: WashoutMode = WashoutMode.PER_SESSION,
    bulk_none: bool = False,
    rules: LabellingRules | None = None,
    bootstrap_replicates: int = 10_000,
    bootstrap_seed: int = 20_220_619,
) -> Document:
    """The paper's experiment: three readers, the first of them the baseline who reads once."""
    rules = rules or LabellingRules()
    return {
        "template": PAPER,
        "title": PAPER_TITLE,
        "question": _question(bulk_none),
        "periods": [
            {"number": 1, "name": "Initial", "arm": Arm.UNAIDED.value, "washout_hours": 0},
            {"number": 2, "name": "Assisted", "arm": Arm.ASSISTED.value, "washout_hours": washout_hours},
        ],
        "washout_mode": WashoutMode(washout_mode).value,
        "readers": [
            {"index": 1, "baseline": True, "periods": [1]},
            {"index": 2, "baseline": False, "periods": [1, 2]},
            {"index": 3, "baseline": False, "periods": [1, 2]},
        ],
        "order": {"algorithm": ALGORITHM, "block_size": 5},
        "suggestion": {
            "min_diameter_mm": rules.min_diameter_mm,
            "secondary_fraction": rules.secondary_fraction,
        },
        "statistics": _statistics(bootstrap_replicates, bootstrap_seed),
    }


def _question(bulk_none: bool) -> Document:
    return {
        "sites": [{"level": site.level.value, "half": site.half.value} for site in SITES_12],
        "grades": [{"value": int(kind), "label": label} for kind, label in MODIC_LABELS.items()],
        "not_gradable_reasons": [
            {"value": reason.value, "label": label} for reason, label in NOT_GRADABLE_LABELS.items()
        ],
        "bulk_none": bulk_none,
    }


def _statistics(replicates: int, seed: int) -> Document:
    return {
        "pairs": [[1, 2], [1, 3], [2, 3]],
        "primary": {
            "measure": "delta-kappa",
            "weights": "none",
            "test": "clustered-delta-method",
            "cluster": "exam",
            "alpha": 0.05,
            "multiplicity": "holm",
        },
        "sensitivity": ["bootstrap", "mcnemar"],
        "bootstrap": {"replicates": replicates, "seed": seed},
        "analysis_set": "full",
        "not_gradable": "left-out",
    }


def check(document: Document) -> None:
    """Raise ProtocolError naming every contradiction in the document."""
    try:
        problems = [*_problems_of_periods(document), *_problems_of_readers(document), *_others(document)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProtocolError([f"The protocol is incomplete or malformed near {error}."]) from error
    if problems:
        raise ProtocolError(problems)


def _problems_of_periods(document: Document) -> Iterator[str]:
    periods = document["periods"]
    if [period["number"] for period in periods] != list(range(1, len(periods) + 1)) or not periods:
        yield "Periods are numbered 1, 2, … in their order."
        return
    if periods[0]["washout_hours"]:
        yield "Nothing has been read before the first period: it has no washout."
    for period in periods:
        Arm(period["arm"])
        hours = period["washout_hours"]
        if type(hours) is not int or not 0 <= hours <= MAX_WASHOUT_HOURS:
            yield f"Period {period['number']}: the washout is a whole number of hours, 0 to two years."
        elif period["number"] > 1 and hours == 0:
            yield f"Period {period['number']} reads the same cases again: it needs a washout."


def _problems_of_readers(document: Document) -> Iterator[str]:
    readers, known = document["readers"], {period["number"] for period in document["periods"]}
    if [reader["index"] for reader in readers] != list(range(1, len(readers) + 1)) or len(readers) < 2:
        yield "At least two readers are numbered 1, 2, … in their order."
    if sum(reader["baseline"] is True for reader in readers) > 1:
        yield "At most one reader is the baseline."
    for reader in readers:
        own = reader["periods"]
        if not own or own != sorted(set(own)) or not set(own) <= known:
            yield f"Reader {reader['index']}: name periods of this protocol, each once, in order."


def _others(document: Document) -> Iterator[str]:
    indices = {reader["index"] for reader in document["readers"]}
    pairs = [tuple(pair) for pair in document["statistics"]["pairs"]]
    if not pairs or len(set(pairs)) < len(pairs):
        yield "Name at least one pair of readers, each pair once."
    if any(len(pair) != 2 or not set(pair) <= indices or pair[0] >= pair[1] for pair in pairs):
        yield "A pair is two different readers of this protocol, the lower number first."
    asked = sites(document)
    if not asked or len(set(asked)) < len(asked):
        yield "The question set names each level and half once."
    bootstrap = document["statistics"]["bootstrap"]
    if not 100 <= bootstrap["replicates"] <= 1_000_000 or type(bootstrap["seed"]) is not int:
        yield "The bootstrap takes 100 to 1 000 000 replicates and a whole number as its seed."
    LabellingRules(**document["suggestion"])
    WashoutMode(document["washout_mode"])
    if document["order"]["algorithm"] != ALGORITHM or document["order"]["block_size"] < 2:
        yield f"The order is {ALGORITHM} with blocks of two cases or more."


def sites(document: Document) -> tuple[Site, ...]:
    """What is graded, in the order it is asked."""
    return tuple(Site(Level(site["level"]), Half(site["half"])) for site in document["question"]["sites"])


def fingerprint(document: Document) -> str:
    """SHA-256 (hex) of the canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
