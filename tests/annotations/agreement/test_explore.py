"""Analyses beyond the plan: held to the plan's own figures where both ask the same."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from annotations.agreement.analysis import analyse
from annotations.agreement.explore import ExplorationError, Question, explore, subset
from annotations.agreement.plan import Plan
from annotations.agreement.readings import read_table

PAIR = ("R1", "R3")
PLAN = {"arms": ["initial", "assisted"], "readers": ["R1", "R2", "R3"], "baseline": "R1", "resamples": 100}
PATH = Path(__file__).parents[1] / "data" / "table3_like.csv"


@pytest.fixture(scope="module")
def table():
    frame = pd.read_csv(PATH, dtype=str).rename(columns={"endplate": "half", "phase": "arm"})
    frame["reader"] = "R" + frame["reader"]
    return frame


@pytest.fixture(scope="module")
def readings(table):
    return read_table(table, Plan.from_json(PLAN))


def test_the_plans_own_question_gives_the_plans_own_figures(table, readings):
    pair = next(p for p in analyse(table, PLAN)["pairs"] if p["readers"] == list(PAIR))
    row = explore(readings, Question((PAIR,)))["rows"][0]
    assert row["n_units"] == pair["n_units"]
    for side in ("before", "after"):
        assert row[side]["estimate"] == pytest.approx(pair[side]["kappa"]["estimate"], abs=1e-12)
    assert row["change"]["estimate"] == pytest.approx(pair["delta"]["estimate"], abs=1e-12)
    assert row["change"]["se"] == pytest.approx(pair["delta"]["se"], rel=0.1)
    for name, key in (("gwet_ac", "gwet_ac1"), ("scott_pi", "scott_pi"), ("percent_agreement",) * 2):
        found = explore(readings, Question((PAIR,), coefficient=name))["rows"][0]["before"]
        planned = pair["before"]["secondary"][key]
        assert [found[part] for part in ("estimate", "se", "lo", "hi", "p")] == pytest.approx(
            [planned[part] for part in ("estimate", "se", "lo", "hi", "p")]
        )


def test_parts_of_the_study_are_those_units_alone(table, readings):
    keep = {"level": ("L4", "L5"), "half": ("lower",)}
    found = explore(readings, Question((PAIR,), keep=keep, weights="quadratic"))
    part = table[table["level"].isin(["L4", "L5"]) & (table["half"] == "lower")]
    wide = part.pivot(index=["exam", "level", "half"], columns=["reader", "arm"], values="grade").astype(int)
    for side, arm in (("before", "initial"), ("after", "assisted")):
        pair = wide[("R1", "initial")], wide[("R3", arm)]
        kappa = cohen_kappa_score(*pair, weights="quadratic", labels=[0, 1, 2, 3])
        assert found["rows"][0][side]["estimate"] == pytest.approx(kappa)
    assert (found["n_units"], found["n_exams"]) == (len(wide), wide.index.get_level_values("exam").nunique())
    assert found["question"]["keep"] == {"level": ["L4", "L5"], "half": ["lower"]}
    json.dumps(found, allow_nan=False)


def test_grades_taken_as_present_or_as_one_type(table, readings):
    wide = table[table["arm"] == "initial"].pivot(
        index=["exam", "level", "half"], columns="reader", values="grade"
    )
    wide = wide.astype(int)
    for group, chosen in (("present", wide > 0), ("2", wide == 2)):
        row = explore(readings, Question((PAIR,), group=group))["rows"][0]
        assert row["before"]["estimate"] == pytest.approx(cohen_kappa_score(chosen["R1"], chosen["R3"]))


def test_one_exam_or_one_category_is_not_estimable_and_says_why(readings):
    one = explore(readings, Question((PAIR,), keep={"exam": (readings.exams[0],)}))["rows"][0]
    assert one["change"]["p"] is None
    assert one["change"]["reason"]
    nowhere = subset(readings, np.arange(len(readings.exam_of)) < 2)
    assert len(nowhere.exams) == 1


def test_accuracy_only_where_asked_and_only_with_truth(table, readings):
    assert explore(readings, Question((PAIR,)))["accuracy"] is None
    assert explore(readings, Question((PAIR,), accuracy=True))["accuracy"]["left_out"]
    truth = table[(table["reader"] == "R1")].set_index(["exam", "level", "half"])["grade"]
    keys = pd.MultiIndex.from_frame(table[["exam", "level", "half"]])
    known = read_table(table.assign(truth=truth.reindex(keys).to_numpy()), Plan.from_json(PLAN))
    rows = explore(known, Question((PAIR,), accuracy=True))["accuracy"]["rows"]
    perfect = [r for r in rows if (r["who"], r["group"]) == ("R1", "overall")]
    assert perfect[0]["measures"]["accuracy"]["wald"]["estimate"] == 1.0


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (Question(()), "at least one pair"),
        (Question((("R1", "R1"),)), "two of the readers R1, R2, R3"),
        (Question((("R1", "R9"),)), "two of the readers"),
        (Question((PAIR,), coefficient="magic"), "one of the coefficients"),
        (Question((PAIR,), group="7"), "all, present, 1, 2, 3"),
        (Question((PAIR,), keep={"level": ("T12",)}), "No unit is left"),
        (Question((PAIR,), keep={"side": ("left",)}), "no side"),
    ],
)
def test_a_question_that_cannot_be_asked_says_what_to_choose(readings, question, said):
    with pytest.raises(ExplorationError, match=said):
        explore(readings, question)
