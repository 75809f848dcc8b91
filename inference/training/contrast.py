"""One slice in many contrasts: what a localizer must not depend on.

A mix of real grey values, random look-up curves, tissues remapped with their texture, and flat tissues.
Tissues are those of `spider.Tissue`; everything unlabelled is split into bands of its own grey values.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inference.training.spider import Tissue

MODES = ("real", "curve", "textured", "flat")
SHARES = (0.25, 0.15, 0.42, 0.18)
BANDS = 4

Picture = NDArray[np.float32]


def recolour(image: Picture, tissue: NDArray[np.uint8], random: np.random.Generator) -> Picture:
    """The slice [rows, columns] in another contrast; same shape, grey values around 0..1."""
    grey = stretch(image)
    mode = random.choice(MODES, p=SHARES)
    if mode == "real":
        return np.asarray(grey ** random.uniform(0.6, 1.6), np.float32)
    if mode == "curve":
        heights = random.uniform(0.0, 1.0, 6)
        return np.asarray(np.interp(grey, np.linspace(0.0, 1.0, 6), heights), np.float32)
    return _remap(grey, tissue, random, textured=mode == "textured")


def stretch(image: Picture) -> Picture:
    """Grey values between the 0.5th and 99th percentile as 0..1, those beyond clipped."""
    low, high = np.percentile(image, [0.5, 99.0])
    return np.asarray(np.clip((image - low) / max(high - low, 1e-6), 0.0, 1.0), np.float32)


def _remap(grey: Picture, tissue: NDArray[np.uint8], random: np.random.Generator, textured: bool) -> Picture:
    means = _means_like_t1(random) if random.random() < 0.5 else _means_anyhow(random)
    result = np.zeros(grey.shape, np.float32)
    gain = random.uniform(0.3, 1.6) if textured else 0.0
    body_like = np.isin(tissue, [Tissue.BODY, Tissue.S1, Tissue.POSTERIOR])
    smooth = ndimage.gaussian_filter(grey, 4.0)
    regions = [
        (body_like, means["body"]),
        (tissue == Tissue.DISC, means["disc"]),
        (tissue == Tissue.CANAL, means["canal"]),
    ]
    rest = np.isin(tissue, [Tissue.OTHER, Tissue.UNKNOWN])
    edges = np.quantile(grey[rest], np.linspace(0, 1, BANDS + 1)[1:-1]) if rest.any() else np.zeros(BANDS - 1)
    band = np.digitize(ndimage.gaussian_filter(grey, random.uniform(0.3, 1.5)), edges)
    regions += [(rest & (band == number), means[f"band{number}"]) for number in range(BANDS)]
    for where, mean in regions:
        if where.any():
            texture = grey - (smooth if random.random() < 0.5 else grey[where].mean())
            sign = -1.0 if random.random() < 0.15 else 1.0
            result[where] = mean + sign * gain * texture[where]
    if not textured:
        result += _cloud(grey.shape, random) * random.uniform(0.0, 0.08)
    if random.random() < 0.6:
        _darken_cortex(result, tissue, random)
    if random.random() < 0.4:
        _spots(result, tissue, random)
    return np.asarray(ndimage.gaussian_filter(result, random.uniform(0.3, 0.8)), np.float32)


def _means_like_t1(random: np.random.Generator) -> dict[str, float]:
    """Fat bright, marrow between, disc and muscle darker, fluid dark."""
    means = {
        "body": random.uniform(0.3, 0.75),
        "disc": random.uniform(0.15, 0.5),
        "canal": random.uniform(0.05, 0.35),
    }
    for number, middle in enumerate((0.03, 0.2, 0.4, 0.85)):
        means[f"band{number}"] = float(np.clip(middle + random.normal(0.0, 0.1), 0.0, 1.0))
    return means


def _means_anyhow(random: np.random.Generator) -> dict[str, float]:
    names = ["body", "disc", "canal", *(f"band{number}" for number in range(BANDS))]
    means = {name: float(random.uniform(0.0, 1.0)) for name in names}
    means["band0"] = float(random.uniform(0.0, 0.3))
    while abs(means["body"] - means["disc"]) < 0.1:
        means["disc"] = float(random.uniform(0.0, 1.0))
    return means


def _darken_cortex(picture: Picture, tissue: NDArray[np.uint8], random: np.random.Generator) -> None:
    bone = np.isin(tissue, [Tissue.BODY, Tissue.S1])
    rim = bone & (ndimage.distance_transform_edt(bone) <= random.uniform(1.0, 2.0))
    picture[rim] *= random.uniform(0.1, 0.9)


def _spots(picture: Picture, tissue: NDArray[np.uint8], random: np.random.Generator) -> None:
    """Bright or dark places inside bodies: marrow is not even, and lesions must not leave the mask."""
    places = np.argwhere(np.isin(tissue, [Tissue.BODY, Tissue.S1]))
    if not len(places):
        return
    rows, columns = np.indices(picture.shape)
    for _ in range(int(random.integers(1, 7))):
        row, column = places[random.integers(len(places))]
        height, width = random.uniform(2.0, 8.0, 2)
        spot = np.exp(-(((rows - row) / height) ** 2) - ((columns - column) / width) ** 2)
        change = random.uniform(-0.4, 0.4)
        picture += np.where(np.isin(tissue, [Tissue.BODY, Tissue.S1]), change * spot, 0.0).astype(np.float32)


def _cloud(shape: tuple[int, ...], random: np.random.Generator) -> Picture:
    noise = ndimage.gaussian_filter(random.normal(size=shape), random.uniform(1.0, 5.0))
    return np.asarray(noise / max(float(noise.std()), 1e-6), np.float32)
