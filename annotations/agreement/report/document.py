"""A result as one document of words, tables and pictures, from which page and PDF are both made."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from annotations.agreement.report.cells import Table, Values, pair_name
from annotations.agreement.report.methods import methods
from annotations.agreement.report.pictures.catalogue import Picture, plots
from annotations.agreement.report.tables.further import further_tables
from annotations.agreement.report.tables.pairs import pair_tables
from annotations.agreement.report.tables.readers import reader_tables

LEADING = 2
SYNTHETIC = "SYNTHETIC DATA: cases or readers are made up"
PLANNED = frozenset(
    [
        "agreement",
        "mcnemar",
        "sensitivity",
        "presence",
        "available",
        "grades",
        "left-out",
        "reads",
        "washout",
        "washout-weeks",
        "described",
        "withdrawn",
    ]
)
"""Tables of what the statistics plan names and of what happened; all others are marked exploratory."""
SECTIONS = {
    "across_readers": "Agreement across readers",
    "intra_reader": "Intra-reader agreement",
    "marginal_change": "Use of the grades in both arms",
    "equality_of_kappas": "The pairs' kappas together",
    "strata": "Agreement by level and half",
    "prevalence": "Prevalence",
    "accuracy": "Accuracy against truth",
    "ai_influence": "Influence of the AI",
    "reading_time": "Reading time",
    "volumes": "Agreement of volumes",
}


@dataclass(frozen=True)
class Surroundings:
    """What whoever makes the report adds to the result: words, tables and pictures after its own, facts."""

    title: str
    subtitle: str = ""
    banner: str = ""
    warnings: Sequence[str] = ()
    tables: Sequence[Table] = ()
    pictures: Sequence[Picture] = ()
    limits: Sequence[str] | None = None
    facts: Sequence[tuple[str, str]] = field(default_factory=tuple)


@dataclass(frozen=True)
class Document:
    """Everything a report says, in its order."""

    title: str
    subtitle: str
    banner: str
    notice: str
    verdict: str
    verdicts: tuple[str, ...]
    warnings: tuple[str, ...]
    tables: tuple[Table, ...]
    pictures: tuple[Picture, ...]
    left_out: tuple[tuple[str, str], ...]
    methods: tuple[str, ...]
    limits: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]

    @property
    def planned(self) -> tuple[Table, ...]:
        """Tables after the first that the plan names, and those of what happened."""
        return tuple(table for table in self.tables[1:] if not table.exploratory)

    @property
    def exploratory(self) -> tuple[Table, ...]:
        """Tables beyond the plan."""
        return tuple(table for table in self.tables[1:] if table.exploratory)

    @property
    def leading(self) -> tuple[Picture, ...]:
        """Pictures that belong to the first table."""
        return self.pictures[:LEADING]

    @property
    def further(self) -> tuple[Picture, ...]:
        """All other pictures."""
        return self.pictures[LEADING:]

    def to_json(self) -> dict[str, Any]:
        """As plain values, for the typesetter."""
        parts = {name: getattr(self, name) for name in ("planned", "exploratory", "leading", "further")}
        return asdict(self) | {name: [asdict(one) for one in part] for name, part in parts.items()}


def present(agreement: Values, around: Surroundings) -> Document:
    """The document of a result of `annotations.agreement.analysis`."""
    made = (*pair_tables(agreement), *reader_tables(agreement), *further_tables(agreement), *around.tables)
    return Document(
        title=around.title,
        subtitle=around.subtitle,
        banner=around.banner,
        notice=agreement["notice"],
        verdict=agreement["verdict"],
        verdicts=tuple(pair["verdict"]["text"] for pair in agreement["pairs"]),
        warnings=(*around.warnings, *_warnings(agreement["pairs"])),
        tables=tuple(replace(table, exploratory=table.name not in PLANNED) for table in made if table.rows),
        pictures=(*(plot.picture for plot in plots(agreement).values()), *around.pictures),
        left_out=_left_out(agreement["sections"]),
        methods=methods(agreement),
        limits=tuple(agreement["limits"] if around.limits is None else around.limits),
        facts=tuple(around.facts),
    )


def _left_out(sections: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (words, sections[name]["left_out"])
        for name, words in SECTIONS.items()
        if name in sections and sections[name]["left_out"]
    )


def _warnings(pairs: Sequence[Values]) -> list[str]:
    said: dict[str, list[str]] = {}
    for pair in pairs:
        for warning in pair["warnings"]:
            said.setdefault(warning, []).append(pair_name(pair))
    return [
        warning if len(names) == len(pairs) > 1 else f"{', '.join(names)}: {warning}"
        for warning, names in said.items()
    ]
