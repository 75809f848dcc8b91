"""Templates to start a protocol from. Every one of them can be opened and read as it stands.

Sources: Gao et al., JOR Spine 2022, sections 2.6 and 2.7 (the paper's experiment); Obuchowski et al., Acad
Radiol 2012;19:1508 (fully crossed and split-plot reading); Williams, Aust J Sci Res A 1949;2:149 (squares
balanced for what came before); Jones and Kenward, Design and Analysis of Cross-Over Trials, 2014.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from annotations.grades import NOT_GRADABLE_LABELS
from annotations.rules import LabellingRules
from annotations.vocabulary import MODIC_LABELS, SITES_11, SITES_12, Site
from readerstudy.studies.order import ALGORITHM
from readerstudy.studies.protocol.document import SCHEMA_ID, WASHOUT_HOURS, Document, with_washout

PAPER = "gao-2022"
_PAPERS_SEED = 20_220_619
_SHOWS = ["map", "labels"]
_UNAIDED: Document = {"name": "unaided", "kind": "unaided"}
_ASSISTED: Document = {"name": "assisted", "kind": "assisted", "shows": _SHOWS}

Cell = Sequence[str]
Sequences = Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Template:
    """A design that a coordinator can start from.

    readers: how many it has at first; least: how many it needs. build: the document for so many readers.
    """

    title: str
    says: str
    readers: int
    least: int
    build: Callable[[int], Document]


def make(
    key: str = PAPER,
    *,
    readers: int | None = None,
    washout_hours: int = WASHOUT_HOURS,
    washout_mode: str = "per-session",
) -> Document:
    """The template's document for so many readers. Raises KeyError for none, ValueError for too few."""
    template = TEMPLATES[key]
    count = template.readers if readers is None else readers
    if count < template.least:
        raise ValueError(f"{template.title} takes {template.least} readers or more.")
    document = {**template.build(count), "template": key, "title": template.title}
    return with_washout(document, hours=washout_hours, mode=washout_mode)


def _document(
    *,
    arms: Sequence[Document],
    sequences: Sequences,
    readers: list[Document],
    periods: Sequence[str],
    compared: tuple[str, str],
    asked: Sequence[Site] = SITES_11,
    case_blocks: int = 1,
) -> Document:
    rules = LabellingRules()
    block = {reader["index"]: reader["block"] for reader in readers}
    pairs = [list(pair) for pair in combinations(block, 2) if block[pair[0]] == block[pair[1]]]
    return {
        "schema": SCHEMA_ID,
        "template": "",
        "title": "",
        "question": _question(asked),
        "arms": [dict(arm) for arm in arms],
        "periods": [
            {"number": number, "name": name, "washout_hours": 0 if number == 1 else WASHOUT_HOURS}
            for number, name in enumerate(periods, start=1)
        ],
        "washout_mode": "per-session",
        "opens_at_local_hour": None,
        "design": {
            "sequences": [[list(cell) for cell in sequence] for sequence in sequences],
            "case_blocks": case_blocks,
        },
        "readers": readers,
        "order": {"algorithm": ALGORITHM, "block_size": 5},
        "suggestion": {
            "min_diameter_mm": rules.min_diameter_mm,
            "secondary_fraction": rules.secondary_fraction,
        },
        "statistics": _statistics(compared, pairs),
    }


def _question(asked: Sequence[Site]) -> Document:
    return {
        "sites": [{"level": site.level.value, "half": site.half.value} for site in asked],
        "grades": [{"value": int(kind), "label": label} for kind, label in MODIC_LABELS.items()],
        "not_gradable_reasons": [
            {"value": reason.value, "label": label} for reason, label in NOT_GRADABLE_LABELS.items()
        ],
        "bulk_none": False,
        "confidence": False,
    }


def _statistics(compared: tuple[str, str], pairs: list[list[int]]) -> Document:
    return {
        "arms": list(compared),
        "pairs": pairs,
        "primary": {
            "measure": "delta-kappa",
            "weights": "none",
            "test": "clustered-delta-method",
            "cluster": "exam",
            "alpha": 0.05,
            "multiplicity": "holm",
        },
        "sensitivity": ["bootstrap", "mcnemar"],
        "bootstrap": {"replicates": 10_000, "seed": _PAPERS_SEED},
        "primary_read": "original",
        "analysis_set": "full",
        "not_gradable": "left-out",
    }


