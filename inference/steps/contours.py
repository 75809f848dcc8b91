"""Outlines of voxel regions as closed polygons on pixel edges: exact, and filled by the even-odd rule."""

import numpy as np
from numpy.typing import NDArray

Ring = list[list[float]]
_Corner = tuple[int, int]


def rings(mask: NDArray[np.bool_]) -> list[Ring]:
    """Boundary of a mask [rows, columns] as rings of [column, row] in pixel coordinates.

    Pixel centres are whole numbers, so corners lie at halves. A ring ends where it began (the first point is
    not repeated) and has no point in the middle of a straight side. Holes are rings of their own. Where two
    pixels touch at a corner only, they are kept apart.
    """
    follow = _edges(mask)
    found: list[Ring] = []
    while follow:
        start = min(follow)
        path, at, came = [start], start, (0, 0)
        while True:
            here = _turn(follow, at, came)
            came = (here[0] - at[0], here[1] - at[1])
            at = here
            if at == start:
                break
            path.append(at)
        found.append([[column - 0.5, row - 0.5] for row, column in _corners_only(path)])
    return found


def _edges(mask: NDArray[np.bool_]) -> dict[_Corner, list[_Corner]]:
    """Directed edges between pixel corners (row, column), with the region to the right of each."""
    wide = np.pad(mask, 1)
    follow: dict[_Corner, list[_Corner]] = {}

    def add(starts: NDArray[np.intp], step: _Corner, offset: _Corner) -> None:
        for row, column in starts.tolist():
            begin = (row + offset[0], column + offset[1])
            follow.setdefault(begin, []).append((begin[0] + step[0], begin[1] + step[1]))

    inner = wide[1:-1, 1:-1]
    add(np.argwhere(inner & ~wide[:-2, 1:-1]), (0, 1), (0, 0))
    add(np.argwhere(inner & ~wide[1:-1, 2:]), (1, 0), (0, 1))
    add(np.argwhere(inner & ~wide[2:, 1:-1]), (0, -1), (1, 1))
    add(np.argwhere(inner & ~wide[1:-1, :-2]), (-1, 0), (1, 0))
    return follow


def _turn(follow: dict[_Corner, list[_Corner]], at: _Corner, came: _Corner) -> _Corner:
    """The next corner (taken out of `follow`): at a crossing the right turn, which stays with one pixel."""
    choices = follow[at]
    if len(choices) > 1 and came != (0, 0):
        right = (at[0] + came[1], at[1] - came[0])
        taken = right if right in choices else choices[0]
    else:
        taken = choices[0]
    choices.remove(taken)
    if not choices:
        del follow[at]
    return taken


def _corners_only(path: list[_Corner]) -> list[_Corner]:
    count = len(path)
    return [path[i] for i in range(count) if not _straight(path[i - 1], path[i], path[(i + 1) % count])]


def _straight(before: _Corner, at: _Corner, after: _Corner) -> bool:
    return (before[0] == at[0] == after[0]) or (before[1] == at[1] == after[1])


def map_slices(modic: NDArray[np.uint8]) -> list[dict[str, object]]:
    """[{"instance": slice, "regions": [{"type", "rings"}]}] of a Modic map; empty slices left out."""
    slices: list[dict[str, object]] = []
    for index, plane in enumerate(modic):
        regions = [
            {"type": kind, "rings": rings(plane == kind)} for kind in (1, 2, 3) if (plane == kind).any()
        ]
        if regions:
            slices.append({"instance": index, "regions": regions})
    return slices
