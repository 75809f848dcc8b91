"""A frozen result as one document of words and tables, from which page and PDF are both made."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from annotations.agreement.verdict import number
from readerstudy.reports.dataset import SYNTHETIC
from readerstudy.reports.tables import Table, name, tables, with_interval

Result = Mapping[str, Any]


@dataclass(frozen=True)
class Picture:
    """A figure by name, with the words for those who cannot see it."""

    name: str
    title: str
    alternative: str


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
    methods: tuple[str, ...]
    limits: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """As plain values, for the typesetter."""
        return asdict(self)


def present(result: Result) -> Document:
    """The document of a frozen result."""
    agreement, lock = result["agreement"], result["lock"]
    return Document(
        title=result["study"]["name"],
        subtitle=f"Lock {lock['number']}, signed by {lock['signed_by']} at {lock['signed_at']}",
        banner=SYNTHETIC if result["synthetic"] else "",
        notice=agreement["notice"],
        verdict=agreement["verdict"],
        verdicts=tuple(pair["verdict"]["text"] for pair in agreement["pairs"]),
        warnings=(*_of_conduct(result), *_warnings(agreement["pairs"])),
        tables=tuple(table for table in tables(result) if table.rows),
        pictures=_pictures(agreement),
        methods=_methods(agreement),
        limits=tuple(result["limits"]),
        facts=tuple(_facts(result)),
    )


def _pictures(agreement: Result) -> tuple[Picture, ...]:
    first, second = agreement["plan"]["arms"]
    kappas = "; ".join(
        f"{name(pair)} {with_interval(pair['before']['kappa'])} to {with_interval(pair['after']['kappa'])}"
        for pair in agreement["pairs"]
    )
    return (
        Picture(
            "forest",
            f"Kappa of each pair, {first} and {second}, with the change beside it; bars are "
            f"{agreement['plan']['confidence']:.0%} intervals.",
            f"Forest plot of kappa. {kappas}.",
        ),
        Picture(
            "confusion",
            "Grades of both readers of each pair, number of halves; shaded by share of the row.",
            "Tables of counts, one per pair and arm, rows the first reader's grades; the JSON file holds the "
            "same counts.",
        ),
    )


def _of_conduct(result: Result) -> list[str]:
    """What happened on the way that the first page must say."""
    conduct, reason = result["conduct"], result["lock"]["reason"]
    warnings = []
    if conduct["missing"]:
        assigned = sum(slot["assigned"] for slot in conduct["slots"])
        warnings.append(
            f"{conduct['missing']} of {assigned} reads are missing; locked all the same: {reason}"
        )
    asked = max((period["washout_hours"] for period in conduct["periods"]), default=0) / 24
    short = [gap["reader"] for gap in conduct["washout_gaps"] if gap["min_days"] < asked]
    if short:
        warnings.append(f"the washout of {asked:g} days was not kept by {', '.join(short)}")
    return warnings


def _warnings(pairs: Sequence[Result]) -> list[str]:
    said: dict[str, list[str]] = {}
    for pair in pairs:
        for warning in pair["warnings"]:
            said.setdefault(warning, []).append(name(pair))
    return [
        warning if len(names) == len(pairs) > 1 else f"{', '.join(names)}: {warning}"
        for warning, names in said.items()
    ]


def _methods(agreement: Result) -> tuple[str, ...]:
    return (
        f"Primary test: {agreement['primary_test']}.",
        f"Sensitivity analyses: {agreement['sensitivity_analyses']}.",
        f"Level of the tests {agreement['plan']['alpha']:g}, of the intervals "
        f"{agreement['plan']['confidence']:.0%}; fixed category scale; nothing imputed.",
        "References: Cohen 1960; Yang and Zhou 2014; Vanbelle 2017; McNemar 1947; Eliasziw and Donner 1991; "
        "Obuchowski 1998; Durkalski et al. 2003; Yang, Sun and Hardin 2010; Fagerland et al. 2013; Holm "
        "1979; Davison and Hinkley 1997. The experiment follows Gao et al., JOR Spine 2022.",
    )


def _facts(result: Result) -> list[tuple[str, str]]:
    lock, software = result["lock"], result["agreement"]["software"]
    facts = [
        ("Study", f"{result['study']['name']} ({result['study']['id']})"),
        ("Protocol", f"{result['protocol']['title']}, version {result['protocol']['version']}"),
        ("Protocol SHA-256", result["protocol"]["sha256"]),
        ("Lock", f"number {lock['number']}, signed by {lock['signed_by']} at {lock['signed_at']}"),
        ("Meaning of the signature", lock["meaning"]),
    ]
    if lock["reason"]:
        facts.append(("Locked incomplete because", lock["reason"]))
    if lock["demo"]:
        days = lock["clock_offset_s"] / 86400
        facts.append(
            ("Demo installation", f"its clock stood {number(days, 1)} days off the machine's at the lock")
        )
    stand_ins = sum(bool(entry["stand_in_model"]) for entry in result["conduct"]["frozen_maps"])
    if stand_ins:
        facts.append(("Modic maps", f"{stand_ins} were made by a stand-in, not by trained networks"))
    facts += [
        ("Data set SHA-256", result["dataset_sha256"]),
        ("Seed of the reading order", result["study"]["order_seed"] or "none"),
        ("Code", result["code_version"]),
        ("Software", ", ".join(f"{key} {value}" for key, value in sorted(software.items()))),
    ]
    return facts
