"""Who trains and who judges: splits by person, never by picture."""

import json
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

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


def keep_split(folder: Path, train: Collection[str], held_out: Collection[str]) -> None:
    """Write a run's split to `folder`/split.json, or hold it against the one that is there.

    Raises ValueError naming persons whom the run has learned from and who would now judge it.
    """
    stored = folder / "split.json"
    if stored.exists():
        refuse_leakage(json.loads(stored.read_text())["train"], held_out)
    folder.mkdir(parents=True, exist_ok=True)
    split = {"train": sorted(train), "held_out": sorted(held_out)}
    stored.write_text(json.dumps(split, indent=1) + "\n")


def learned_from(folder: Path) -> frozenset[str]:
    """The patients a run has learned from; none where it left no record."""
    stored = folder / "split.json"
    return frozenset(json.loads(stored.read_text())["train"]) if stored.exists() else frozenset()


def learned_persons(runs: Path) -> frozenset[str]:
    """Everyone from whom a run of either network in `runs` has learned."""
    return frozenset(person(p) for model in ("localize", "detect") for p in learned_from(runs / model))


def _draw(name: str, seed: int) -> float:
    return float(np.random.default_rng([seed, *name.encode()]).random())
