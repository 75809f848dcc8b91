"""Who trains and who judges: splits by person, never by picture."""

from collections.abc import Collection, Sequence

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
    but the seed and the own number, so that a person held out in one data set is held out in another.
    """
    if not 0.0 < held_out < 1.0:
        raise ValueError("the share held out must lie between 0 and 1")
    out = frozenset(p for p in patients if _draw(person(p), seed) < held_out)
    return frozenset(patients) - out, out


def refuse_leakage(train: Collection[str], judge: Collection[str]) -> None:
    """Raise ValueError naming the persons that stand on both sides."""
    shared = {person(p) for p in train} & {person(p) for p in judge}
    if shared:
        names: Sequence[str] = sorted(shared)
        raise ValueError(f"in training and in evaluation at once: {', '.join(names)}")


def _draw(name: str, seed: int) -> float:
    return float(np.random.default_rng([seed, *name.encode()]).random())
