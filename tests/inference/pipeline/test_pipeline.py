"""One exam from volumes to labels: with perfect networks on the phantom, and through a real server."""

import json
from dataclasses import replace

import numpy as np
import pytest

from annotations.vocabulary import SITES_12, Half, Level, ModicType, Site
from inference.networks.digest import model_digest
from inference.networks.serving import ServedNetwork
from inference.pipeline import STAGES, MapError, MapSettings, find_bodies, map_exam
from inference.steps import localize
from inference.steps.bands import NAMES, Bands
from inference.steps.endplates import Calibration
from inference.steps.orient import upright
from inference.volume import Volume
from tests.inference.pipeline.perfect import detector_for, localizer_for


def test_every_body_is_found_and_named(phantom, result):
    numbers = {level: number for number, level in phantom.truth.levels.items() if level}
    assert set(result.names.values()) == set(Level)
    for body, level in result.names.items():
        ours, theirs = result.bodies == body, phantom.truth.bodies == numbers[level]
        assert 2 * (ours & theirs).sum() / (ours.sum() + theirs.sum()) > 0.95
    assert all(p.proposal.sure for p in result.levels)


def test_a_body_that_vanishes_on_the_pixels_gets_no_name(phantom, monkeypatch):
    """A speck of the coarse grid may hold no pixel centre; then it has no place either."""
    volume, _ = upright(phantom.t1)
    whole, on_pixels = find_bodies(volume, localizer_for(phantom)), localize.numbers_on_pixels
    highest = max(whole.s1_shares)

    def without_the_highest(*given):
        numbers = on_pixels(*given)
        return np.where(numbers == highest, 0, numbers)

    monkeypatch.setattr(localize, "numbers_on_pixels", without_the_highest)
    found = find_bodies(volume, localizer_for(phantom), "six_connected")
    assert set(found.s1_shares) == set(whole.s1_shares) - {highest}
    assert set(found.s1_shares) == set(np.unique(found.numbers)) - {0}


def test_names_stand_at_the_bodies_in_patient_coordinates(phantom, result):
    points = {p.proposal.level: p.point_mm for p in result.levels if p.proposal.level}
    for level, truth in phantom.truth.level_points_mm.items():
        assert np.linalg.norm(np.subtract(points[level], truth)[1:]) < 3.0


def test_halves_are_the_true_halves(phantom, result):
    for level in Level:
        number = next(n for n, name in phantom.truth.levels.items() if name is level)
        own = (phantom.truth.bodies == number) & (result.halves > 0)
        assert (result.halves == phantom.truth.halves)[own].mean() > 0.93


def test_labels_are_the_planted_lesions(phantom, result):
    labels = {Site(label.level, label.half): label for label in result.labels}
    assert set(labels) == set(SITES_12)
    for site, truth in phantom.truth.labels.items():
        label = labels[site]
        if phantom.truth.volumes_mm3[site] > 100:
            assert label.suggestion == truth
            found = sum(label.volume_mm3.values())
            assert found == pytest.approx(phantom.truth.volumes_mm3[site], rel=0.15)
            assert label.probability > 0.9
        elif truth is ModicType.NONE:
            assert label.suggestion is ModicType.NONE
            assert label.fraction < 0.01


def test_bands_move_the_probabilities_of_halves_below_the_threshold_and_nothing_else(phantom, result):
    bands = Bands((0.0,) * len(NAMES), 1.0)
    settings = MapSettings(bands=bands, calibration=Calibration(1.0, -1.0))
    networks = {"localizer": localizer_for(phantom), "detector": detector_for(phantom)}
    again = map_exam(phantom.t1, phantom.t2, settings=settings, **networks)
    assert np.array_equal(again.modic, result.modic)
    named = {(f.body, f.half) for f in again.findings if f.body in result.names}
    assert set(again.bands) >= named - {(1, Half.LOWER)}
    assert (1, Half.LOWER) not in again.bands
    plain = settings.calibration
    for before, after in zip(result.findings, again.findings, strict=True):
        told = plain(before.probability)
        if (after.body, after.half) in again.bands and before.probability < settings.threshold:
            told = plain(plain.weighed(before.probability, 1.0, settings.threshold))
            assert told < plain(settings.threshold)
        assert after.probability == pytest.approx(told, abs=1e-5)
    suppressed = replace(settings, t2_fat_suppressed="yes")
    networks = {"localizer": localizer_for(phantom), "detector": detector_for(phantom)}
    untold = map_exam(phantom.t1, phantom.t2, settings=suppressed, **networks)
    for before, after in zip(result.findings, untold.findings, strict=True):
        assert after.probability == pytest.approx(plain(before.probability), abs=1e-5)


