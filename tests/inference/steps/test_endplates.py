"""Labels, volumes and diameters against regions drawn by hand."""

import numpy as np
import pytest

from annotations.rules import LabellingRules
from annotations.vocabulary import Half, Level, ModicType
from inference.steps.endplates import Calibration, find, largest_diameter_mm, relabel
from inference.volume import NEIGHBOURS_MM

SPACING = (4.0, 0.5, 0.5)
VOXEL = 1.0


def one_body(slices=4):
    numbers = np.zeros((slices, 80, 100), np.int16)
    numbers[:, 10:66, 10:82] = 1
    halves = np.zeros(numbers.shape, np.uint8)
    halves[:, 10:38, 10:82] = 1
    halves[:, 38:66, 10:82] = 2
    return numbers, halves, np.zeros(numbers.shape, np.uint8), np.zeros(numbers.shape, np.float32)


def test_any_voxel_labels_and_suggestion_differ_on_purpose():
    numbers, halves, modic, probability = one_body()
    modic[1, 10:16, 20:50] = 2
    modic[1, 16, 20:26] = 1
    modic[2, 10, 70] = 3
    probability[modic > 0] = 0.9
    upper, lower = find(modic, probability, numbers, halves, SPACING)
    assert (upper.half, lower.half) == (Half.UPPER, Half.LOWER)
    assert upper.types == (1, 2, 3)
    assert upper.suggestion is ModicType.TYPE_2
    assert upper.secondary is None
    assert upper.volume_mm3 == {1: 6.0, 2: 180.0, 3: 1.0}
    assert upper.fraction == pytest.approx(187 / (4 * 28 * 72), abs=1e-6)
    assert lower.types == ()
    assert lower.suggestion is ModicType.NONE
    assert lower.largest_diameter_mm == 0.0
    assert lower.probability == pytest.approx(0.0, abs=1e-3)


def test_a_region_under_5_mm_is_labelled_but_not_suggested():
    numbers, halves, modic, probability = one_body()
    modic[1, 20, 20:29] = 1  # nine pixels of 0.5 mm: 4.5 mm
    (upper, _) = find(modic, probability, numbers, halves, SPACING)
    assert upper.types == (1,)
    assert upper.suggestion is ModicType.NONE
    assert upper.largest_diameter_mm == pytest.approx(4.5)
    modic[1, 20, 29] = 1
    (upper, _) = find(modic, probability, numbers, halves, SPACING)
    assert upper.largest_diameter_mm == pytest.approx(5.0)
    assert upper.suggestion is ModicType.TYPE_1


def test_two_small_regions_do_not_add_up_to_a_large_one():
    numbers, halves, modic, probability = one_body()
    modic[1, 20, 20:28] = 1
    modic[1, 20, 40:48] = 1
    (upper, _) = find(modic, probability, numbers, halves, SPACING)
    assert upper.suggestion is ModicType.NONE


def test_a_region_goes_on_through_the_slices_but_its_diameter_is_in_plane():
    numbers, halves, modic, probability = one_body()
    modic[0:4, 20:24, 20:24] = 2
    (upper, _) = find(modic, probability, numbers, halves, SPACING)
    assert upper.largest_diameter_mm < 3.0


@pytest.mark.parametrize(("second", "expected"), [(24, None), (25, ModicType.TYPE_3)])
def test_the_secondary_type_needs_a_fifth_of_the_volume(second, expected):
    numbers, halves, modic, probability = one_body()
    modic[1, 20:25, 20:40] = 1
    modic[1, 25, 20 : 20 + second] = 3
    (upper, _) = find(modic, probability, numbers, halves, SPACING)
    assert upper.suggestion is ModicType.TYPE_1
    assert upper.secondary is expected


def test_the_thresholds_are_the_protocols():
    numbers, halves, modic, probability = one_body()
    modic[1, 20, 20:29] = 1
    rules = LabellingRules(min_diameter_mm=4.0)
    (upper, _) = find(modic, probability, numbers, halves, SPACING, rules)
    assert upper.suggestion is ModicType.TYPE_1


def test_a_lesion_across_the_middle_counts_to_each_half_by_itself():
    numbers, halves, modic, probability = one_body()
    modic[1, 30:46, 20:40] = 2
    upper, lower = find(modic, probability, numbers, halves, SPACING)
    assert upper.volume_mm3[ModicType.TYPE_2] == lower.volume_mm3[ModicType.TYPE_2] == 160.0


