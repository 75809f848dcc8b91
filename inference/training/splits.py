"""Who trains and who judges: splits by person, never by picture."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference.networks.versions import newest

SPLIT = "split.json"
RECORD = Path("assets.extra") / "learned_from.json"
SAME_PERSON: tuple[frozenset[str], ...] = (frozenset({"45", "177"}),)
"""SPIDER patients whose pictures look alike: kept together, as if they were one person."""


def person(patient: str) -> str:
    """The name under which a patient is split: one for all numbers of one person."""
    for group in SAME_PERSON:
        if patient in group:
            return min(group, key=int)
    return patient


def split_patients(
    patients: Collection[str], held_out: float, seed: int
) -> tuple[frozenset[str], frozenset[str]]:
    """(to train on, held out) patients; whole persons, a share of about `held_out` of them.

    The same patients and seed give the same split, whatever their order. A person's fate depends on nothing
    but the seed and the own number, so that a person held out in one data set is held out in another; only
    where nobody, or everybody, would be held out does the nearest person change sides.
    """
    if not 0.0 < held_out < 1.0:
        raise ValueError("the share held out must lie between 0 and 1")
    draws = {p: _draw(person(p), seed) for p in patients}
    out = frozenset(p for p in draws if draws[p] < held_out)
    if len(set(draws.values())) > 1 and len(out) in (0, len(draws)):
        nearest = (max if out else min)(draws.values())
        out = out ^ {p for p in draws if draws[p] == nearest}
    return frozenset(draws) - out, out


def refuse_leakage(train: Collection[str], judge: Collection[str]) -> None:
    """Raise ValueError naming the persons that stand on both sides."""
    shared = {person(p) for p in train} & {person(p) for p in judge}
    if shared:
        names: Sequence[str] = sorted(shared)
        raise ValueError(f"in training and in evaluation at once: {', '.join(names)}")


def keep_split(
    folder: Path, train: Collection[str], held_out: Collection[str], start: Path | None = None
) -> None:
    """Add a run's split to `folder`/split.json: whom it has ever learned from stays there.

    start: SavedModel folder that the run begins with; whom those weights learned from is taken over. Raises
    ValueError naming persons whom the run has learned from and who would now judge it.
    """
    stored = _stored(folder)
    refuse_leakage(stored["train"], held_out)
    before = {*stored["inherited"], *(_sealed_in(start / RECORD) if start else ())}
    if known := sorted(p for p in held_out if sealed(p) in before):
        raise ValueError(f"the weights it starts with have learned from those held out: {', '.join(known)}")
    folder.mkdir(parents=True, exist_ok=True)
    split = {
        "train": sorted({*stored["train"], *train}),
        "held_out": sorted(held_out),
        "inherited": sorted(before),
    }
    (folder / SPLIT).write_text(json.dumps(split, indent=1) + "\n")


def sealed(patient: str) -> str:
    """SHA-256 of a patient's person: what is kept beside weights, which travel."""
    return hashlib.sha256(person(patient).encode()).hexdigest()


def keep_record(folder: Path, version: Path) -> None:
    """Write beside an exported version whom the run in `folder` has learned from, if that is on record."""
    if not (folder / SPLIT).is_file():
        return
    stored = _stored(folder)
    _write_record({*stored["inherited"], *(sealed(p) for p in stored["train"])}, version)


def join_records(versions: Collection[Path], joined: Path) -> None:
    """Write beside a mean of exported versions whom they have learned from; nothing if one doesn't tell."""
    if all((version / RECORD).is_file() for version in versions):
        _write_record(frozenset().union(*(_sealed_in(version / RECORD) for version in versions)), joined)


@dataclass(frozen=True)
class Learned:
    """Everyone from whom networks, or their centroids, have learned. records: how many tell of it."""

    persons: frozenset[str]
    records: int

    def __contains__(self, patient: str) -> bool:
        return sealed(patient) in self.persons


def learned(runs: Path | None, weights: Path | None = None) -> Learned:
    """What the runs of both networks, and the records beside their newest exports, tell of it."""
    found: list[frozenset[str]] = []
    for model in ("localize", "detect"):
        if runs and (runs / model / SPLIT).is_file():
            stored = _stored(runs / model)
            found.append(frozenset({*stored["inherited"], *(sealed(p) for p in stored["train"])}))
        if weights and (path := newest(weights / model) / RECORD).is_file():
            found.append(_sealed_in(path))
    if weights and (path := weights / "detect" / "centroids.json").is_file():
        found.append(_sealed_in(path))
    return Learned(frozenset[str]().union(*found), len([one for one in found if one]))


def _write_record(persons: Collection[str], version: Path) -> None:
    (version / RECORD).parent.mkdir(parents=True, exist_ok=True)
    (version / RECORD).write_text(json.dumps({"persons_sha256": sorted(persons)}, indent=1) + "\n")


def _stored(folder: Path) -> dict[str, list[str]]:
    path = folder / SPLIT
    known = json.loads(path.read_text()) if path.is_file() else {}
    return {key: list(known.get(key, ())) for key in ("train", "held_out", "inherited")}


def _sealed_in(path: Path) -> frozenset[str]:
    return frozenset(json.loads(path.read_text()).get("persons_sha256", ()) if path.is_file() else ())


def _draw(name: str, seed: int) -> float:
    return float(np.random.default_rng([seed, *name.encode()]).random())
