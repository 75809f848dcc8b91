"""What readers remembered, and the change of kappa without it."""

import numpy as np
import pandas as pd
import pytest

from annotations.agreement import kappa_difference
from annotations.agreement.plan import Plan
from annotations.agreement.recall import Remembered, recall_analysis

PLAN = Plan(arms=("unaided", "assisted"), readers=("R1", "R2"), pairs=(("R1", "R2"),))
EXAMS, HALVES = [f"C{n:03d}" for n in range(1, 13)], ["upper", "lower"]


def table() -> pd.DataFrame:
    """Seeded grades; R2 follows R1 more often when assisted."""
    generator, rows = np.random.default_rng(3), []
    for exam in EXAMS:
        for half in HALVES:
            first = int(generator.integers(0, 4))
            for arm, follows in (("unaided", 0.4), ("assisted", 0.8)):
                second = first if generator.random() < follows else int(generator.integers(0, 4))
                for reader, grade in (("R1", first), ("R2", second)):
                    rows.append(
                        {
                            "exam": exam,
                            "level": "L4",
                            "half": half,
                            "reader": reader,
                            "arm": arm,
                            "grade": grade,
                        }
                    )
    return pd.DataFrame(rows)


def counted(frame: pd.DataFrame, exams: list[str], arm: str) -> np.ndarray:
    """Tables by exam, counted one unit at a time."""
    found = np.zeros((len(exams), 4, 4), dtype=int)
    for place, exam in enumerate(exams):
        for half in HALVES:
            rows = frame[(frame.exam == exam) & (frame.half == half) & (frame.arm == arm)]
            grades = dict(zip(rows.reader, rows.grade, strict=True))
            found[place, grades["R1"], grades["R2"]] += 1
    return found


def test_w10_recalled_cases_are_left_out_for_the_pair_and_false_alarms_are_not() -> None:
    frame = table()
    said = [Remembered("R2", exam, 4 if place < 3 else 2, False) for place, exam in enumerate(EXAMS)]
    said += [Remembered("R2", "C100", 3, True), Remembered("R2", "C101", 1, True)]
    found = recall_analysis(frame, PLAN, said)
    (row,) = found["without"]
    left = EXAMS[3:]
    expected = kappa_difference(counted(frame, left, "unaided"), counted(frame, left, "assisted"))
    assert row["n_units"] == 2 * len(left)
    assert row["delta"]["estimate"] == pytest.approx(expected.estimate)
    assert (row["delta"]["lo"], row["delta"]["hi"]) == pytest.approx((expected.lo, expected.hi))
    (reader,) = found["readers"]
    assert (reader["hits"], reader["cases"], reader["false_alarms"], reader["lures"]) == (3, 12, 1, 2)


def test_everything_recalled_leaves_nothing_and_says_so() -> None:
    said = [Remembered(reader, exam, 4, False) for reader in ("R1", "R2") for exam in EXAMS]
    found = recall_analysis(table(), PLAN, said)
    assert found["without"] == [{"readers": ["R1", "R2"], "n_units": 0, "delta": None}]
    assert [row["d_prime"]["estimate"] for row in found["readers"]] == [None, None]
