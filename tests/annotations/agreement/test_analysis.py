import json

import pytest

from annotations.agreement.analysis import analyse
from annotations.agreement.plan import Plan, PlanError
from annotations.agreement.readings import ReadingsError, read_table
from annotations.agreement.result import Result
from annotations.agreement.verdict import number, p_words

ARMS = ["unaided", "assisted"]
PLAN = {"arms": ARMS, "readers": ["R1", "R2", "R3"], "baseline": "R1", "resamples": 200}


def grade_of(reader, arm, exam, unit):
    """A made-up reader: wrong more often unaided, R3 more often than R2."""
    truth = 0 if (exam * 7 + unit * 3) % 10 < 6 else (exam + unit) % 3 + 1
    slips = {"R1": 0, "R2": 3, "R3": 4}[reader] - (arm == "assisted")
    return (truth + 1) % 4 if reader != "R1" and (exam * 5 + unit * 7 + len(reader)) % 13 < slips else truth


def rows(exams=8, units=4):
    return [
        {
            "exam": f"E{exam}",
            "level": f"L{unit // 2 + 1}",
            "half": ("upper", "lower")[unit % 2],
            "reader": reader,
            "arm": arm,
            "grade": grade_of(reader, arm, exam, unit),
            "not_gradable": "",
            "in_bulk": False,
        }
        for reader in ("R1", "R2", "R3")
        for arm in (ARMS[:1] if reader == "R1" else ARMS)
        for exam in range(exams)
        for unit in range(units)
    ]


def find(table, **wanted):
    return next(row for row in table if all(row[key] == value for key, value in wanted.items()))


def test_a_unit_not_gradable_once_leaves_the_pair_and_is_counted_by_reader_arm_and_reason():
    table = rows()
    find(table, reader="R2", arm="assisted", exam="E1", level="L1", half="upper").update(
        grade=None, not_gradable="artefact"
    )
    table.remove(find(table, reader="R3", arm="unaided", exam="E2", level="L1", half="upper"))
    report = analyse(table, PLAN)
    by_pair = {tuple(p["readers"]): p for p in report["pairs"]}
    assert by_pair["R1", "R2"]["n_units"] == 31
    assert by_pair["R1", "R2"]["left_out"] == {
        "units": 1,
        "by_reason": [{"reader": "R2", "arm": "assisted", "reason": "not gradable: artefact", "units": 1}],
    }
    assert by_pair["R2", "R3"]["n_units"] == 30
    assert by_pair["R2", "R3"]["left_out"]["units"] == 2
    reader = find(report["readers"], reader="R3", arm="unaided")
    assert (sum(reader["grades"]), reader["not_read"], reader["not_gradable"]) == (31, 1, 0)


def test_sensitivity_to_what_was_left_out_is_reported_where_something_was():
    table = rows()
    assert analyse(table, PLAN)["pairs"][0]["sensitivity"] == {}
    find(table, reader="R2", arm="assisted", exam="E1").update(grade=None, not_gradable="artefact")
    extra = analyse(table, PLAN)["pairs"][0]["sensitivity"]
    assert extra["all_available"]["before"]["n_units"] == 32
    assert extra["all_available"]["after"]["n_units"] == 31
    own = extra["not_gradable_as_category"]
    assert own["before"]["n_units"] == own["after"]["n_units"] == 32


def test_grades_set_in_bulk_are_counted():
    table = rows()
    find(table, reader="R3", arm="assisted", grade=0)["in_bulk"] = True
    report = analyse(table, PLAN)
    assert find(report["readers"], reader="R3", arm="assisted")["in_bulk"] == 1
    assert find(report["readers"], reader="R2", arm="assisted")["in_bulk"] == 0


def test_the_baseline_reader_stands_in_both_arms_and_the_pair_that_re_read_compares_its_own_arms():
    report = analyse(rows(), PLAN)
    by_pair = {tuple(p["readers"]): p for p in report["pairs"]}
    assert by_pair["R1", "R3"]["arms"] == {"R1": ["unaided", "unaided"], "R3": ARMS}
    assert by_pair["R2", "R3"]["arms"] == {"R2": ARMS, "R3": ARMS}
    row_totals = [[sum(r) for r in by_pair["R1", "R3"][side]["table"]] for side in ("before", "after")]
    assert row_totals[0] == row_totals[1]