def test_a_body_in_which_t2_ends_has_no_bands(phantom, result):
    rows = int(phantom.t2.array.shape[1] * 0.5)
    short = replace(phantom, t2=replace(phantom.t2, array=phantom.t2.array[:, :rows]))
    networks = {"localizer": localizer_for(short), "detector": detector_for(short)}
    found = map_exam(short.t1, short.t2, **networks)
    known = np.isfinite(found.t2)
    shared = {body for body in np.unique(found.bodies[known]).tolist() if body}
    whole = {body for body in shared if known[found.bodies == body].all()}
    assert whole
    assert shared - whole
    assert set() < {body for body, _ in found.bands} <= whole
    assert {body for body, _ in result.bands} & (shared - whole)


def test_t1_and_t2_the_wrong_way_round_are_told(phantom, result):
    t1 = replace(phantom.t1, array=np.nan_to_num(result.t2))
    swapped = replace(phantom, t1=t1, t2=phantom.t1)
    networks = {"localizer": localizer_for(swapped), "detector": detector_for(swapped)}
    found = map_exam(swapped.t1, swapped.t2, **networks)
    assert any("Were T1 and T2 swapped?" in warning for warning in found.warnings)
    assert not any("swapped" in warning for warning in result.warnings)


def test_the_map_lies_on_the_lesions_and_in_the_marrow(phantom, result):
    lesions = (phantom.truth.lesions > 0) & (result.halves > 0)
    found = result.modic > 0
    assert 2 * (lesions & found).sum() / (lesions.sum() + found.sum()) > 0.9
    assert not result.modic[result.bodies == 0].any()
    assert result.modic.shape == phantom.t1.array.shape


def test_alignment_is_measured_and_small(result):
    assert result.residual_mm is not None
    assert np.hypot(*result.residual_mm[:2]) < 1.0
    assert result.warnings == ()


def test_every_stage_tells_its_progress_in_order(result, heard):
    starts = [stage for stage, share in heard if share == 0.0]
    assert tuple(starts) == STAGES
    assert set(result.timings) == set(STAGES)


def test_the_same_exam_gives_the_same_map(phantom, result):
    again = map_exam(phantom.t1, phantom.t2, localizer=localizer_for(phantom), detector=detector_for(phantom))
    assert np.array_equal(again.modic, result.modic)
    assert np.array_equal(again.probability, result.probability)
    assert again.findings == result.findings
    assert again.levels == result.levels


def flipped(volume):
    rows = volume.array.shape[1]
    first = volume.positions_mm + (rows - 1) * volume.pixel_spacing_mm[0] * volume.column_direction
    return replace(
        volume,
        array=np.ascontiguousarray(volume.array[:, ::-1]),
        positions_mm=first,
        column_direction=-volume.column_direction,
    )


def test_a_picture_stored_upside_down_gives_the_same_labels(phantom, result):
    turned = map_exam(
        flipped(phantom.t1),
        flipped(phantom.t2),
        localizer=localizer_for(phantom),
        detector=detector_for(phantom),
    )
    assert np.array_equal(turned.bodies[:, ::-1], result.bodies)
    assert np.array_equal(turned.modic[:, ::-1], result.modic)
    assert turned.findings == result.findings


def moved(volume, millimetres):
    return replace(volume, positions_mm=volume.positions_mm + np.asarray(millimetres, float))


def test_slices_without_t2_are_said_and_not_mapped(phantom):
    shifted = moved(phantom.t2, 14.0 * phantom.t1.normal)
    result = map_exam(
        phantom.t1,
        shifted,
        localizer=localizer_for(phantom),
        detector=detector_for(replace(phantom, t2=shifted)),
    )
    assert len(result.without_t2) >= 2
    assert not result.modic[list(result.without_t2)].any()
    assert not result.halves[list(result.without_t2)].any()
    assert any("slices without T2" in warning for warning in result.warnings)


def test_a_patient_who_moved_is_told(phantom):
    shifted = moved(phantom.t2, (0, 0, 5.0))
    result = map_exam(
        phantom.t1,
        shifted,
        localizer=localizer_for(phantom),
        detector=detector_for(replace(phantom, t2=shifted)),
    )
    assert any("the patient may have moved" in warning for warning in result.warnings)
    assert result.residual_mm[0] == pytest.approx(5.0, abs=0.7)


def test_no_overlap_no_bodies_and_other_planes_are_refused_in_words(phantom):
    far = moved(phantom.t2, 200.0 * phantom.t1.normal)
    with pytest.raises(MapError, match="do not overlap"):
        map_exam(phantom.t1, far, localizer=localizer_for(phantom), detector=None)

    class Blind:
        name, version, digest = "localize", "1", ""

        def predict(self, batch):
            return np.zeros((*batch.shape[:3], 2), np.float32)

    with pytest.raises(MapError, match="No vertebral body was found"):
        map_exam(phantom.t1, phantom.t2, localizer=Blind(), detector=None)
    axial = Volume(
        np.zeros((2, 8, 8), np.float32),
        np.array([[0, 0, 0], [0, 0, 4.0]]),
        np.array([1.0, 0, 0]),
        np.array([0, 1.0, 0]),
        (1.0, 1.0),
    )
    with pytest.raises(MapError, match="not sagittal"):
        map_exam(axial, phantom.t2, localizer=Blind(), detector=None)


