"""The dry run of a protocol: calendar, hours, precision, warnings (line D6)."""

import copy
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readerstudy.studies.protocol import TEMPLATES, Assumptions, check, consequences, make
from readerstudy.studies.protocol.consequences import expected_precision

PAPERS = Assumptions(cases=20, first_day=date(2026, 3, 2))
MANY = Assumptions(cases=400, first_day=date(2026, 3, 2), before=0.4, after=0.6)


def doubts(document: dict[str, Any], assumed: Assumptions = PAPERS) -> str:
    check(document)
    return " ".join(warned.what for warned in consequences(document, assumed).warnings)


def test_the_papers_own_design_raises_its_warnings() -> None:
    said = doubts(make())
    assert "Order and arm are confounded: unaided always comes before assisted." in said
    assert "Nobody has stated whether R1, R2, R3 also labelled" in said
    assert "Too few cases" in said
    assert "shorter than 28 days" not in said, "the paper waited four weeks"
    assert "shorter than 28 days (27.9583 days)" in doubts(make(washout_hours=671))


def test_a_sound_design_raises_none() -> None:
    document = make("half-and-half")
    for reader in document["readers"]:
        reader["labelled_training_data"] = False
    assert doubts(document, MANY) == ""


def test_a_reader_who_labelled_the_training_data_is_named() -> None:
    document = make("half-and-half")
    for reader in document["readers"]:
        reader["labelled_training_data"] = reader["index"] == 2
    assert doubts(document, MANY) == "R2 also labelled the model's training data."


def test_sequences_followed_by_unequal_numbers_are_said() -> None:
    assert "equally many readers (2, 1)" in doubts(make("crossover", readers=3))
    assert "equally many" not in doubts(make("crossover", readers=4))


def test_a_deadline_before_the_work_can_end_is_said() -> None:
    document = make()
    document["periods"][1]["closes_at"] = "2026-04-01T12:00:00Z"
    said = doubts(document)
    assert "R2 would end Assisted on 2026-04-02, after it closes." in said
    document["periods"][1]["closes_at"] = "2026-04-03T12:00:00Z"
    assert "after it closes" not in doubts(document)


def test_every_warning_says_why_and_where_that_is_written() -> None:
    for key in TEMPLATES:
        for warned in consequences(make(key), PAPERS).warnings:
            assert len(warned.why) > 40
            assert warned.reference


def test_the_papers_calendar() -> None:
    planned = consequences(make(), PAPERS)
    r1, r2, _ = planned.readers
    assert [(s.opens, s.ends) for s in r1.stretches] == [(date(2026, 3, 2), date(2026, 3, 3))]
    assert [(s.opens, s.ends) for s in r2.stretches] == [
        (date(2026, 3, 2), date(2026, 3, 3)),
        (date(2026, 4, 1), date(2026, 4, 2)),
    ]
    assert (planned.reads, planned.ends) == (100, date(2026, 4, 2))
    assert planned.hours == pytest.approx(100 * 5 / 60)


def test_per_case_the_second_period_opens_earlier() -> None:
    per_case = consequences(make(washout_mode="per-case"), PAPERS).readers[1].stretches[1]
    assert per_case.opens == date(2026, 3, 30)


def test_blocks_and_second_reads_count() -> None:
    assert consequences(make("split-plot"), PAPERS).reads == 4 * 2 * 10
    second = consequences(make("second-read", readers=2), PAPERS)
    assert second.reads == 40
    assert second.hours == pytest.approx(2 * 40 * 5 / 60), "two answers for each case"


@given(
    st.sampled_from(list(TEMPLATES)),
    st.integers(1, 300),
    st.integers(1, 60),
    st.integers(1, 2000),
    st.sampled_from(["per-case", "per-session"]),
)
def test_no_period_is_planned_before_its_washout(
    key: str, cases: int, per_day: int, washout: int, mode: str
) -> None:
    document = make(key, washout_hours=washout, washout_mode=mode)
    assumed = Assumptions(cases=cases, first_day=date(2026, 3, 2), cases_per_day=per_day)
    for reader in consequences(document, assumed).readers:
        periods = [stretch for stretch in reader.stretches if stretch.analysed]
        for before, after in zip(periods, periods[1:], strict=False):
            counted = before.opens if mode == "per-case" else before.ends
            assert after.opens > before.ends
            assert after.opens - counted >= timedelta(days=washout // 24)


def test_precision_grows_with_cases_and_repeats() -> None:
    few, many = (expected_precision(n, 12, 0.27, 0.5, 0.6, 0.2) for n in (20, 80))
    assert few.change is not None
    assert many.change is not None
    assert many.change == pytest.approx(few.change / 2, rel=0.15), "about one over the root of the cases"
    assert many.kappa is not None
    assert few.lowest is not None
    assert few.highest is not None
    assert few.lowest < few.change < few.highest
    expected_precision.cache_clear()
    assert expected_precision(20, 12, 0.27, 0.5, 0.6, 0.2) == few
    assert expected_precision(1, 12, 0.27, 0.5, 0.6, 0.2).change is None


def test_the_dry_run_changes_nothing() -> None:
    document = make("williams")
    before = copy.deepcopy(document)
    consequences(document, PAPERS)
    assert document == before


@pytest.mark.parametrize(
    ("pacing", "ends"),
    [
        ({"cases_per_day": 20}, date(2026, 3, 3)),
        ({"cases_per_day": 5}, date(2026, 3, 5)),
        ({"hours_per_day": 0.5}, date(2026, 3, 5)),
        ({"break_after_cases": 5, "break_minutes": 15}, date(2026, 3, 3)),
    ],
)
def test_caps_lengthen_the_calendar(pacing: dict[str, Any], ends: date) -> None:
    """20 cases, 10 a day and 5 minutes each are assumed: two days."""
    document = make() | {"pacing": pacing}
    check(document)
    assert consequences(document, PAPERS).readers[0].ends == ends


def test_calibration_comes_before_the_first_period_and_is_no_case_read() -> None:
    plain, more = (consequences(make(key), PAPERS) for key in ("gao-2022", "calibration-main"))
    assert more.reads == plain.reads
    assert more.hours == pytest.approx(plain.hours + 3 * 15 * 5 / 60)
    first = more.readers[0].stretches
    assert [(part.period, part.cases) for part in first] == [("Calibration", 15), ("Initial", 20)]
    assert first[1].opens > first[0].ends
