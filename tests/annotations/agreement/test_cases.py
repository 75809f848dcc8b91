"""Published and cross-checked cases, read from beside the checkout."""

import json

import numpy as np
import pytest

from annotations.agreement import (
    agreement_weights,
    bootstrap_difference,
    cluster_tables,
    clustered_kappa,
    clustered_mcnemar,
    cohen_kappa,
    dependent_kappas,
    mcnemar,
)


@pytest.fixture(scope="module")
def cases(shared_data):
    return json.loads((shared_data / "agreement_cases.json").read_text())


def of(cases, *statistics):
    found = [case for case in cases if case["statistic"] in statistics]
    assert found
    return found


def check(case, values):
    for name, expected in case["expected"].items():
        assert values[name] == pytest.approx(expected, abs=case["tolerance"][name]), f"{case['id']}: {name}"


def test_cohen_kappa(cases):
    for case in of(cases, "cohen_kappa"):
        data = case["data"]
        weights = case["params"].get("weights")
        if "disagreement_weights" in data:
            distance = np.array(data["disagreement_weights"])
            weights = 1 - distance / distance.max()
        result = cohen_kappa(data["table"], weights)
        check(case, {"kappa": result.estimate, "z": result.statistic} | result.details | vars(result))


def test_mcnemar(cases):
    for case in of(cases, "mcnemar"):
        (_, b), (c, _) = case["data"]["table"]
        r = mcnemar(b, c)
        plain = {
            "p": r["asymptotic"].p,
            "chi2": r["asymptotic"].statistic,
            "exact": r["exact"].p,
            "midp": r["midp"].p,
        }
        check(case, plain | {"p_cc": r["corrected"].p, "chi2_cc": r["corrected"].statistic})


def test_clustered_mcnemar(cases):
    for case in of(cases, "clustered_mcnemar"):
        abcd = np.array(case["data"]["abcd_per_cluster"])
        statistics = {name: result.statistic for name, result in clustered_mcnemar(abcd).items()}
        plain = mcnemar(*abcd.sum(axis=0)[1:3].tolist())["asymptotic"].statistic
        check(case, statistics | {"mcnemar": plain})


def test_dependent_kappas_of_correlated_units(cases):
    for case in of(cases, "clustered_dependent_kappas"):
        data = case["data"]
        ratings = np.array(data["ratings"])
        categories = list(range(int(ratings.max()) + 1))
        tables = [
            cluster_tables(ratings[:, a], ratings[:, b], data["cluster"], categories)
            for a, b in data["pairs"]
        ]
        weights = case["params"].get("weights")
        test = dependent_kappas(tables, weights)
        values = {"T2": test.statistic, "p": test.p} | test.details
        for i, table in enumerate(tables, start=1):
            assert clustered_kappa(table, weights).se == pytest.approx(values[f"se{i}"])
        check(case, values)


def test_dependent_kappas_of_independent_units(cases):
    for case in of(cases, "dependent_kappas_difference"):
        data = case["data"]
        tables = [cluster_tables(data["gold"], data[name], data["id"], [0, 1]) for name in ("test1", "test2")]
        test = dependent_kappas(tables, small_sample=False)
        check(case, {"kappa1": test.details["k1"], "kappa2": test.details["k2"], "T2": test.statistic})


def test_the_cluster_bootstrap(cases):
    for case in of(cases, "clustered_kappa_bootstrap"):
        data = case["data"]
        ratings = np.array(data["ratings"])
        first, second = (
            cluster_tables(ratings[:, a], ratings[:, b], data["cluster"], [0, 1]) for a, b in data["pairs"]
        )
        result = bootstrap_difference(first, second, resamples=20_000, seed=1)
        assert result.se == pytest.approx(case["expected"]["se_diff"], abs=case["tolerance"]["se_diff"])


def test_custom_weights_are_the_identity_by_default():
    assert (agreement_weights(3) == np.eye(3)).all()