def test_settings_are_plain_json_and_fat_suppression_is_a_remark(phantom):
    settings = MapSettings(t2_fat_suppressed="yes", flatten=False, instances="six_connected")
    assert json.loads(json.dumps(settings.to_json()))["rules"]["min_diameter_mm"] == 5.0
    result = map_exam(
        phantom.t1,
        phantom.t2,
        localizer=localizer_for(phantom),
        detector=detector_for(phantom, settings),
        settings=settings,
    )
    assert any("not validated on fat-suppressed T2" in warning for warning in result.warnings)
    assert {label.level for label in result.labels} == set(Level)


def test_the_halves_are_named_by_whoever_confirms(result):
    from inference.steps.endplates import relabel

    shifted = dict(zip(sorted(result.names)[1:], reversed(Level), strict=False))
    labels = relabel(result.findings, shifted)
    assert labels[0].half is Half.UPPER
    assert len(labels) == 2 * len(shifted)


@pytest.mark.parametrize(("fitted_in", "warned"), [("", False), ("d" * 64, False), ("e" * 64, True)])
def test_another_localizer_than_the_calibrations_is_told(phantom, fitted_in, warned):
    settings = MapSettings(localizer_sha256=fitted_in)
    given = {"localizer": localizer_for(phantom), "detector": detector_for(phantom)}
    told = map_exam(phantom.t1, phantom.t2, **given, settings=settings).warnings
    assert any("outlines of another localizer" in sentence for sentence in told) is warned


def test_a_real_server_gives_what_its_network_gives_in_process(phantom, tiny_models, tiny_server):
    """The tiny networks answer by a formula: what arrives through gRPC is exactly what the formula says."""

    class Formula:
        version, digest = "1", ""

        def __init__(self, name):
            self.name = name

        def predict(self, batch):
            value = np.clip(batch.mean(axis=-1, keepdims=True), 0, 1).astype(np.float32)
            return value if self.name == "detect" else np.concatenate([value, 1 - value], axis=-1)

    localizer = localizer_for(phantom)
    with ServedNetwork(tiny_server, "detect") as served:
        through = map_exam(phantom.t1, phantom.t2, localizer=localizer, detector=served)
    near = map_exam(phantom.t1, phantom.t2, localizer=localizer_for(phantom), detector=Formula("detect"))
    assert np.allclose(through.probability, near.probability, atol=1e-5)
    told = model_digest(tiny_models / "plain" / "detect" / "1")
    assert through.networks[1] == {"name": "detect", "version": "1", "digest": told}
    with ServedNetwork(tiny_server, "localize") as served:
        slices = np.random.default_rng(0).uniform(size=(9, 48, 32, 1)).astype(np.float32)
        assert np.allclose(served.predict(slices), Formula("localize").predict(slices), atol=1e-6)


def test_what_looks_like_a_body_below_s1_is_left_out(phantom, result):
    perfect = localizer_for(phantom)
    answers = perfect._answers.copy()
    volume, turn = upright(phantom.t1)
    s1 = next(number for number, level in phantom.truth.levels.items() if level is Level.S1)
    rows, columns = np.nonzero(turn.apply(phantom.truth.bodies).max(axis=0) == s1)
    row = round(rows.max() * volume.pixel_spacing_mm[0]) + 8
    column = round(columns.mean() * volume.pixel_spacing_mm[1])
    middle = len(answers) // 2
    answers[middle - 2 : middle + 3, row : row + 24, column - 12 : column + 16, 0] = 0.95
    perfect._answers = answers
    found = find_bodies(volume, perfect)
    assert found.left_out == 1
    assert np.array_equal(turn.undo(found.numbers) > 0, result.bodies > 0)
    assert max(found.s1_shares, key=found.s1_shares.get) == 1


def spread(volume, factor):
    """The same slices, `factor` times as far apart."""
    return replace(volume, positions_mm=volume.positions_mm * [factor, 1, 1])


def test_what_one_slice_alone_shows_stays_where_slices_lie_far_apart(phantom):
    """A lesion need not reach a slice 13 mm away."""

    class OneSection:
        name, version, digest, seen = "detect", "1", "", 0

        def predict(self, batch):
            numbers = self.seen + np.arange(len(batch))
            self.seen += len(batch)
            ones = np.ones((*batch.shape[:3], 1), np.float32)
            return ones * (numbers == 30)[:, None, None, None]

    def mapped(factor):
        t1, t2 = spread(phantom.t1, factor), spread(phantom.t2, factor)
        return map_exam(t1, t2, localizer=localizer_for(phantom), detector=OneSection()).modic

    assert not mapped(1).any()
    assert np.count_nonzero(mapped(3).any(axis=(1, 2))) == 1
