"""Level names on T1 pictures of SPIDER, where the masks of another sequence say which disc is the lowest.

SPIDER labels the lumbar discs down to L5/S1, so the lowest labelled disc of a patient's T2-SPACE slices lies
below L5 (van der Graaf et al., Sci Data 11:264). All pictures of a patient are centred on one point.
"""

import csv
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from annotations.vocabulary import Level
from inference.networks.base import Network
from inference.training.evaluate import bodies_and_names
from inference.training.localize import POOR_MASKS
from inference.training.pairs import PAIR_MM, Pair
from inference.training.pictures import regrid

LEAST_DISC_MM2 = 80.0
DISC = 2


def lowest_discs(folder: Path) -> dict[str, tuple[float, float]]:
    """Patient -> (down, back) in mm from the picture's middle of the lowest disc of the middle slices.

    Patients whose masks can't be trusted are left out.
    """
    with (folder / "manifest.csv").open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    places = {}
    for patient in sorted({row["patient"] for row in rows} - POOR_MASKS, key=int):
        own = sorted((row for row in rows if row["patient"] == patient), key=lambda row: int(row["slice"]))
        quarter = len(own) // 4
        centres = [c for row in own[quarter : len(own) - quarter] for c in _discs(folder, row)]
        if centres:
            places[patient] = max(centres)
    return places


def _discs(folder: Path, row: dict[str, str]) -> list[tuple[float, float]]:
    """Centres of one slice's discs of at least 80 mm², (down, back) in mm from the picture's middle."""
    with Image.open(folder / "masks" / row["file"]) as picture:
        disc = np.asarray(picture) == DISC
    mm = np.array([float(part) for part in row["mm"].split("x")])
    labels, count = ndimage.label(disc)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:] * mm.prod()
    middle = (np.array(disc.shape) - 1) / 2
    kept = [n + 1 for n in np.flatnonzero(sizes >= LEAST_DISC_MM2)]
    found = [(np.argwhere(labels == n).mean(axis=0) - middle) * mm for n in kept]
    return [(float(down), float(back)) for down, back in found]


def l5_is_right(network: Network, pair: Pair, disc_mm: tuple[float, float]) -> bool:
    """Whether on T1 the body nearest above the lowest disc is proposed as L5."""
    image = regrid(pair.t1, (PAIR_MM, PAIR_MM), 1.0)
    numbers, names = bodies_and_names(image[None], network)
    place = np.array(disc_mm) + (np.array(image.shape) - 1) / 2
    above = {
        int(n): float(np.linalg.norm(centre - place))
        for n in np.unique(numbers[numbers > 0])
        if (centre := np.argwhere(numbers[0] == n).mean(axis=0))[0] < place[0] - 5.0
    }
    return bool(above) and names.get(min(above, key=lambda n: above[n])) == Level.L5