def test_probability_rises_with_height_and_extent_and_is_there_without_a_type():
    numbers, halves, modic, probability = one_body()
    probability[1:3, 20:24, 20:30] = 0.4  # 10 mm2, on two slices
    small = find(modic, probability, numbers, halves, SPACING)[0].probability
    probability[1:3, 20:24, 20:40] = 0.4
    large = find(modic, probability, numbers, halves, SPACING)[0].probability
    probability[1:3, 20:24, 20:40] = 0.9
    high = find(modic, probability, numbers, halves, SPACING)[0].probability
    assert (small, large, high) == (pytest.approx(0.2), pytest.approx(0.4), pytest.approx(0.9))


def test_a_calibration_turns_the_score_of_every_half_into_its_probability():
    numbers, halves, modic, probability = one_body()
    probability[1:3, 20:24, 20:40] = 0.9
    upper, lower = find(modic, probability, numbers, halves, SPACING, None, Calibration(1.0, -1.0))
    assert upper.probability == pytest.approx(9 / (9 + np.e), abs=1e-6)
    assert 0.0 < lower.probability < 0.01


def test_evidence_counts_below_the_threshold_and_lowers_nothing_where_something_is_mapped():
    numbers, halves, modic, probability = one_body()
    probability[1:3, 20:24, 20:40] = 0.4

    def upper(**told):
        return find(modic, probability, numbers, halves, SPACING, threshold=0.7, **told)[0].probability

    alone, weighed = upper(), Calibration().weighed
    for evidence in (-2.0, 2.0):
        told = upper(evidence={(1, Half.UPPER): evidence})
        assert told == pytest.approx(weighed(0.4, evidence, 0.7), abs=1e-6)
        assert (told > alone) is (evidence > 0)
    assert upper(evidence={(1, Half.LOWER): 2.0}) == alone
    modic[1, 20:24, 20:40] = 2
    assert upper(evidence={(1, Half.UPPER): -2.0}) == alone
    assert upper(evidence={(1, Half.UPPER): 2.0}) == pytest.approx(weighed(0.4, 2.0, 0.7), abs=1e-6)


def test_what_shows_on_one_slice_alone_counts_half_and_a_lone_slice_stands_for_itself():
    numbers, halves, modic, probability = one_body()
    probability[1, 20:24, 20:40] = 0.8
    assert find(modic, probability, numbers, halves, SPACING)[0].probability == pytest.approx(0.4)
    halves[2:], halves[:1] = 0, 0
    assert find(modic, probability, numbers, halves, SPACING)[0].probability == pytest.approx(0.8)


def test_a_half_that_is_not_in_the_picture_is_absent():
    numbers, halves, modic, probability = one_body()
    halves[halves == 1] = 0
    findings = find(modic, probability, numbers, halves, SPACING)
    assert [f.half for f in findings] == [Half.LOWER]


def test_names_are_put_on_afterwards_head_to_foot():
    numbers, halves, modic, probability = one_body()
    numbers[:, 38:66] *= 2
    findings = find(modic, probability, numbers, halves, SPACING)
    assert [(f.body, f.half) for f in findings] == [(1, "upper"), (2, "lower")]
    labels = relabel(findings, {1: Level.S1, 2: Level.L5})
    assert [(label.level, label.half) for label in labels] == [("L5", "lower"), ("S1", "upper")]
    assert [label.level for label in relabel(findings, {2: Level.L4})] == ["L4"]


@pytest.mark.parametrize(("radius", "spacing"), [(5.0, (0.5, 0.5)), (4.0, (0.4, 0.7)), (9.0, (0.68, 0.68))])
def test_the_diameter_of_a_disc(radius, spacing):
    rows, columns = np.indices((120, 120)) * np.reshape(spacing, (2, 1, 1))
    disc = np.hypot(rows - 30.1, columns - 30.2) <= radius
    assert largest_diameter_mm(disc[None], spacing) == pytest.approx(2 * radius, abs=1.2 * max(spacing))


def test_the_diameter_of_a_line_and_a_point():
    region = np.zeros((1, 10, 10), bool)
    assert largest_diameter_mm(region, (1, 1)) == 0.0
    region[0, 3, 3] = True
    assert largest_diameter_mm(region, (1, 1)) == 1.0
    region[0, 3, 3:9] = True
    assert largest_diameter_mm(region, (1, 1)) == 6.0


def test_slices_far_apart_each_stand_for_themselves():
    numbers, halves, modic, probability = one_body()
    probability[1, 20:24, 20:40] = 0.8
    far = (NEIGHBOURS_MM + 0.1, *SPACING[1:])
    assert find(modic, probability, numbers, halves, far)[0].probability == pytest.approx(0.8)
