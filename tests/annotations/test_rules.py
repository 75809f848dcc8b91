import pytest

from annotations.rules import LabellingRules, predominant_type, secondary_type
from annotations.vocabulary import ModicType

NONE, ONE, TWO, THREE = ModicType


def test_five_millimetres_count_and_less_does_not():
    assert LabellingRules().counts(5.0)
    assert not LabellingRules().counts(4.99)


@pytest.mark.parametrize(
    ("volumes", "expected"),
    [
        ({}, NONE),
        ({ONE: 0.0}, NONE),
        ({NONE: 90.0, TWO: 1.0}, TWO),
        ({ONE: 3.0, TWO: 4.0}, TWO),
        ({TWO: 4.0, ONE: 4.0}, ONE),
    ],
)
def test_predominant_type(volumes, expected):
    assert predominant_type(volumes) == expected


@pytest.mark.parametrize(
    ("volumes", "expected"),
    [
        ({}, None),
        ({ONE: 9.0}, None),
        ({ONE: 8.0, TWO: 2.0}, TWO),
        ({ONE: 8.1, TWO: 1.9}, None),
        ({NONE: 90.0, ONE: 8.0, TWO: 2.0}, TWO),
    ],
)
def test_secondary_type_from_a_fifth_of_the_changed_volume(volumes, expected):
    assert secondary_type(volumes) == expected


@pytest.mark.parametrize(
    "wrong", [{"min_diameter_mm": -1}, {"min_diameter_mm": float("nan")}, {"secondary_fraction": 1.1}]
)
def test_impossible_thresholds_are_refused(wrong):
    with pytest.raises(ValueError):
        LabellingRules(**wrong)