def test_a_reader_who_never_re_read_makes_the_pair_not_estimable_not_an_error():
    table = [row for row in rows() if (row["reader"], row["arm"]) != ("R3", "assisted")]
    report = analyse(table, PLAN)
    pair = report["pairs"][1]
    assert pair["verdict"]["decision"] == "not estimable"
    assert pair["left_out"]["by_reason"] == [
        {"reader": "R3", "arm": "assisted", "reason": "not read", "units": 32}
    ]
    assert "could not be estimated" in report["verdict"]
    json.dumps(report, allow_nan=False)


def test_a_study_in_which_all_grades_are_none_survives():
    report = analyse([row | {"grade": 0} for row in rows()], PLAN)
    assert {p["verdict"]["decision"] for p in report["pairs"]} == {"not estimable"}
    assert report["pairs"][0]["mcnemar"]["plain"]["exact"]["p"] == 1.0
    assert "grade 1, 2, 3" in " ".join(report["pairs"][0]["warnings"])
    json.dumps(report, allow_nan=False)


def test_a_clear_change_is_called_one():
    flip = {"unaided": 3, "assisted": 40}
    table = [
        row | {"grade": row["grade"] if (i % flip[row["arm"]]) or row["reader"] == "R1" else 3 - row["grade"]}
        for i, row in enumerate(rows(exams=30))
    ]
    report = analyse(table, PLAN | {"pairs": [["R1", "R2"]]})
    verdict = report["pairs"][0]["verdict"]
    assert verdict["decision"] == "changed"
    assert "kappa rose" in verdict["text"]
    assert "Holm" not in verdict["text"]
    assert report["verdict"] == "Agreement changed in 1 of the 1 reader pair named by the plan: R1 and R2."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.append(dict(t[0])), "answer the same unit twice: rows 1, 161"),
        (
            lambda t: t[3].update(grade=9),
            r"other than \[0, 1, 2, 3\] \('9'\): row 4. Name every category",
        ),
        (lambda t: t[3].update(grade="1,5"), "grades other than"),
        (lambda t: t[3].update(reader="R9"), "readers other than"),
        (lambda t: t[3].update(arm="later"), "arms other than"),
        (lambda t: t[3].update(not_gradable="artefact"), "both a grade and a reason"),
        (lambda t: t.clear(), "lacks the columns"),
    ],
)
def test_a_table_that_cannot_be_analysed_is_refused_with_its_rows(change, words):
    table = rows()
    change(table)
    with pytest.raises(ReadingsError, match=words):
        read_table(table, Plan.from_json(PLAN))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"baseline": "R7"}, "baseline 'R7' is not among"),
        ({"arms": ["a", "a"]}, "two different arms"),
        ({"readers": ["R1"]}, "at least two readers"),
        ({"pairs": [["R1", "R8"]]}, "does not name two"),
        ({"pairs": [["R1", "R2"], ["R2", "R1"]]}, "each once"),
        ({"alpha": 1.0}, "between 0 and 1"),
        ({"resample": 3}, "Unknown settings"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(change, words):
    with pytest.raises(PlanError, match=words):
        Plan.from_json(PLAN | change)


def test_a_plan_survives_json_and_names_every_pair_by_default():
    plan = Plan.from_json(PLAN)
    assert Plan.from_json(plan.to_json()) == plan
    assert plan.pairs == (("R1", "R2"), ("R1", "R3"), ("R2", "R3"))


def test_a_result_is_never_nan_and_never_without_a_reason():
    with pytest.raises(ValueError, match="never NaN"):
        Result(estimate=float("nan"))
    with pytest.raises(ValueError, match="needs a reason"):
        Result()


def test_words_of_figures():
    assert [p_words(p) for p in (0.0, 0.0004, 0.0005, 0.0561)] == [
        "p < 0.001",
        "p < 0.001",
        "p = 0.001",
        "p = 0.056",
    ]
    assert [number(x) for x in (-0.001, -0.31, 0.5)] == ["0.00", "−0.31", "0.50"]
