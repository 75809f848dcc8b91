"""Choosing T1 and T2: each rule with its reason, each refusal with a sentence that says what to do."""

import numpy as np
import pytest

from inference.dicom.acceptance import accept
from inference.dicom.facts import facts_of
from inference.dicom.series import select
from inference.dicom.uids import Keyed
from tests.inference.dicom import made

AXIAL = [1, 0, 0, 0, 1, 0]


def facts(datasets):
    keyed = Keyed(made.KEY)
    found = []
    for number, dataset in enumerate(datasets):
        for index, picture in enumerate(accept(made.encoded(dataset))):
            found.append(facts_of(picture, index, f"{number}-{index}", keyed))
    return found


def chosen(datasets, **kwargs):
    (selection,) = select(facts(datasets), **kwargs)
    return selection


def other(series, start=0, **changes):
    """A further series of the same study."""
    uid = f"1.2.3.{series}"
    made_of = changes.pop("of", made.t1)
    return [
        one
        for index, one in enumerate(made_of(**{"SeriesInstanceUID": uid, "SeriesNumber": series, **changes}))
        if not setattr(one, "SOPInstanceUID", f"{uid}.{index + 1}")
    ]


def reason_of(selection, series):
    return next(d.reason for d in selection.decisions if d.series == f"Series {series}")


def test_t1_and_t2_are_chosen_with_reasons():
    selection = chosen(made.t1() + made.t2())
    assert selection.refusal == ""
    assert selection.t1.stack.first.series_number == 3
    assert selection.t2.stack.first.series_number == 4
    assert "T1 by TE 10 ms and TR 550 ms" in reason_of(selection, 3)
    assert "sagittal by its orientation" in reason_of(selection, 4)


PASSED_OVER = [
    ({"ImageOrientationPatient": AXIAL}, "axial, not sagittal"),
    ({"SeriesDescription": "3-plane loc"}, "a scout"),
    ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, "a scout"),
    ({"SeriesDescription": "SAG T1 +C"}, "after contrast"),
    ({"ContrastBolusAgent": "some agent"}, "after contrast"),
    ({"SeriesDescription": "SAG T1 FS"}, "T1 with fat suppression"),
    ({"ImageType": ["DERIVED", "SECONDARY", "MPR"]}, "derived"),
    ({"SeriesDescription": "T1 dixon opp"}, "Dixon"),
    ({"ImageType": ["ORIGINAL", "PRIMARY", "WATER"]}, "Dixon"),
    ({"ScanningSequence": "GR"}, "gradient echo"),
    ({"SeriesDescription": "something", "RepetitionTime": None}, "tell T1 from T2"),
]


@pytest.mark.parametrize(("changes", "why"), PASSED_OVER, ids=[why for _, why in PASSED_OVER])
def test_distractors_are_passed_over_with_the_reason(changes, why):
    selection = chosen(made.t1() + made.t2() + other(9, **changes))
    assert selection.refusal == ""
    assert selection.t1.stack.first.series_number == 3
    assert why in reason_of(selection, 9)


def test_a_duplicate_is_passed_over():
    selection = chosen(made.t1(6) + made.t2() + other(9, count=5))
    assert selection.t1.stack.first.series_number == 3
    assert "duplicate" in reason_of(selection, 9)


def test_a_suppressed_t2_is_taken_only_if_there_is_nothing_else():
    suppressed = other(9, of=made.t2, SeriesDescription="SAG STIR", InversionTime=160)
    both = chosen(made.t1() + made.t2() + suppressed)
    assert both.t2.stack.first.series_number == 4
    assert "plain series is there" in reason_of(both, 9)
    alone = chosen(made.t1() + suppressed)
    assert alone.t2.fat_suppressed == "yes"
    assert any("not validated on fat-suppressed T2" in warning for warning in alone.warnings)


@pytest.mark.parametrize("answer", ["yes", "no", "unknown"])
def test_fat_suppression_is_measured_where_the_header_is_silent(answer):
    asked = []

    def measure(stack):
        asked.append(stack.first.series_number)
        return answer

    assert chosen(made.t1() + made.t2(), measure_fat=measure).t2.fat_suppressed == answer
    assert asked == [4]


def test_trust_39_times_stand_above_the_label():
    swapped = chosen(made.t1(SeriesDescription="SAG T2") + made.t2(SeriesDescription="SAG T1"))
    assert swapped.t1.stack.first.series_number == 3
    assert any("description says T2" in warning for warning in swapped.warnings)
    bare = {"RepetitionTime": None, "EchoTime": None}
    labelled = chosen(made.t1(**bare) + made.t2(**bare))
    assert "by its description" in reason_of(labelled, 3)


def test_trust_39_order_comes_from_position_not_from_numbers():
    datasets = made.t1() + made.t2()
    for number, dataset in enumerate(datasets):
        dataset.InstanceNumber = 1 if number % 2 else 99 - number
    selection = chosen(datasets[::-1])
    steps = np.diff(selection.t1.stack.offsets)
    assert np.allclose(steps, 4.4)


@pytest.mark.parametrize("missing", ["t1", "t2"])
def test_trust_39_one_series_only_is_refused(missing):
    selection = chosen(made.t2() if missing == "t1" else made.t1())
    assert selection.code == "one-series"
    assert f"no usable sagittal {missing.upper()}" in selection.refusal.lower().replace(
        missing, missing.upper()
    )
    assert "Both series are needed" in selection.refusal


