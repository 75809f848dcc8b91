"""Answers as the reading room sends them: every value is what it is in JSON, and nothing else is taken."""

from typing import Any

import pytest

from readerstudy.reads.serializers import MAX_SITES, DraftSerializer

ANSWER = {"level": "L4", "half": "lower", "grade": 1, "not_gradable": None}
LEASE = "00000000-0000-4000-8000-000000000000"


def taken(answers: Any) -> Any:
    """What the serializer makes of them; None where it refuses."""
    bound = DraftSerializer(data={"lease": LEASE, "version": 0, "answers": answers})
    return bound.validated_data["answers"] if bound.is_valid() else None


def test_what_is_left_out_stands_for_nothing_said() -> None:
    assert taken([ANSWER]) == [{**ANSWER, "in_bulk": False, "secondary": None, "confidence": None}]


def test_what_nobody_asked_for_is_not_kept() -> None:
    (answer,) = taken([{**ANSWER, "note": "x" * 10_000}])
    assert "note" not in answer


@pytest.mark.parametrize(
    "wrong",
    [
        {"grade": 4},
        {"grade": True},
        {"grade": 1.0},
        {"grade": "1"},
        {"grade": [1]},
        {"level": "L6"},
        {"level": None},
        {"half": {}},
        {"not_gradable": "because"},
        {"in_bulk": 1},
        {"in_bulk": None},
        {"secondary": False},
        {"confidence": 0},
    ],
)
def test_another_value_is_refused(wrong: dict[str, Any]) -> None:
    assert taken([{**ANSWER, **wrong}]) is None


@pytest.mark.parametrize("missing", ["level", "half", "grade", "not_gradable"])
def test_level_half_grade_and_reason_are_always_said(missing: str) -> None:
    assert taken([{name: value for name, value in ANSWER.items() if name != missing}]) is None


@pytest.mark.parametrize("answers", [None, {}, "x", ["x"], [None], [[ANSWER]], [ANSWER] * (MAX_SITES + 1)])
def test_what_is_no_list_of_answers_is_refused(answers: Any) -> None:
    assert taken(answers) is None
