"""The synthetic study shaped like the paper's Table 3 gives the figures computed for it independently."""

import json
from pathlib import Path

import pandas as pd
import pytest

from annotations.agreement.analysis import analyse

DATA = Path(__file__).parent.parent / "data"
EXPECTED = json.loads((DATA / "table3_like_expected.json").read_text())["values"]
PLAN = {
    "arms": ["initial", "assisted"],
    "readers": ["R1", "R2", "R3"],
    "baseline": "R1",
    "resamples": 20_000,
    "seed": 7,
}


@pytest.fixture(scope="module")
def table():
    frame = pd.read_csv(DATA / "table3_like.csv").rename(columns={"endplate": "half", "phase": "arm"})
    return frame.assign(reader="R" + frame["reader"].astype(str))


@pytest.fixture(scope="module")
def report(table):
    return analyse(table, PLAN, dataset_sha256="abc")


@pytest.fixture(params=sorted(EXPECTED))
def pair(request, report):
    found = next(p for p in report["pairs"] if "-".join(p["readers"]) == request.param)
    return found, EXPECTED[request.param]


def test_kappas_and_their_change(pair):
    found, expected = pair
    exact = {
        "kappa_initial": found["before"]["kappa"]["estimate"],
        "kappa_assisted": found["after"]["kappa"]["estimate"],
        "delta": found["delta"]["estimate"],
        "delta_se_cluster": found["delta"]["se"],
        "delta_p_T2": found["delta"]["p"],
        "delta_p_wald_cluster": found["delta"]["details"]["p_normal"],
    }
    assert exact == pytest.approx({name: expected[name] for name in exact}, abs=1e-9)
    presence = [found[side]["kappa_presence"]["estimate"] for side in ("before", "after")]
    assert presence == pytest.approx(expected["kappa_presence_only"], abs=1e-9)
    assert (found["n_units"], found["n_exams"]) == (240, 20)


def test_mcnemar_plain_and_clustered(pair):
    found, expected = pair
    test = found["mcnemar"]
    assert (test["table"]["before_only"], test["table"]["after_only"]) == (expected["b"], expected["c"])
    assert sum(test["table"].values()) == 240
    plain = {"exact": "exact", "midp": "midp", "asymptotic": "p", "corrected": "p_cc"}
    for name, key in plain.items():
        assert test["plain"][name]["p"] == pytest.approx(expected[key], abs=1e-9)
        assert "ignores clustering" in test["plain"][name]["warnings"]
    for name in ("obuchowski", "durkalski", "eliasziw", "yang"):
        assert test["clustered"][name]["p"] == pytest.approx(expected[f"p_{name}"], abs=1e-9)


def test_the_bootstrap_agrees_within_monte_carlo_error(pair):
    found, expected = pair
    assert [found["bootstrap"]["lo"], found["bootstrap"]["hi"]] == pytest.approx(
        expected["boot_ci"], abs=0.004
    )
    assert found["bootstrap"]["p"] == pytest.approx(expected["boot_p"], abs=0.02)


def test_the_verdict_follows_the_primary_test_and_says_where_others_differ(report):
    first, second, third = (p["verdict"] for p in report["pairs"])
    assert [v["decision"] for v in (first, second, third)] == ["not shown"] * 3
    assert "not shown for any of the 3 reader pairs" in report["verdict"]
    assert "p = 0.056, Holm-adjusted p = 0.168" in second["text"]
    unadjusted = {row["test"] for row in second["differs"] if row["unadjusted"]}
    assert {"bootstrap", "exact", "yang"} <= unadjusted
    assert not first["differs"]
    assert not third["differs"]


def test_the_result_is_plain_json_and_the_same_whatever_the_order_of_rows(table, report):
    text = json.dumps(report, allow_nan=False)
    again = analyse(table.sample(frac=1, random_state=1), PLAN, dataset_sha256="abc")
    assert json.dumps(again, allow_nan=False) == text
    assert report["dataset"] == {"sha256": "abc", "rows": 1200, "exams": 20, "units": 240}


def test_swapping_the_readers_of_a_pair_changes_no_figure(table, report):
    plan = PLAN | {"pairs": [["R3", "R1"], ["R2", "R1"], ["R3", "R2"]]}
    swapped = {frozenset(p["readers"]): p for p in analyse(table, plan)["pairs"]}
    for found in report["pairs"]:
        other = swapped[frozenset(found["readers"])]
        for figure in ("estimate", "se", "lo", "hi", "p"):
            assert other["delta"][figure] == pytest.approx(found["delta"][figure], abs=1e-12)
        assert other["mcnemar"] == found["mcnemar"]
        assert list(map(list, zip(*other["before"]["table"], strict=True))) == found["before"]["table"]
