"""Bodies and S1 out of masks of whole vertebrae, on a drawn spine and on the shared slices."""

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from inference.training.pairs import grades, lay_on, read_pairs
from inference.training.patches import augment, localizer_batch, targets
from inference.training.pictures import regrid
from inference.training.spider import SpineSlice, Tissue, canal_front, label_tissues, read_space_slices

MM = (0.5, 0.5)


def drawn_mask() -> np.ndarray:
    """Three vertebrae with spines behind the canal and discs between and below; 0.5 mm pixels."""
    mask = np.zeros((400, 320), np.uint8)
    mask[20:330, 190:215] = 3
    for top in (30, 120, 210):
        mask[top : top + 70, 110:186] = 1
        mask[top + 20 : top + 50, 225:280] = 1
        mask[top + 74 : top + 86, 112:184] = 2
    return mask


def test_bodies_lie_in_front_of_the_canal_and_spines_behind() -> None:
    mask = drawn_mask()
    tissue = label_tissues(mask, canal_front([mask]), MM)
    truth = (mask == 1) & (np.arange(320) < 190)
    assert (tissue == Tissue.BODY)[truth].mean() > 0.98
    assert not (tissue == Tissue.BODY)[~truth].any()
    assert (tissue[60:70, 240:260] == Tissue.POSTERIOR).all()


def test_s1_lies_below_the_lowest_disc_as_large_as_l5_and_tapers() -> None:
    mask = drawn_mask()
    s1 = label_tissues(mask, canal_front([mask]), MM) == Tissue.S1
    rows = np.flatnonzero(s1.any(axis=1))
    assert 295 <= rows[0] <= 300
    assert (np.ptp(rows) + 1) * 0.5 == pytest.approx(0.92 * 35, abs=2.5)
    width = s1.sum(axis=1)[rows] * 0.5
    assert width[3] == pytest.approx(36, abs=2.0)
    assert width[-3] / width[3] == pytest.approx(1 - 0.28 - 0.06, abs=0.06)


def test_below_a_spine_without_room_for_s1_nothing_is_known() -> None:
    mask = drawn_mask()[:308]
    tissue = label_tissues(mask, canal_front([mask]), MM)
    assert not (tissue == Tissue.S1).any()
    assert (tissue[300:306, 130:170] == Tissue.UNKNOWN).all()


def test_canal_front_is_extended_in_its_own_direction() -> None:
    mask = np.zeros((200, 200), np.uint8)
    for row in range(50, 150):
        mask[row, 100 + row // 5 : 120 + row // 5] = 3
    edge = canal_front([mask, np.zeros_like(mask)])
    assert edge[180] == pytest.approx(136, abs=2)
    assert edge[20] == pytest.approx(104, abs=2)
    assert np.isinf(canal_front([np.zeros((5, 5), np.uint8)])).all()


def test_regrid_keeps_places() -> None:
    picture = np.zeros((80, 60), np.float32)
    picture[20:40, 30:45] = 1.0
    half = regrid(picture, (0.5, 1.0), 1.0)
    assert half.shape == (40, 60)
    assert np.argwhere(half > 0.5).min(axis=0).tolist() == [10, 30]
    assert np.argwhere(half > 0.5).max(axis=0).tolist() == [19, 44]


def spine_slice() -> SpineSlice:
    mask = drawn_mask()
    tissue = regrid(label_tissues(mask, canal_front([mask]), MM), MM, 1.0, order=0).astype(np.uint8)
    grey = np.choose(tissue, [60, 140, 90, 220, 130, 140, 60]).astype(np.float32)
    return SpineSlice(
        "1", grey + np.random.default_rng(0).normal(0, 5, grey.shape).astype(np.float32), tissue
    )


def test_batches_repeat_themselves_and_have_the_promised_shape() -> None:
    one, two = (localizer_batch([spine_slice()], 3, 64, 0.2, np.random.default_rng([1, 5])) for _ in range(2))
    assert one.picture.shape == (3, 64, 64, 1)
    assert one.truth.shape == one.weight.shape == (3, 64, 64, 2)
    assert np.array_equal(one.picture, two.picture)
    assert np.isfinite(one.picture).all()
    assert set(np.unique(one.truth)) <= {0.0, 1.0}


def test_picture_and_truth_move_together() -> None:
    source = spine_slice()
    inside, outside = [], []
    for seed in range(6):
        picture, tissue = augment(source, np.random.default_rng(seed))
        truth, weight = targets(tissue, source.has_s1)
        assert truth[..., 0].sum() > 1000
        assert not truth[weight == 0].any()
        edge = np.abs(np.gradient(picture)[0])
        rim = np.abs(np.gradient(truth[..., 0])[0]) > 0
        inside.append(edge[rim].mean())
        outside.append(edge[~rim].mean())
    assert np.mean(inside) > 1.5 * np.mean(outside)


def test_a_slice_without_s1_says_nothing_about_s1() -> None:
    _, weight = targets(np.full((4, 4), Tissue.BODY, np.uint8), has_s1=False)
    assert weight[..., 0].all()
    assert not weight[..., 1].any()


def test_t2_is_laid_on_t1_by_its_shift() -> None:
    moving = np.zeros((40, 40), np.float32)
    moving[10, 12] = 1.0
    laid = lay_on(moving, (40, 40), (3.0, -6.0), 0.6)
    assert np.unravel_index(np.nanargmax(laid), laid.shape) == (15, 2)
    assert np.isnan(laid[0]).all()


def test_grades_are_read_by_disc() -> None:
    assert grades("1:0;2:2;7:3") == {1: 0, 2: 2, 7: 3}
    assert grades("") == {}


def test_the_shared_pairs_lie_on_each_other(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "spider_pairs"
    rows = (source / "manifest.csv").read_text().splitlines()
    few = [row for row in rows if row.split(",")[0] in ("1", "2", "35")]
    (tmp_path / "manifest.csv").write_text("\n".join([rows[0], *few]))
    (tmp_path / "png").symlink_to(source / "png")
    pairs = read_pairs(tmp_path)
    assert [pair.patient for pair in pairs] == ["1", "2"], "35 shows the pelvis on T2"
    assert pairs[0].modic == dict.fromkeys(range(1, 8), 0)
    for pair in pairs:
        assert pair.t1.shape == pair.t2.shape
        seen = np.isfinite(pair.t2)
        assert seen.mean() > 0.9
        rims = [ndimage.gaussian_gradient_magnitude(np.nan_to_num(x), 2.0)[seen] for x in (pair.t1, pair.t2)]
        assert np.corrcoef(*rims)[0, 1] > 0.4


def test_the_shared_slices_have_bodies(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "spider_space_seg"
    rows = (source / "manifest.csv").read_text().splitlines()
    (tmp_path / "manifest.csv").write_text("\n".join([rows[0], *[r for r in rows if r.startswith("5_")]][:4]))
    for name in ("images", "masks"):
        (tmp_path / name).symlink_to(source / name)
    slices = read_space_slices(tmp_path)
    assert len(slices) == 3
    for item in slices:
        assert item.image.shape == item.tissue.shape == (300, 240)
        assert 4000 < (item.tissue == Tissue.BODY).sum() < 9000
        assert item.has_s1
