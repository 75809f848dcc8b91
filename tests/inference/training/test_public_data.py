"""`python -m inference public-data`: files in Zenodo's form become what the readers of training take."""

import csv
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from inference.cli import main
from inference.training.pairs import PAIR_MM, read_pairs
from inference.training.public_data import CANAL_SHARE, read_gradings
from inference.training.spider import Tissue, read_space_slices
from tests.inference.training.zenodo import AS_SCANNED, GRADINGS, drawn_labels, drawn_picture, write_series

MM = (4.0, 1.0, 1.0)
ORDERS = ("", "LPS", "RAS", "PIL")


def convert(source: Path, out: Path) -> int:
    return main(["public-data", str(source), "--out", str(out)])


def write_pair(root: Path, patient: int, **t2_place) -> None:
    labels = drawn_labels()
    for name, place in (("t1", {}), ("t2", t2_place)):
        write_series(root, f"{patient}_{name}", drawn_picture(labels), labels, MM, **place)


@pytest.fixture
def zenodo(tmp_path: Path) -> Path:
    root = tmp_path / "zenodo"
    root.mkdir()
    (root / "radiological_gradings.csv").write_text(GRADINGS + "3,2,0,0,1,4\n3,1,2,1,0,5\n3,3,,0,0,1\n")
    return root


