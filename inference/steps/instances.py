"""Step 2, continued: from body probabilities to one number per body, counted from the lowest upwards.

The paper takes six-connected components in 3-D (`six_connected`, kept as the reference). On real exams these
merge bodies that touch at a corner or through thick slices, so the default links compact pieces from slice
to slice and keeps the heaviest chain from the sacrum upwards (`chained`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, spatial

from inference.steps.windows import opened, window

Numbers = NDArray[np.int16]
Spacing = tuple[float, float, float]

LIKELY = 0.5
"""Probability from which a voxel may belong to a body."""
CORES = ((0.8, 3.0), (0.9, 4.0), (0.95, 5.0))
"""(probability, opening radius in mm) of the cores, tried in turn until a piece is compact."""
PIECE_MM2 = (120.0, 2200.0)
SOLID = 0.88
LONGEST_MM = 64.0
"""A piece's largest area, its share of its convex hull, and its longest diameter: one body, not two."""
SAME_BODY = 0.35
WITHIN = 0.7
"""A piece that lies so far within a body's section on the next slice is a section of that body."""
STEP_MM = (16.0, 62.0)
REACH_MM = 6.0
LATERAL_SHARE = 0.4
LATERAL_SOLID = 0.8
"""A body's outermost section must cover this much of the next one, and fill this share of its hull."""


@dataclass(frozen=True)
class Piece:
    """A compact part of one slice: its pixels (flat indices into the slice) and area."""

    slice: int
    pixels: NDArray[np.int64]
    mm2: float


@dataclass(frozen=True)
class Track:
    """Pieces of neighbouring slices that belong to one body. centre: (slice, row, column) in mm."""

    pieces: tuple[Piece, ...]
    centre: NDArray[np.float64]
    weight: float


def six_connected(
    probability: NDArray[np.float32], spacing_mm: Spacing, least_mm3: float = 2000.0
) -> Numbers:
    """The paper's instances: six-connected components of probability >= 0.5, of at least `least_mm3`."""
    components, count = ndimage.label(probability >= LIKELY)
    sizes = np.bincount(components.ravel(), minlength=count + 1) * float(np.prod(spacing_mm))
    kept = [number for number in range(1, count + 1) if sizes[number] >= least_mm3]
    rows = ndimage.center_of_mass(components > 0, components, kept) if kept else []
    order = sorted(zip(kept, rows, strict=True), key=lambda entry: -float(entry[1][1]))
    table = np.zeros(count + 1, np.int16)
    for number, (component, _) in enumerate(order, 1):
        table[component] = number
    return np.asarray(table[components])


def chained(probability: NDArray[np.float32], spacing_mm: Spacing) -> Numbers:
    """Instances of bodies [slices, rows, columns], 1 = lowest, of the any-body probability, upright.

    Per slice, cores of high probability are opened and kept if compact; cores of neighbouring slices are one
    body when each is the other's best overlap (IoU > 0.35); of these bodies the heaviest upward path stays,
    and takes smaller sections that lie within a body of the next slice.
    Voxels of probability >= 0.5 then go to the nearest core of their slice within 6 mm.
    """
    pieces = [find_pieces(plane, number, spacing_mm[1:]) for number, plane in enumerate(probability)]
    tracks = link(pieces, probability, spacing_mm)
    cores = np.zeros(probability.shape, np.int16)
    chain = heaviest_path(tracks)
    others = [track for index, track in enumerate(tracks) if index not in chain]
    for number, track in enumerate([*(tracks[index] for index in chain), *others], 1):
        for piece in track.pieces:
            cores[piece.slice].flat[piece.pixels] = number
    _take_sections(cores, [piece for track in others for piece in track.pieces], len(chain))
    grown = _grow(cores, probability, spacing_mm)
    grown = _grow(_extend(grown, cores, probability, spacing_mm), probability, spacing_mm)
    grown[grown > len(chain)] = 0
    return _without_ragged_ends(_tidy(grown), spacing_mm[1:])


def find_pieces(plane: NDArray[np.float32], number: int, spacing_mm: tuple[float, float]) -> list[Piece]:
    """Compact cores of one slice of probabilities; what is not compact is cut more strictly, then dropped."""
    return _pieces(np.ones(plane.shape, bool), plane, number, spacing_mm, 0)


