"""What the model's answer did: changes towards and away from truth, split by whether the model was right.

References: Gao et al., JOR Spine 2022 (design); Dratsch et al., Radiology 2023;307:e222176 (automation bias).
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotations.agreement.mcnemar import clustered_mcnemar, mcnemar
from annotations.agreement.proportions import proportion_difference
from annotations.agreement.ratings import cluster_positions
from annotations.agreement.result import Result
from annotations.agreement.table import TableError

GROUPS = ("all", "model right", "model wrong")


@dataclass(frozen=True)
class Switches:
    """One reader's units before and after seeing the model, counted.

    to_right, to_wrong: wrong before and right after, right before and wrong after. stayed_right,
    stayed_wrong: unchanged as to correctness; changed_still_wrong of the latter gave another wrong grade.
    to_model, from_model: changed to the model's grade, changed away from it. left_out: units without an
    answer, truth or model grade.
    """

    to_right: int
    to_wrong: int
    stayed_right: int
    stayed_wrong: int
    changed_still_wrong: int
    to_model: int
    from_model: int
    left_out: int


def switch_table(
    before: Sequence[Hashable],
    after: Sequence[Hashable],
    truth: Sequence[Hashable],
    model: Sequence[Hashable],
) -> dict[str, Switches]:
    """Switches over all units, where the model was right, and where it was wrong; four sequences (n,).

    None is a missing answer. Raises TableError when lengths differ.
    """
    columns = _columns(before, after, truth, model)
    held = _held(columns)
    left_out = int((~held).sum())
    old, new, gold, told = (column[held] for column in columns)
    model_right = told == gold
    masks = dict(zip(GROUPS, (np.ones_like(model_right), model_right, ~model_right), strict=True))
    return {
        name: _switches(old[mask], new[mask], gold[mask], told[mask], left_out)
        for name, mask in masks.items()
    }


def _columns(*series: Sequence[Hashable]) -> list[NDArray[np.object_]]:
    if len({len(values) for values in series}) != 1:
        raise TableError("Answers, truth and model must have one entry per unit.")
    columns = []
    for values in series:
        column = np.empty(len(values), dtype=object)
        column[:] = list(values)
        columns.append(column)
    return columns


def _held(columns: Sequence[NDArray[np.object_]]) -> NDArray[np.bool_]:
    missing = [[value is None or value != value for value in column] for column in columns]
    held: NDArray[np.bool_] = ~np.any(np.array(missing, dtype=bool), axis=0)
    return held


def _switches(
    old: NDArray[np.object_],
    new: NDArray[np.object_],
    gold: NDArray[np.object_],
    told: NDArray[np.object_],
    left_out: int,
) -> Switches:
    was, now, changed = old == gold, new == gold, old != new
    return Switches(
        to_right=int((~was & now).sum()),
        to_wrong=int((was & ~now).sum()),
        stayed_right=int((was & now).sum()),
        stayed_wrong=int((~was & ~now).sum()),
        changed_still_wrong=int((~was & ~now & changed).sum()),
        to_model=int((changed & (new == told)).sum()),
        from_model=int((changed & (old == told)).sum()),
        left_out=left_out,
    )


def influence_split(
    before: Sequence[Hashable],
    after: Sequence[Hashable],
    truth: Sequence[Hashable],
    model: Sequence[Hashable],
    clusters: Sequence[Hashable],
    confidence: float = 0.95,
) -> dict[str, Mapping[str, Result]]:
    """Change of the share of right answers, over all units and by whether the model was right.

    Each group holds "change" (after - before, t(K-1) over clusters), the plain McNemar tests by name, and the
    clustered ones. Raises TableError when lengths differ.
    """
    columns = _columns(before, after, truth, model)
    positions = cluster_positions(clusters, len(columns[0]))
    assert positions is not None
    held = _held(columns)
    old, new, gold, told = (column[held] for column in columns)
    groups, right = positions[held], told == gold
    masks = dict(zip(GROUPS, (np.ones_like(right), right, ~right), strict=True))
    return {
        name: _change((old == gold)[mask], (new == gold)[mask], groups[mask], confidence)
        for name, mask in masks.items()
    }


def _change(
    was: NDArray[np.bool_], now: NDArray[np.bool_], groups: NDArray[np.int64], confidence: float
) -> dict[str, Result]:
    n_groups = int(groups.max()) + 1 if len(groups) else 0
    kind = np.select([was & now, was, now], [0, 1, 2], 3).astype(np.int64)
    abcd = np.bincount(groups * 4 + kind, minlength=n_groups * 4).reshape(n_groups, 4)
    size, b, c = abcd.sum(axis=1), int(abcd[:, 1].sum()), int(abcd[:, 2].sum())
    change = proportion_difference(
        abcd[:, [0, 2]].sum(axis=1), size, abcd[:, :2].sum(axis=1), size, confidence
    )
    return {"change": change} | mcnemar(b, c) | clustered_mcnemar(abcd)