def manifest(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(newline="") as handle:
        return list(csv.DictReader(handle))


def picture(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


@pytest.mark.parametrize("stored", ORDERS)
def test_space_slices_come_out_upright_whatever_the_order_of_axes(
    stored: str, zenodo: Path, tmp_path: Path
) -> None:
    labels = drawn_labels(slices=20)
    labels[labels == 3] = 103
    labels[:3][labels[:3] == 100] = 0
    labels[-4:, 60:][labels[-4:, 60:] == 100] = 0
    grey = drawn_picture(labels)
    write_series(zenodo, "3_t2_SPACE", grey, labels, (1.0, 1.0, 1.0), stored=stored)
    assert convert(zenodo, tmp_path / "out") == 0
    folder = tmp_path / "out" / "spider_space_seg"
    rows = manifest(folder)
    assert [row["file"] for row in rows] == [f"3_t2_SPACE_slice{n:03d}.png" for n in (4, 7, 10, 13, 16)]
    kinds = np.select([labels == 0, labels == 100, labels > 200], [0, 3, 2], 1)
    for row in rows:
        assert (row["patient"], row["mm"]) == ("3", "1.00000x1.00000")
        stack_index = 19 - int(row["slice"])
        assert np.array_equal(picture(folder / "masks" / row["file"]), kinds[stack_index])
        expected = (grey[stack_index] - grey.min()) / np.ptp(grey) * 255
        assert np.abs(picture(folder / "images" / row["file"]) - expected).max() <= 0.5
    first = read_space_slices(folder)[0]
    assert (first.tissue == Tissue.BODY)[20:45, 60:90].all()
    assert (first.tissue == Tissue.POSTERIOR)[30:35, 120:130].all()


@pytest.mark.parametrize("stored", ORDERS)
@pytest.mark.parametrize("tilt_deg", [0.0, 8.0])
def test_t2_is_laid_on_t1_by_the_headers(tilt_deg: float, stored: str, zenodo: Path, tmp_path: Path) -> None:
    angle = np.deg2rad(tilt_deg)
    about_left = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    direction = about_left @ AS_SCANNED
    labels, mm = drawn_labels(), (4.0, 1.0, 1.0)
    write_series(
        zenodo,
        "3_t1",
        drawn_picture(labels),
        labels,
        mm,
        centre=(1, -30, 9),
        direction=direction,
        stored=stored,
    )
    coarse = (4.0, 0.5, 0.8)
    rows, columns = np.arange(360) * 0.5 + 20.25 - 0.5, np.arange(175) * 0.8 + 14.4 - 0.5
    numbers = labels[:, np.rint(rows).astype(int)][:, :, np.rint(columns).astype(int)]
    down, back = 20 + 180 / 2 - 100, 14 + 140 / 2 - 80
    centre = np.array([1, -30, 9]) + direction @ [back, down, 0]
    write_series(
        zenodo, "3_t2", drawn_picture(numbers), numbers, coarse, centre=tuple(centre), direction=direction
    )
    assert convert(zenodo, tmp_path / "out") == 0
    folder = tmp_path / "out" / "spider_pairs"
    (row,) = manifest(folder)
    assert (row["pair"], row["flipped"]) == ("aligned", "")
    assert (row["t1_mm"], row["t2_mm"]) == ("1.00000x1.00000", "0.50000x0.80000")
    assert [float(part) for part in row["shift_mm"].split(";")] == pytest.approx([down, back], abs=0.01)
    (pair,) = read_pairs(folder)
    assert pair.t1.shape == pair.t2.shape == (round(200 / PAIR_MM), round(160 / PAIR_MM))
    assert (pair.modic, pair.pfirrmann) == ({1: 2, 2: 0}, {1: 5, 2: 4, 3: 1})
    seen = np.isfinite(pair.t2)
    assert seen.mean() == pytest.approx(180 * 140 / 200 / 160, abs=0.02)
    smooth = [ndimage.gaussian_filter(np.nan_to_num(one), 1.0)[seen] for one in (pair.t1, pair.t2)]
    assert np.corrcoef(*smooth)[0, 1] > 0.95


@pytest.mark.parametrize(
    ("centre", "state"),
    [((3.0, 0.0, 0.0), "aligned"), ((0.0, 4.0, 0.0), "offset"), ((40.0, 0.0, 0.0), "offset")],
)
def test_a_pair_is_aligned_only_where_the_discs_lie_on_each_other(
    centre: tuple[float, float, float], state: str, zenodo: Path, tmp_path: Path
) -> None:
    write_pair(zenodo, 3, centre=centre)
    assert convert(zenodo, tmp_path / "out") == 0
    folder = tmp_path / "out" / "spider_pairs"
    assert manifest(folder)[0]["pair"] == state
    assert len(read_pairs(folder)) == (state == "aligned")


def test_a_pair_without_a_common_disc_is_no_match(zenodo: Path, tmp_path: Path) -> None:
    write_pair(zenodo, 3)
    labels = drawn_labels()
    write_series(zenodo, "3_t2", drawn_picture(labels), np.where(labels > 200, labels + 10, labels), MM)
    assert convert(zenodo, tmp_path / "out") == 0
    assert manifest(tmp_path / "out" / "spider_pairs")[0]["pair"] == "no_match"


def test_the_middle_slice_of_t1_and_the_nearest_of_t2_are_taken(zenodo: Path, tmp_path: Path) -> None:
    labels = drawn_labels(slices=7)
    for name, right, count in (("t1", 0.0, 7), ("t2", 8.5, 5)):
        grey = drawn_picture(labels[:count])
        grey[:, 0, :] = 20 * np.arange(count)[:, None]
        write_series(zenodo, f"3_{name}", grey, labels[:count], MM, centre=(-right, 0.0, 0.0))
    assert convert(zenodo, tmp_path / "out") == 0
    for name, number in (("t1", 3), ("t2", 0)):
        grey = picture(tmp_path / "out" / "spider_pairs" / "png" / f"3_{name}.png")
        labels_grey = drawn_picture(labels[: 7 if name == "t1" else 5])[number]
        labels_grey[0] = 20 * number
        low, high = labels_grey.min(), labels_grey.max()
        assert grey[0, 0] == np.rint((20 * number - low) / (high - low) * 255)


def test_where_the_header_says_head_down_the_mask_is_believed(
    zenodo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = drawn_labels()
    grey = drawn_picture(labels)
    write_series(zenodo, "3_t1", grey[:, ::-1], labels[:, ::-1], MM)
    write_series(zenodo, "3_t2", grey[:, :, ::-1], labels[:, :, ::-1], MM)
    assert convert(zenodo, tmp_path / "out") == 0
    assert "against the header: 3_t1, 3_t2" in capsys.readouterr().out
    folder = tmp_path / "out" / "spider_pairs"
    t1, t2 = (picture(folder / "png" / f"3_{name}.png") for name in ("t1", "t2"))
    assert np.array_equal(t1, t2)
    assert manifest(folder)[0]["pair"] == "aligned"


def spoil(root: Path, how: str) -> None:
    mask = root / "masks" / "2_t1.mha"
    labels = drawn_labels()
    if how == "missing":
        mask.unlink()
    elif how == "cut short":
        mask.write_bytes(mask.read_bytes()[:-400])
    elif how == "of another shape":
        write_series(root / "other", "2_t1", drawn_picture(labels[:4]), labels[:4], MM)
        (root / "other" / "masks" / "2_t1.mha").rename(mask)
    elif how == "of another data set":
        write_series(root, "2_t1", drawn_picture(labels), np.where(labels == 3, 30, labels), MM)
    else:
        write_series(root, "2_t1", np.full_like(drawn_picture(labels), 7), labels, MM)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("missing", "masks/2_t1.mha is missing"),
        ("cut short", "masks/2_t1.mha can't be read"),
        ("of another shape", "masks/2_t1.mha has 160 x 200 x 4 voxels"),
        ("of another data set", "masks/2_t1.mha has the labels 30:"),
        ("of one grey", "2_t1 and 2_t2: the image is of one grey value"),
    ],
)
def test_a_bad_patient_is_named_and_loses_nobody_else(
    how: str, told: str, zenodo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for patient in (1, 2, 10):
        write_pair(zenodo, patient)
    spoil(zenodo, how)
    out = tmp_path / "out"
    assert convert(zenodo, out) == 1
    assert told in capsys.readouterr().err
    assert [row["patient"] for row in manifest(out / "spider_pairs")] == ["1", "10"]
    write_pair(zenodo, 2)
    for patient in (1, 10):
        (zenodo / "images" / f"{patient}_t1.mha").write_bytes(b"never read again")
    assert convert(zenodo, out) == 0
    assert "spider_pairs: patients 3, there already 2" in capsys.readouterr().out
    assert [row["patient"] for row in manifest(out / "spider_pairs")] == ["1", "2", "10"]
    assert [pair.patient for pair in read_pairs(out / "spider_pairs")] == ["1", "2", "10"]


def test_a_series_without_canal_is_left_out(
    zenodo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = drawn_labels()
    write_series(zenodo, "3_t2_SPACE", drawn_picture(labels), np.where(labels == 100, 0, labels), MM)
    assert convert(zenodo, tmp_path / "out") == 1
    assert "3_t2_SPACE: the mask shows no spinal canal" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("gradings", "told"),
    [
        (None, "radiological_gradings.csv is missing"),
        ("Patient,Modic\n", "lacks the columns IVD label, Pfirrman grade"),
        (GRADINGS + "3,1,x,0,0,4\n", "radiological_gradings.csv, line 2: not a whole number"),
        (GRADINGS, "images holds no series such as 1_t1.mha"),
    ],
)
def test_what_the_whole_set_lacks_is_said_at_once(
    gradings: str | None, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if gradings is not None:
        (tmp_path / "radiological_gradings.csv").write_text(gradings)
    assert convert(tmp_path, tmp_path / "out") == 1
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_without_simpleitk_it_says_what_to_install(
    zenodo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "SimpleITK", None)
    assert convert(zenodo, tmp_path / "out") == 1
    assert "pip install SimpleITK" in capsys.readouterr().err


def some_of(source: Path, folder: Path, rows: list[dict[str, str]]) -> Path:
    """A folder with these rows of a shared manifest and all its pictures."""
    folder.mkdir()
    with (folder / "manifest.csv").open("w", newline="") as handle:
        table = csv.DictWriter(handle, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    for kind in ("images", "masks", "png"):
        if (source / kind).is_dir():
            (folder / kind).symlink_to(source / kind)
    return folder


def two_mm(text: str) -> tuple[float, float]:
    down, across = (float(part) for part in text.split("x"))
    return down, across


def test_the_shared_slices_come_back(shared_data: Path, tmp_path: Path, zenodo: Path) -> None:
    source = shared_data / "spider_space_seg"
    rows = [row for row in manifest(source) if row["patient"] == "81"]
    images, masks = (np.stack([picture(source / k / r["file"]) for r in rows]) for k in ("images", "masks"))
    labels = np.array([0, 1, 201, 100], np.uint8)[masks]
    thrice = [np.repeat(values[::-1], 3, axis=0) for values in (images, labels)]
    write_series(zenodo, "81_t2_SPACE", *thrice, (1.0, *two_mm(rows[0]["mm"])), stored="LPS")
    assert convert(zenodo, tmp_path / "out") == 0
    folder = tmp_path / "out" / "spider_space_seg"
    made = manifest(folder)
    assert {two_mm(row["mm"]) for row in made} == {two_mm(row["mm"]) for row in rows}
    canal = (masks == 3).sum(axis=(1, 2))
    own = [row for row, area in zip(rows, canal, strict=True) if area >= CANAL_SHARE * canal.max()]
    assert len(made) == len(own) == 7
    shared = read_space_slices(some_of(source, tmp_path / "some", own))
    for ours, theirs in zip(read_space_slices(folder), shared, strict=True):
        assert ours.patient == theirs.patient
        assert np.array_equal(ours.tissue, theirs.tissue)
        assert np.allclose(ours.image, theirs.image, atol=1.0)


def shared_series(source: Path, row: dict[str, str], name: str) -> tuple[np.ndarray, np.ndarray]:
    """A shared picture, head up, and three discs drawn in the same places of T1 and T2."""
    grey = picture(source / "png" / f"{row['patient']}_{name}.png")
    upright = grey[::-1] if name in row["flipped"].split() else grey
    shift = [float(part) if name == "t2" else 0.0 for part in row["shift_mm"].split(";")]
    down, back = (
        (np.arange(n) - (n - 1) / 2) * mm + moved
        for n, mm, moved in zip(grey.shape, two_mm(row[f"{name}_mm"]), shift, strict=True)
    )
    labels = np.zeros(grey.shape, np.uint8)
    for number in (1, 2, 3):
        labels[np.hypot(down[:, None] - 40 * (2 - number), back) < 9] = 200 + number
    return np.stack([upright] * 3), np.stack([labels] * 3)


def test_the_shared_pairs_come_back(shared_data: Path, tmp_path: Path, zenodo: Path) -> None:
    source = shared_data / "spider_pairs"
    shutil.copy(source / "radiological_gradings.csv", zenodo)
    rows = [row for row in manifest(source) if row["patient"] in ("2", "55", "67", "82")]
    for row in rows:
        down, back = (float(part) for part in row["shift_mm"].split(";"))
        for name, centre in (("t1", (0.0, 0.0, 0.0)), ("t2", (0.0, back, -down))):
            mm = (4.0, *two_mm(row[f"{name}_mm"]))
            series = shared_series(source, row, name)
            write_series(zenodo, f"{row['patient']}_{name}", *series, mm, centre=centre, stored="LPS")
    assert convert(zenodo, tmp_path / "out") == 0
    made = {pair.patient: pair for pair in read_pairs(tmp_path / "out" / "spider_pairs")}
    assert set(made) == {"2", "55", "67", "82"}, "with the distance in the headers, 55 can be used as well"
    for shared in read_pairs(some_of(source, tmp_path / "some", rows)):
        ours = made[shared.patient]
        assert (ours.modic, ours.pfirrmann) == (shared.modic, shared.pfirrmann)
        assert np.allclose(ours.t1, shared.t1, atol=0.01)
        assert np.array_equal(np.isnan(ours.t2), np.isnan(shared.t2))
        assert np.allclose(ours.t2, shared.t2, atol=0.5, equal_nan=True)


def test_every_shared_grade_is_read(shared_data: Path) -> None:
    source = shared_data / "spider_pairs"
    read = read_gradings(source / "radiological_gradings.csv")
    for row in manifest(source):
        ours = read.get(row["patient"], {"modic": "", "pfirrmann": ""})
        assert (ours["modic"], ours["pfirrmann"]) == (row["modic"], row["pfirrmann"])