def _all_read_all(count: int, sequences: Sequences) -> list[Document]:
    """Readers dealt in turn to the sequences, each in every period."""
    periods = list(range(1, len(sequences[0]) + 1))
    return [
        {
            "index": index,
            "baseline": False,
            "periods": periods,
            "sequence": (index - 1) % len(sequences) + 1,
            "block": 1,
        }
        for index in range(1, count + 1)
    ]


def _paper(count: int) -> Document:
    sequences = [[["unaided"], ["assisted"]]]
    readers = _all_read_all(count, sequences)
    readers[0] |= {"baseline": True, "periods": [1]}
    return _document(
        arms=[_UNAIDED, _ASSISTED],
        sequences=sequences,
        readers=readers,
        periods=["Initial", "Assisted"],
        compared=("unaided", "assisted"),
        asked=SITES_12,
    )


def _in_sequences(
    count: int, arms: Sequence[Document], sequences: Sequences, compared: tuple[str, str], **more: Any
) -> Document:
    return _document(
        arms=arms,
        sequences=sequences,
        readers=_all_read_all(count, sequences),
        periods=[f"Period {number}" for number in range(1, len(sequences[0]) + 1)],
        compared=compared,
        **more,
    )


def _crossover(count: int) -> Document:
    sequences = [[["unaided"], ["assisted"]], [["assisted"], ["unaided"]]]
    return _in_sequences(count, [_UNAIDED, _ASSISTED], sequences, ("unaided", "assisted"))


def _half_and_half(count: int) -> Document:
    sequences = [[["unaided", "assisted"], ["assisted", "unaided"]]]
    return _in_sequences(count, [_UNAIDED, _ASSISTED], sequences, ("unaided", "assisted"))


def _intra_rater(count: int) -> Document:
    arms = [{"name": "first", "kind": "unaided"}, {"name": "repeat", "kind": "unaided"}]
    return _in_sequences(count, arms, [[["first"], ["repeat"]]], ("first", "repeat"))


def _second_read(count: int) -> Document:
    second = {"name": "second-read", "kind": "second-read", "first": "unaided", "shows": _SHOWS}
    return _in_sequences(count, [_UNAIDED, second], [[["second-read"]]], ("unaided", "second-read"))


def _on_demand(count: int) -> Document:
    demand = {"name": "on-demand", "kind": "on-demand", "shows": _SHOWS}
    sequences = [[["unaided"], ["on-demand"]], [["on-demand"], ["unaided"]]]
    return _in_sequences(count, [_UNAIDED, demand], sequences, ("unaided", "on-demand"))


_DEBRIEFING = (
    "In this study some of the Modic maps you were shown were sham: their lesions had been moved to other "
    "endplates, to measure how a map influences readers whatever it says. You could not have known. Which "
    "maps they were is in the study's data, and the coordinator will answer your questions."
)


def _sham(count: int) -> Document:
    sham = {"name": "sham", "kind": "sham", "shows": _SHOWS}
    sequence = [["sham", "assisted"], ["assisted", "sham"]]
    document = _in_sequences(count, [_ASSISTED, sham], [sequence], ("sham", "assisted"))
    return document | {"debriefing": _DEBRIEFING}


def _what_is_shown() -> list[Document]:
    """Three arms: nothing, the map alone, the map with its labels."""
    return [
        _UNAIDED,
        {"name": "map-only", "kind": "assisted", "shows": ["map"]},
        _ASSISTED,
    ]


