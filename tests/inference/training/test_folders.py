"""Plain folders of pictures with masks."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.training.folders import read_pictures
from inference.training.spider import Tissue


def folder_of(root: Path, mm: str = "0.5x1.0", size: tuple[int, int] = (80, 60)) -> Path:
    image = np.random.default_rng(0).integers(0, 4000, size).astype(np.uint16)
    mask = np.zeros((80, 60), np.uint8)
    mask[10:30, 20:50], mask[50:70, 20:50] = 5, 6
    for kind, pixels in (("images", image), ("masks", mask)):
        (root / kind).mkdir(exist_ok=True)
        Image.fromarray(pixels).save(root / kind / "a.png")
    (root / "manifest.csv").write_text(f"file,patient,mm\na.png, P1,{mm}\n")
    return root


def test_pictures_come_on_the_grid_of_1_mm_with_bodies_and_s1(tmp_path: Path) -> None:
    (found,) = read_pictures(folder_of(tmp_path))
    assert found.patient == "P1"
    assert found.image.shape == found.tissue.shape == (40, 60)
    assert found.image.max() > 255
    assert (found.tissue == Tissue.BODY).sum() == (found.tissue == Tissue.S1).sum() == 10 * 30


@pytest.mark.parametrize("mm", ["", "half", "0x1", "1x1x1"])
def test_a_spacing_that_is_none_is_refused_by_file(tmp_path: Path, mm: str) -> None:
    with pytest.raises(ValueError, match="a.png: mm is"):
        read_pictures(folder_of(tmp_path, mm))


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="manifest.csv is missing"):
        read_pictures(tmp_path)
    folder_of(tmp_path, size=(79, 60))
    with pytest.raises(ValueError, match="differ in size"):
        read_pictures(tmp_path)
    (tmp_path / "masks" / "a.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match="cannot be read as a picture"):
        read_pictures(tmp_path)
    Image.new("RGB", (60, 80)).save(tmp_path / "masks" / "a.png")
    with pytest.raises(ValueError, match="not colours"):
        read_pictures(tmp_path)
    (tmp_path / "manifest.csv").write_text("file,mm\n")
    with pytest.raises(ValueError, match="lacks the columns patient"):
        read_pictures(tmp_path)
    (tmp_path / "manifest.csv").write_text("file,patient,mm\n")
    with pytest.raises(ValueError, match="names no picture"):
        read_pictures(tmp_path)