def _pieces(
    within: NDArray[np.bool_],
    plane: NDArray[np.float32],
    number: int,
    spacing_mm: tuple[float, float],
    strictness: int,
) -> list[Piece]:
    threshold, radius = CORES[strictness]
    core = opened(within & (plane >= threshold), _disk(radius, spacing_mm))
    labels, _ = ndimage.label(core, np.ones((3, 3)))
    pixel_mm2 = spacing_mm[0] * spacing_mm[1]
    found: list[Piece] = []
    for label, box in enumerate(ndimage.find_objects(labels), 1):
        mask = labels[box] == label
        area = float(mask.sum()) * pixel_mm2
        if area < PIECE_MM2[0]:
            continue
        if area <= PIECE_MM2[1] and _is_compact(mask, spacing_mm):
            rows, columns = np.nonzero(mask)
            flat = (rows + box[0].start) * plane.shape[1] + columns + box[1].start
            found.append(Piece(number, flat, area))
        elif strictness + 1 < len(CORES):
            found += _pieces(labels == label, plane, number, spacing_mm, strictness + 1)
    return found


def link(pieces: list[list[Piece]], probability: NDArray[np.float32], spacing_mm: Spacing) -> list[Track]:
    """Join pieces of neighbouring slices by mutual best overlap, and across one missing slice."""
    flat = [piece for of_slice in pieces for piece in of_slice]
    position = {id(piece): index for index, piece in enumerate(flat)}
    group = list(range(len(flat)))

    def root(index: int) -> int:
        while group[index] != index:
            index = group[index]
        return index

    has_next: set[int] = set()
    has_previous: set[int] = set()
    for gap in (1, 2):
        for below, above in zip(pieces, pieces[gap:], strict=False):
            for a, b in _mutual_best(below, above):
                first, second = position[id(a)], position[id(b)]
                if gap == 1 or (first not in has_next and second not in has_previous):
                    group[root(second)] = root(first)
                    has_next.add(first)
                    has_previous.add(second)
    tracks = []
    for leader in sorted({root(index) for index in range(len(flat))}):
        members = tuple(flat[index] for index in range(len(flat)) if root(index) == leader)
        tracks.append(_track(members, probability, spacing_mm))
    return _join_split(tracks, probability, spacing_mm)


def heaviest_path(tracks: list[Track]) -> list[int]:
    """Indices of the tracks on the heaviest upward path, lowest first.

    A step goes 16 to 62 mm and more up than sideways; a step far from the usual 36 mm costs a little.
    """
    order = sorted(range(len(tracks)), key=lambda index: -float(tracks[index].centre[1]))
    best: dict[int, tuple[float, int | None]] = {}
    for index in order:
        best[index] = (tracks[index].weight, None)
        for below in order[: order.index(index)]:
            step = tracks[below].centre - tracks[index].centre
            length = float(np.linalg.norm(step[1:]))
            if (
                not STEP_MM[0] <= length <= STEP_MM[1]
                or step[1] < 0.5 * length
                or abs(step[0]) > 0.8 * length
            ):
                continue
            cost = 0.04 * max(0.0, abs(length - 36.0) - 8.0)
            candidate = best[below][0] + tracks[index].weight - cost
            if candidate > best[index][0]:
                best[index] = (candidate, below)
    if not best:
        return []
    path: list[int] = []
    at: int | None = max(best, key=lambda index: best[index][0])
    while at is not None:
        path.append(at)
        at = best[at][1]
    return path[::-1]


def from_body(numbers: Numbers, first: int) -> Numbers:
    """Without the bodies below number `first`, which becomes 1."""
    return np.where(numbers >= first, numbers - (first - 1), 0).astype(np.int16)


def centres(numbers: Numbers) -> dict[int, NDArray[np.float64]]:
    """Centre of every body as (slice, row, column) in voxels."""
    return {
        number: (np.argwhere(numbers[box] == number) + [side.start for side in box]).mean(axis=0)
        for number, box in enumerate(ndimage.find_objects(numbers.astype(np.int32)), 1)
        if box is not None
    }