def williams(arms: Sequence[str]) -> list[list[list[str]]]:
    """Sequences in which every arm stands in every place, and follows every other arm, equally often.

    One square for an even number of arms, two (the second reversed) for an odd one.
    """
    count = len(arms)
    first = [(place + 1) // 2 if place % 2 else (count - place // 2) % count for place in range(count)]
    square = [[(column + shift) % count for column in first] for shift in range(count)]
    rows = square if count % 2 == 0 else square + [row[::-1] for row in square]
    return [[[arms[column]] for column in row] for row in rows]


def _williams(count: int) -> Document:
    arms = _what_is_shown()
    sequences = williams([arm["name"] for arm in arms])
    return _in_sequences(count, arms, sequences, ("unaided", "assisted"))


def _fully_crossed(count: int) -> Document:
    arms = _what_is_shown()
    names = [arm["name"] for arm in arms]
    sequence = [names[shift:] + names[:shift] for shift in range(len(names))]
    return _in_sequences(count, arms, [sequence], ("unaided", "assisted"))


def _calibration_first(count: int) -> Document:
    """The paper's 15 calibration cases, then its main experiment."""
    rule = {"cases": 15, "measure": "agreement", "threshold": 0.8, "attempts": 2}
    return {**_paper(count), "calibration": rule}


def _split_plot(count: int) -> Document:
    """Readers 1, 2, 5, 6, … read one half of the cases, the others the other half, in either sequence."""
    document = _crossover(count)
    for reader in document["readers"]:
        reader["block"] = (reader["index"] - 1) // 2 % 2 + 1
    block = {reader["index"]: reader["block"] for reader in document["readers"]}
    document["design"]["case_blocks"] = 2
    document["statistics"]["pairs"] = [
        list(pair) for pair in combinations(block, 2) if block[pair[0]] == block[pair[1]]
    ]
    return document


TEMPLATES: dict[str, Template] = {
    PAPER: Template(
        "Paper (Gao 2022)",
        "Reader 1 is the baseline and reads once, unaided. The others read unaided and, after the washout, "
        "again with the Modic map.",
        readers=3,
        least=2,
        build=_paper,
    ),
    "calibration-main": Template(
        "Calibration, then the main study",
        "Every reader goes through 15 calibration cases with an expert's answers, sees after each how it "
        "compares, and passes; then the paper's experiment follows. Calibration stays outside the analysis.",
        readers=3,
        least=2,
        build=_calibration_first,
    ),
    "crossover": Template(
        "AB/BA crossover",
        "Every reader reads all cases twice; one half of the readers begins unaided, the other with the map.",
        readers=4,
        least=2,
        build=_crossover,
    ),
    "half-and-half": Template(
        "Half and half, swapped",
        "In each period a reader reads one half of the cases unaided and the other with the map; the next "
        "period swaps the halves, which are drawn anew for each reader.",
        readers=3,
        least=2,
        build=_half_and_half,
    ),
    "second-read": Template(
        "Sequential second read",
        "One period. The server locks an unaided answer for each case, then shows the map and takes a second "
        "answer; both are kept as linked reads.",
        readers=3,
        least=2,
        build=_second_read,
    ),
    "on-demand": Template(
        "Map on demand, crossover",
        "Every reader reads all cases twice, once unaided and once with a map that appears only when asked "
        "for; when and how often is recorded.",
        readers=4,
        least=2,
        build=_on_demand,
    ),
    "sham": Template(
        "Sham AI",
        "Every reader reads all cases twice with a map: once the true one, once a sham with as many lesions "
        "of like sizes and types on other endplates. Readers can't tell which, and are debriefed at the end.",
        readers=3,
        least=2,
        build=_sham,
    ),
    "intra-rater": Template(
        "Intra-rater repeat",
        "Every reader reads all cases twice, unaided: how well readers agree with themselves.",
        readers=2,
        least=2,
        build=_intra_rater,
    ),
    "fully-crossed": Template(
        "Fully crossed, three arms",
        "Unaided, map alone, map with labels: every reader reads every case in every arm. Each period holds "
        "all arms, a third of the cases in each, so that arm and period can't be confused.",
        readers=3,
        least=2,
        build=_fully_crossed,
    ),
    "williams": Template(
        "Williams design, three arms",
        "Unaided, map alone, map with labels, one arm per period, in six sequences in which every arm "
        "follows every other equally often.",
        readers=6,
        least=2,
        build=_williams,
    ),
    "split-plot": Template(
        "Split-plot crossover",
        "Cases are split into two blocks; each pair of readers reads one block in both arms, in opposite "
        "order. Fewer reads per reader for the same number of cases.",
        readers=4,
        least=4,
        build=_split_plot,
    ),
}
"""By the key that a protocol names as its template."""
