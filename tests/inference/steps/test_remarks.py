"""What is said of how T1 and T2 lie on each other."""

import pytest

from inference.steps.remarks import about_alignment


@pytest.mark.parametrize(
    ("residual", "said"),
    [
        (None, []),
        ((0.3, -0.2, 0.7), []),
        ((1.5, -1.5, 0.5), ["may have moved"]),
        ((-5.9, -5.9, -0.01), ["do they show the same place of one patient?"]),
        ((0.0, 0.0, 0.19), ["agreement 0.19"]),
        ((0.0, 0.0, 1.0), ["was one series given twice?"]),
    ],
)
def test_edges_tell_a_moved_patient_two_places_and_one_series_given_twice(residual, said):
    found = about_alignment((), residual)
    assert len(found) == len(said)
    assert all(part in sentence for part, sentence in zip(said, found, strict=True))


def test_slices_without_t2_are_counted_from_one():
    assert about_alignment((0, 2), None) == ["T1 slices without T2, not mapped: 1, 3."]