def centres_mm(numbers: Numbers, spacing_mm: Spacing) -> dict[int, NDArray[np.float64]]:
    """Centre of every body as (slice, row, column) in mm from the first voxel."""
    return {number: centre * spacing_mm for number, centre in centres(numbers).items()}


def _mutual_best(below: list[Piece], above: list[Piece]) -> list[tuple[Piece, Piece]]:
    if not below or not above:
        return []
    overlap = np.array([[_iou(a, b) for b in above] for a in below])
    pairs = []
    for i, j in enumerate(overlap.argmax(axis=1)):
        if overlap[i, j] > SAME_BODY and overlap[:, j].argmax() == i:
            pairs.append((below[i], above[int(j)]))
    return pairs


def _iou(a: Piece, b: Piece) -> float:
    common = len(np.intersect1d(a.pixels, b.pixels, assume_unique=True))
    return common / (len(a.pixels) + len(b.pixels) - common)


def _track(pieces: tuple[Piece, ...], probability: NDArray[np.float32], spacing_mm: Spacing) -> Track:
    width = probability.shape[2]
    index = np.concatenate(
        [
            np.stack([np.full(len(p.pixels), p.slice), p.pixels // width, p.pixels % width], axis=1)
            for p in pieces
        ]
    )
    mean = float(probability[tuple(index.T)].mean())
    cm3 = sum(piece.mm2 for piece in pieces) * spacing_mm[0] / 1000.0
    return Track(pieces, index.mean(axis=0) * spacing_mm, min(cm3, 40.0) * mean)


def _join_split(tracks: list[Track], probability: NDArray[np.float32], spacing_mm: Spacing) -> list[Track]:
    """Join tracks that lie behind one another and share no slice: one body seen in two parts."""

    def shadow(track: Track) -> Piece:
        pixels = np.unique(np.concatenate([piece.pixels for piece in track.pieces]))
        return Piece(0, pixels, 0.0)

    joined = True
    while joined:
        joined, shadows = False, [shadow(track) for track in tracks]
        for i, first in enumerate(tracks):
            for j in range(i + 1, len(tracks)):
                apart = {p.slice for p in first.pieces}.isdisjoint(p.slice for p in tracks[j].pieces)
                if apart and _iou(shadows[i], shadows[j]) > 0.5:
                    both = first.pieces + tracks[j].pieces
                    rest = [track for n, track in enumerate(tracks) if n not in (i, j)]
                    tracks = [*rest, _track(both, probability, spacing_mm)]
                    joined = True
                    break
            if joined:
                break
    return tracks


def _take_sections(cores: Numbers, strays: list[Piece], chain: int) -> None:
    """Give stray pieces the number (1 to `chain`) of the body that the next slice shows where they lie.

    A body's outermost sections are too small to overlap the next one by IoU. A body takes one piece a slice.
    """
    left, before = strays, len(strays) + 1
    while len(left) < before:
        waiting, before, left = left, len(left), []
        for piece in waiting:
            number = _body_beside(cores, piece, chain)
            if number and not (cores[piece.slice] == number).any():
                cores[piece.slice].flat[piece.pixels] = number
            else:
                left.append(piece)


def _body_beside(cores: Numbers, piece: Piece, chain: int) -> int:
    """The body of the chain that covers most of a piece's place on a neighbouring slice, 0 for none."""
    for beside in (piece.slice - 1, piece.slice + 1):
        if 0 <= beside < len(cores):
            under = cores[beside].flat[piece.pixels]
            shares = np.bincount(under[under <= chain], minlength=chain + 1) / len(piece.pixels)
            number = 1 + int(shares[1:].argmax())
            if shares[number] >= WITHIN:
                return number
    return 0


def _grow(cores: Numbers, probability: NDArray[np.float32], spacing_mm: Spacing) -> Numbers:
    grown = np.zeros(cores.shape, np.int16)
    margin = int(REACH_MM / min(spacing_mm[1:])) + 1
    for index in range(len(cores)):
        if cores[index].any():
            box = window(cores[index] > 0, margin)
            core = cores[index][box]
            distance, nearest = ndimage.distance_transform_edt(
                core == 0, sampling=spacing_mm[1:], return_indices=True
            )
            near = (probability[index][box] >= LIKELY) & (distance <= REACH_MM)
            grown[index][box] = np.where(near | (core > 0), core[tuple(nearest)], 0)
    return grown


def _extend(grown: Numbers, cores: Numbers, probability: NDArray[np.float32], spacing_mm: Spacing) -> Numbers:
    """Cores for the slice beside a body's last one: where its shape and the probability still agree."""
    extended = cores.copy()
    least = PIECE_MM2[0] / (spacing_mm[1] * spacing_mm[2])
    shown, cored = ([set(np.unique(plane)) for plane in stack] for stack in (grown, cores))
    for here, there in [*pairwise(range(len(cores))), *pairwise(range(len(cores) - 1, -1, -1))]:
        for number in shown[here] - cored[there] - {0}:
            shared = (grown[here] == number) & (probability[there] >= LIKELY) & (extended[there] == 0)
            shared = opened(shared, _disk(2.0, spacing_mm[1:]))
            if shared.sum() >= max(least, LATERAL_SHARE * (grown[here] == number).sum()):
                extended[there][shared] = number
    return extended


def _tidy(numbers: Numbers) -> Numbers:
    """Per slice and body: the largest connected part, without holes."""
    tidy = np.zeros_like(numbers)
    for index, whole_plane in enumerate(numbers):
        for number, box in enumerate(ndimage.find_objects(whole_plane.astype(np.int32)), 1):
            if box is None:
                continue
            plane = whole_plane[box]
            parts, _ = ndimage.label(plane == number)
            part = parts == int(np.bincount(parts.ravel())[1:].argmax()) + 1
            whole = ndimage.binary_fill_holes(part)
            tidy[index][box][whole & ((plane == number) | (plane == 0))] = number
    return tidy


def _disk(radius_mm: float, spacing_mm: tuple[float, float]) -> NDArray[np.bool_]:
    reach = [max(1, int(radius_mm / mm)) for mm in spacing_mm]
    y, x = np.mgrid[-reach[0] : reach[0] + 1, -reach[1] : reach[1] + 1]
    return np.asarray((y * spacing_mm[0]) ** 2 + (x * spacing_mm[1]) ** 2 <= radius_mm**2 + 1e-9)


def _without_ragged_ends(numbers: Numbers, spacing_mm: tuple[float, float]) -> Numbers:
    """Outermost sections that are no compact piece are partial volume of a pedicle or rib: taken away."""
    for number in np.unique(numbers[numbers > 0]):
        held = np.flatnonzero((numbers == number).any(axis=(1, 2)))
        for index in (held[0], held[-1]) if len(held) > 2 else ():
            rows, columns = np.nonzero(numbers[index] == number)
            around = numbers[index][rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
            if _solidity(around == number, spacing_mm)[0] < LATERAL_SOLID:
                around[around == number] = 0
    return numbers


def _is_compact(mask: NDArray[np.bool_], spacing_mm: tuple[float, float]) -> bool:
    """Whether a mask nearly fills its convex hull and is no longer than one body."""
    solidity, longest = _solidity(mask, spacing_mm)
    return solidity >= SOLID and longest <= LONGEST_MM


def _solidity(mask: NDArray[np.bool_], spacing_mm: tuple[float, float]) -> tuple[float, float]:
    """Share that a mask fills of the convex hull of its pixels' corners, and that hull's longest diameter."""
    rows, columns = np.nonzero(mask & ~ndimage.binary_erosion(mask))
    corners = [np.stack([rows + a, columns + b], axis=1) for a in (-0.5, 0.5) for b in (-0.5, 0.5)]
    hull = spatial.ConvexHull(np.concatenate(corners) * spacing_mm)
    longest = float(spatial.distance.pdist(hull.points[hull.vertices]).max())
    return float(mask.sum()) * spacing_mm[0] * spacing_mm[1] / float(hull.volume), longest


METHODS: dict[str, Callable[[NDArray[np.float32], Spacing], Numbers]] = {
    "chained": chained,
    "six_connected": six_connected,
}
