"""An exam's images as bytes and JSON. Plain functions: who may see them is decided where they are called."""

import io
from typing import Any

import numpy as np
import pydicom
from PIL import Image

from inference.dicom.deidentify import rescaled
from readerstudy.exams.models import Instance, Series
from readerstudy.exams.selectors import files_of, media_path

FRAME_TYPE = "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"
_PIXEL_DATA = 0x7FE00010


def metadata(series: Series) -> list[dict[str, Any]]:
    """One DICOM JSON object (PS3.18 annex F) per image in the order of the frames, without pixels."""
    found = []
    for path in files_of(series):
        dataset = pydicom.dcmread(path, stop_before_pixels=True)
        found.append(dataset.to_json_dict())
    return found


def frame(instance: Instance) -> bytes:
    """The pixels of one image: 16 bit, little endian, row by row, uncompressed."""
    dataset = pydicom.dcmread(media_path(instance.path), specific_tags=[_PIXEL_DATA])
    return bytes(dataset.PixelData)


def picture(instance: Instance, longest_px: int | None = None) -> bytes:
    """One image as 8-bit PNG under its stored window, in true proportions; not enlarged."""
    dataset = pydicom.dcmread(media_path(instance.path))
    values = rescaled(dataset)
    centre, width = float(dataset.WindowCenter), float(dataset.WindowWidth)
    shown = np.clip((values - centre) / width + 0.5, 0.0, 1.0)
    image = Image.fromarray((shown * 255).astype(np.uint8))
    tall, wide = (float(v) for v in dataset.PixelSpacing)
    image = image.resize((image.width, max(1, round(image.height * tall / wide))))
    if longest_px is not None:
        image.thumbnail((longest_px, longest_px))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