def test_trust_39_two_patients_are_refused():
    mixed = chosen(made.t1() + made.t2(PatientID="ID-2"))
    assert mixed.code == "two-patients"
    apart = select(facts(made.t1() + made.t2(PatientID="ID-2", StudyInstanceUID="1.2.99")))
    assert {s.code for s in apart} == {"two-patients"}
    assert all("different patients" in s.refusal for s in apart)


def test_trust_39_two_dates_are_refused():
    assert chosen(made.t1() + made.t2(StudyDate="20240301")).code == "two-dates"
    apart = select(facts(made.t1() + made.t2(StudyInstanceUID="1.2.99", StudyDate="20240301")))
    assert {s.code for s in apart} == {"two-dates"}


@pytest.mark.parametrize("count", [1, 2, 3])
def test_trust_39_too_few_slices_are_refused(count):
    selection = chosen(made.t1(count) + made.t2())
    assert selection.code == "one-series"
    assert f"only {count} slice" in selection.refusal


def moved(datasets, left=0.0, up=0.0):
    for dataset in datasets:
        x, y, z = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [x + left, y, z + up]
    return datasets


@pytest.mark.parametrize(("left", "up"), [(60.0, 0.0), (0.0, 200.0)])
def test_trust_39_series_that_do_not_overlap_are_refused(left, up):
    assert chosen(made.t1() + moved(made.t2(), left, up)).code == "no-overlap"
    assert chosen(made.t1() + moved(made.t2(), 2.0, 3.0)).refusal == ""


@pytest.mark.parametrize(("position", "word"), [("FFS", "feet first"), ("HFP", "prone"), ("FFP", "prone")])
def test_trust_39_feet_first_and_prone_are_said(position, word):
    selection = chosen(made.t1(PatientPosition=position) + made.t2(PatientPosition=position))
    assert selection.refusal == ""
    assert any(word in warning and "letters" in warning for warning in selection.warnings)


def test_trust_39_mixed_matrix_is_refused():
    odd = made.dataset(2, made.picture(32, 32))
    datasets = [*made.t1()[:2], odd, *made.t1()[3:], *made.t2()]
    assert "differ in matrix" in chosen(datasets).refusal


def test_trust_39_missing_and_doubled_slices_are_seen():
    gap = chosen([d for i, d in enumerate(made.t1(8)) if i != 4] + made.t2(8))
    assert gap.refusal == ""
    assert any("1 slice is missing" in warning for warning in gap.warnings)
    doubled = made.t1(6)
    doubled[3].ImagePositionPatient = doubled[2].ImagePositionPatient
    assert "one position" in chosen(doubled + made.t2()).refusal


def test_trust_39_a_changing_frame_of_reference_is_refused():
    datasets = made.t1()
    for dataset in datasets[3:]:
        dataset.FrameOfReferenceUID = "1.2.3.10"
    assert "frame of reference" in chosen(datasets + made.t2()).refusal
    between = chosen(made.t1() + made.t2(FrameOfReferenceUID="1.2.3.10"))
    assert between.refusal == ""
    assert any("frames of reference" in warning for warning in between.warnings)


def test_trust_39_an_axial_stray_is_left_out_of_its_series():
    stray = made.dataset(6, ImageOrientationPatient=AXIAL, SOPInstanceUID="1.2.3.4.77")
    selection = chosen([*made.t1(), stray, *made.t2()])
    assert len(selection.t1.stack.images) == 6
    assert any("another direction" in warning for warning in selection.warnings)


def test_trust_38_one_identifier_for_two_pictures_is_refused():
    datasets = made.t1()
    datasets[3].SOPInstanceUID = datasets[2].SOPInstanceUID
    assert chosen(datasets + made.t2()).code == "double-identifier"


def test_identifiers_may_repeat_across_series():
    datasets = made.t1() + made.t2()
    for number, dataset in enumerate(datasets):
        dataset.SOPInstanceUID = f"1.2.{number % 6 + 1}"
    selection = chosen(datasets)
    assert selection.refusal == ""
    assert len(selection.t1.stack.images) == len(selection.t2.stack.images) == 6


def test_the_same_file_twice_is_once():
    selection = chosen(made.t1() + made.t1() + made.t2())
    assert selection.refusal == ""
    assert len(selection.t1.stack.images) == 6


def test_echoes_of_one_series_are_told_apart():
    early = other(9, of=made.t2, EchoTime=20)
    late = other(9, of=made.t2, EchoTime=95)
    for number, dataset in enumerate(late):
        dataset.SOPInstanceUID = f"1.2.3.9.{number + 100}"
    selection = chosen(made.t1() + early + late)
    assert selection.t2.stack.first.echo_ms == 95


def test_the_hard_headers_of_a_real_exam(shared_data, tmp_path):
    from inference.dicom.fat import fat_suppressed
    from inference.dicom.intake import receive
    from inference.dicom.read import read_files

    result = receive(shared_data / "rsna" / "100206310", tmp_path, Keyed(made.KEY))
    assert len(result.images) == 96
    assert len({image.source_key for image in result.images}) == 96

    def measure(stack):
        return fat_suppressed(read_files([tmp_path / "clean" / image.file for image in stack.images]))

    (selection,) = select(result.images, measure)
    assert selection.refusal == ""
    assert (selection.t1.stack.first.rows, selection.t2.stack.first.rows) == (512, 462)
    assert len(selection.t1.stack.images) == len(selection.t2.stack.images) == 18
    assert selection.t2.fat_suppressed == "yes"
    assert sum("axial" in decision.reason for decision in selection.decisions) == 1
    volume = read_files([tmp_path / "clean" / image.file for image in selection.t1.stack.images])
    assert volume.slice_spacing_mm == pytest.approx(4.48, abs=0.01)
