"""The sides of a body, mixed with what lies beside it, are not looked at."""

import numpy as np

from inference.steps.partial_volume import LEAST_SECTIONS, seen_beside

MM = (1.0, 1.0)


def rounded(lengths: list[int], number: int = 1) -> np.ndarray:
    """A body whose sections are so long, all ending at the same back wall."""
    numbers = np.zeros((len(lengths) + 4, 30, 50), np.int16)
    for index, length in enumerate(lengths, 2):
        numbers[index, 5:25, 40 - length : 40] = number
    return numbers


def test_sections_beside_nothing_are_left_out_and_the_middle_stays() -> None:
    numbers = rounded([20, 30, 30, 30, 20])
    kept = seen_beside(numbers, MM)
    assert not kept[[2, 6]].any()
    assert (kept[4] == (numbers[4] > 0)).all()


def test_of_a_longer_section_only_what_the_shorter_neighbour_shows_stays() -> None:
    kept = seen_beside(rounded([20, 20, 30, 30, 20, 20]), MM)
    assert kept[4].any(axis=0).nonzero()[0].min() == 40 - 20 - 1
    assert kept[5].any(axis=0).nonzero()[0].max() == 39


def test_another_body_on_the_neighbouring_slice_is_not_the_same_body() -> None:
    numbers = rounded([30] * 5)
    numbers[1, 5:25, 10:40] = 2
    assert not seen_beside(numbers, MM)[2].any()


def test_sections_at_the_edge_of_what_was_acquired_stay() -> None:
    numbers = rounded([30] * 5)[2:7]
    assert (seen_beside(numbers, MM) == (numbers > 0)).all()


def test_a_body_on_few_slices_keeps_them_all() -> None:
    numbers = rounded([30] * (LEAST_SECTIONS - 1))
    assert (seen_beside(numbers, MM) == (numbers > 0)).all()
