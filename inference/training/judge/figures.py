"""The paper's figures over judged exams, each with its interval by patient."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.metrics import roc_auc_score

from annotations.agreement.accuracy import binary_accuracy
from annotations.agreement.result import Result
from annotations.agreement.volumes import bland_altman, pearson
from annotations.vocabulary import Level, ModicType
from inference.training.judge.compare import BodyPair, Compared, HalfPair

TYPES = (ModicType.TYPE_1, ModicType.TYPE_2, ModicType.TYPE_3)
ANY = "any type"
MEASURES = ("sensitivity", "specificity", "accuracy", "kappa")
CLUSTER = "patients"

Told = Callable[[HalfPair], tuple[bool, bool]]
"""A half -> (marked, found)."""


def figures(exams: Sequence[Compared]) -> dict[str, Any]:
    """All figures as JSON types. Raises ValueError without exams."""
    if not exams:
        raise ValueError("no exam is left to judge")
    bodies = [(exam, body) for exam in exams for body in exam.bodies]
    named = [body.named for _, body in bodies if body.named is not None]
    marked = sum(exam.marked for exam in exams)
    found = sum(exam.found for exam in exams)
    return {
        "exams": len(exams),
        "patients": len({exam.patient for exam in exams}),
        "bodies": {
            "dice": mean_by_patient(_of_patient(exams, lambda exam: [b.dice for b in exam.bodies])).to_json(),
            "dice_sd": float(np.std([np.mean([b.dice for b in exam.bodies]) for exam in exams])),
            "dice_by_level": _by_level(bodies),
            "missed": sum(body.dice == 0 for _, body in bodies),
            "bodies": len(bodies),
            "named": len(named),
            "named_right": sum(named),
        },
        "volumes": volumes(bodies),
        "voxels": {
            "dice": 2.0 * sum(exam.overlap for exam in exams) / max(marked + found, 1),
            "marked": marked,
            "found": found,
        },
        "any_voxel": {name: _accuracy(exams, told) for name, told in _any_voxel().items()},
        "suggestion": {name: _accuracy(exams, told) for name, told in _suggested().items()},
        "auc": _auc(exams),
        "prevalence": prevalence(exams),
    }


def volumes(bodies: Sequence[tuple[Compared, BodyPair]]) -> dict[str, Any]:
    """Found against marked volumes in cm³: Bland and Altman's limits by patient, Pearson's correlation."""
    found, marked = ([getattr(b, name) for _, b in bodies] for name in ("found_cm3", "marked_cm3"))
    limits = bland_altman(found, marked, clusters=[exam.patient for exam, _ in bodies])
    mean = float(np.mean(marked))
    return {
        "limits": limits.to_json(),
        "bias_share": None if limits.estimate is None else limits.estimate / mean,
        "correlation": pearson(found, marked).to_json(),
        "mean_marked_cm3": mean,
    }


def mean_by_patient(values: Mapping[str, Sequence[float]]) -> Result:
    """Mean over patients of their own means, with Student's interval."""
    own = [float(np.mean(found)) for found in values.values()]
    if len(own) < 2:
        estimate = own[0] if own else None
        return Result(estimate=estimate, n_clusters=len(own), reason="fewer than two patients")
    se = float(np.std(own, ddof=1) / np.sqrt(len(own)))
    reach, mean = float(stats.t.ppf(0.975, len(own) - 1)) * se, float(np.mean(own))
    return Result(mean, se, mean - reach, mean + reach, 0.95, "t over patients", n_clusters=len(own))


def prevalence(exams: Sequence[Compared]) -> list[dict[str, Any]]:
    """Share of halves by level and type, marked and found (any-voxel); a row each level and one of all."""
    halves = [half for exam in exams for half in exam.halves]
    rows = []
    for name in (*Level, None):
        own = [half for half in halves if name is None or half.level is name]
        if own:
            row: dict[str, Any] = {"level": name.value if name else "all", "halves": len(own)}
            for side in ("marked", "found"):
                row[side] = {ANY: float(np.mean([bool(getattr(half, side)) for half in own]))} | {
                    str(int(kind)): float(np.mean([kind in getattr(half, side) for half in own]))
                    for kind in TYPES
                }
            rows.append(row)
    return rows


def _any_voxel() -> dict[str, Told]:
    def has(kind: ModicType) -> Told:
        return lambda half: (kind in half.marked, kind in half.found)

    return {ANY: lambda half: (bool(half.marked), bool(half.found))} | {
        f"type {int(kind)}": has(kind) for kind in TYPES
    }


def _suggested() -> dict[str, Told]:
    def has(kind: ModicType) -> Told:
        return lambda half: (half.marked_suggestion is kind, half.found_suggestion is kind)

    return {ANY: lambda half: (bool(half.marked_suggestion), bool(half.found_suggestion))} | {
        f"type {int(kind)}": has(kind) for kind in TYPES
    }


def _accuracy(exams: Sequence[Compared], told: Told) -> dict[str, Any]:
    """Sensitivity, specificity, accuracy and kappa over halves, the patient as the cluster."""
    tables: dict[str, NDArray[np.int64]] = {}
    for exam in exams:
        table = tables.setdefault(exam.patient, np.zeros((2, 2), np.int64))
        for half in exam.halves:
            marked, found = told(half)
            table[int(marked), int(found)] += 1
    made = binary_accuracy(np.stack(list(tables.values())))
    counts = np.sum(list(tables.values()), axis=0)
    return {name: made[name]["clustered"].to_json() for name in MEASURES} | {"counts": counts.tolist()}


def _auc(exams: Sequence[Compared]) -> float | None:
    """Of the probability for any marked change, over halves; None where all are alike."""
    halves = [half for exam in exams for half in exam.halves]
    truth = [bool(half.marked) for half in halves]
    return float(roc_auc_score(truth, [h.probability for h in halves])) if len(set(truth)) == 2 else None


def _by_level(bodies: Iterable[tuple[Compared, BodyPair]]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for _, body in bodies:
        found.setdefault(body.level.value if body.level else "above", []).append(round(body.dice, 4))
    return found


def _of_patient(
    exams: Sequence[Compared], told: Callable[[Compared], Sequence[float]]
) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for exam in exams:
        found.setdefault(exam.patient, []).extend(told(exam))
    return found
