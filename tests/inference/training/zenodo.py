"""Files in the form in which Zenodo offers SPIDER, written for tests."""

from pathlib import Path

import numpy as np
import SimpleITK

GRADINGS = "Patient,IVD label,Modic,UP endplate,LOW endplate,Pfirrman grade\n"
AS_SCANNED = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [-1.0, 0.0, 0.0]]).T
"""Direction of columns, rows and slices: back, down, right."""


def write_series(
    root: Path,
    name: str,
    pictures: np.ndarray,
    labels: np.ndarray,
    mm: tuple[float, float, float],
    *,
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0),
    direction: np.ndarray = AS_SCANNED,
    stored: str = "",
) -> None:
    """`root`/images and masks of a series [slices, rows, columns], head up, front left, patient's left first.

    mm: between slices, rows and columns. centre: of the volume, in patient coordinates. stored: another
    order of the axes in the file, such as `LPS`.
    """
    for kind, values in (("images", pictures), ("masks", labels)):
        image = SimpleITK.GetImageFromArray(np.ascontiguousarray(values))
        image.SetSpacing(mm[::-1])
        image.SetDirection(direction.ravel().tolist())
        half = (np.array(values.shape[::-1]) - 1) / 2 * mm[::-1]
        image.SetOrigin((np.array(centre) - direction @ half).tolist())
        (root / kind).mkdir(parents=True, exist_ok=True)
        image = SimpleITK.DICOMOrient(image, stored) if stored else image
        SimpleITK.WriteImage(image, str(root / kind / f"{name}.mha"), useCompression=True)


def drawn_labels(slices: int = 5) -> np.ndarray:
    """Three vertebrae with spines behind the canal and discs below, numbered from below; pixels of 1 mm."""
    labels = np.zeros((slices, 200, 160), np.uint8)
    labels[:, 10:165, 95:108] = 100
    for number, top in ((3, 15), (2, 60), (1, 105)):
        labels[:, top : top + 35, 55:93] = number
        labels[:, top + 10 : top + 25, 112:140] = number
        labels[:, top + 37 : top + 43, 56:92] = 200 + number
    return labels


def drawn_picture(labels: np.ndarray, seed: int = 0) -> np.ndarray:
    """Grey values of drawn labels, with noise; int16."""
    grey = np.select([labels == 0, labels == 100, labels > 200], [60, 220, 90], 140)
    return (grey + np.random.default_rng(seed).normal(0, 5, labels.shape)).astype(np.int16)
