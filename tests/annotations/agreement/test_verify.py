"""Published cases, read from beside the checkout, through the command that is documented for them."""

import json
import subprocess
import sys

import numpy as np
import pytest

from annotations.agreement.__main__ import main
from annotations.agreement.verify.cases import STATISTICS, figures_of, missed, run_case, run_cases


@pytest.fixture(scope="module")
def cases(shared_data):
    return json.loads((shared_data / "agreement_cases.json").read_text())


def case(statistic, data, params=None, tolerance=1e-9, **expected):
    return {
        "id": "made-here",
        "statistic": statistic,
        "data": data,
        "params": params or {},
        "expected": expected,
        "tolerance": dict.fromkeys(expected, tolerance),
    }


def test_every_shared_case_is_within_tolerance(cases):
    outcomes = run_cases(cases)
    assert [outcome.line() for outcome in outcomes if outcome.misses] == []
    assert len(outcomes) >= 67


def test_every_figure_in_full_precision_agrees(cases):
    """The references hold more figures and more digits than what was published."""
    misses, compared = [], 0
    for each in cases:
        figures = figures_of(each)
        for key, value in each["reference"].items():
            compared += 1
            misses.append(missed(key, figures, value, 1e-6 * max(1, abs(value))))
    assert compared > 300
    assert [miss for miss in misses if miss] == []


def test_the_command_prints_a_line_per_case_and_answers_with_its_exit_code(tmp_path, capsys):
    good = case("cohen_kappa", {"table": [[20, 5], [10, 15]]}, kappa=0.4)
    bad = case("cohen_kappa", {"table": [[20, 5], [10, 15]]}, kappa=0.5) | {"id": "planted"}
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([good]))
    assert main(["verify", str(path)]) == 0
    path.write_text(json.dumps([good, bad]))
    assert main(["verify", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[2:4]] == ["ok", "MISS"]
    assert "0.4 for 0.5" in lines[3]
    path.write_text("{]")
    assert main(["verify", str(path)]) == 2
    path.write_text("[]")
    assert main(["verify", str(path)]) == 2
    assert main(["verify", str(tmp_path / "absent.json")]) == 2


def test_it_runs_as_a_module(tmp_path):
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([case("mcnemar", {"table": [[5, 0], [0, 5]]}, p=1, exact=1, midp=1, p_cc=1)]))
    command = [sys.executable, "-m", "annotations.agreement", "verify", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_cannot_be_run_is_a_miss_and_says_why():
    unknown = run_case(case("no_such_statistic", {}, kappa=1))
    assert "not known" in unknown.line()
    broken = run_case(case("cohen_kappa", {"table": [[1, 2]]}, kappa=1))
    assert "TableError" in broken.line()
    absent = run_case(case("cohen_kappa", {"table": [[1, 2], [2, 1]]}, no_such_figure=1))
    assert "not among the figures" in absent.line()
    assert run_case({"id": "x", "statistic": "mcnemar", "data": {}}).misses


ONE_CATEGORY = {"rater1": [2, 2, 2], "rater2": [2, 2, None]}
RATINGS = [[1, 1, 2], [2, 2, 2], [1, None, 1], [3, 3, 2], [3, float("nan"), 3], [1, 1, 1]]


@pytest.mark.parametrize(
    ("each", "same"),
    [
        # the same weights by name, as agreement, as disagreement, and scaled
        (
            case("cohen_kappa", {"table": [[8, 2, 1], [3, 6, 2], [0, 2, 9]]}, {"weights": "linear"}),
            [
                {"agreement_weights": [[1, 0.5, 0], [0.5, 1, 0.5], [0, 0.5, 1]]},
                {"agreement_weights": [[2, 1, 0], [1, 2, 1], [0, 1, 2]]},
                {"disagreement_weights": [[0, 1, 2], [1, 0, 1], [2, 1, 0]]},
                {"weights": [[0, 1, 2], [1, 0, 1], [2, 1, 0]]},
                {"weights": "equal"},
            ],
        ),
        (case("krippendorff_alpha", {"ratings": RATINGS}), [{"level": "nominal"}, {"categories": [1, 2, 3]}]),
    ],
)
def test_the_same_thing_said_differently_gives_the_same_figures(each, same):
    figures = STATISTICS[each["statistic"]](each["data"], each["params"])
    for params in same:
        again = STATISTICS[each["statistic"]](each["data"], params)
        assert again == pytest.approx(figures, abs=1e-12)


def test_not_estimable_is_an_expectation_that_can_be_met():
    for key in ("kappa", "se", "lo", "hi"):
        assert not run_case(case("cohen_kappa", ONE_CATEGORY, **{key: None})).misses
        assert not run_case(case("cohen_kappa", ONE_CATEGORY, **{key: float("nan")})).misses
    assert run_case(case("cohen_kappa", {"table": [[3, 1], [1, 3]]}, kappa=None)).misses
    for statistic in ("fleiss_kappa", "krippendorff_alpha"):
        key = "alpha" if "alpha" in statistic else "kappa"
        assert not run_case(case(statistic, {"ratings": [[2, 2], [2, None]]}, **{key: None})).misses


def test_fleiss_from_counts_and_from_ratings_gives_the_same():
    ratings = [[1, 1, 2], [2, 2, 2], [1, 3, 1], [3, 3, 2], [3, 1, 3], [1, 1, 1]]
    counts = [[row.count(c) for c in (1, 2, 3)] for row in ratings]
    figures = [STATISTICS["fleiss_kappa"](data, {}) for data in ({"ratings": ratings}, {"counts": counts})]
    shared = set(figures[0]) & set(figures[1])
    assert {"kappa", "se", "lo", "hi", "z", "p", "k1", "k2", "k3", "z1", "fixed", "free"} <= shared
    assert {key: figures[0][key] for key in shared} == pytest.approx({key: figures[1][key] for key in shared})


def test_clustered_proportions_of_one_series_and_of_two():
    one = STATISTICS["clustered_proportion_ci"]({"x": [1, 2, 0, 3], "n": [3, 3, 2, 3]}, {})
    two = STATISTICS["clustered_proportion_ci"](
        {"x_a": [1, 2, 0, 3], "x_b": [2, 3, 1, 3], "n": [3, 3, 2, 3]}, {}
    )
    assert two["a"] == one["p"] == pytest.approx(6 / 11)
    assert two["b"] == pytest.approx(9 / 11)
    assert (two["a_lo"], two["a_hi"], two["icc_a"]) == (one["lo"], one["hi"], one["icc"])
    assert two["diff"] == pytest.approx(-3 / 11)
    uneven = STATISTICS["clustered_proportion_ci"](
        {"x_a": [1, 2], "n_a": [3, 3], "x_b": [2, 3, 1], "n_b": [3, 3, 2]}, {}
    )
    assert uneven["diff"] is None
    assert uneven["chi2_rao_scott"] is not None


def test_mixed_models_by_formula_and_by_guess_agree():
    generator = np.random.default_rng(3)
    data = {
        "time": generator.normal(size=24).tolist(),
        "reader": [f"r{i % 3}" for i in range(24)],
        "exam": [f"e{i // 3}" for i in range(24)],
    }
    guessed = STATISTICS["linear_mixed_model_crossed"](data, {})
    told = STATISTICS["linear_mixed_model_crossed"](data, {"formula": "time ~ 1 + (1|reader) + (1|exam)"})
    assert told == pytest.approx(guessed)
    assert {"b0", "se0", "sd_reader", "var_exam", "sd_res"} <= set(told)
