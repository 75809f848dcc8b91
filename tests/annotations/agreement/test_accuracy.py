import numpy as np
import pytest

from annotations.agreement import TableError, accuracy, binary_accuracy, proportion_difference
from annotations.agreement.proportions import anova_icc

COUNTS = [[640, 202], [74, 670]]  # Scott et al. 2008: [[tn, fp], [fn, tp]]


def test_each_proportion_rests_on_its_own_units():
    found = binary_accuracy(COUNTS)
    estimates = {name: methods["wald"].estimate for name, methods in found.items() if name != "kappa"}
    assert estimates == pytest.approx(
        {
            "sensitivity": 670 / 744,
            "specificity": 640 / 842,
            "ppv": 670 / 872,
            "npv": 640 / 714,
            "accuracy": 1310 / 1586,
        }
    )
    assert found["sensitivity"]["wilson"].n_units == 744
    assert "clustered" not in found["sensitivity"]


def test_walds_interval_is_the_papers():
    wald = binary_accuracy(COUNTS)["sensitivity"]["wald"]
    half = 1.959963984540054 * np.sqrt(wald.estimate * (1 - wald.estimate) / 744)
    assert (wald.lo, wald.hi) == pytest.approx((wald.estimate - half, wald.estimate + half))


def test_with_exams_the_clustered_interval_stands_beside_those_that_ignore_them():
    exams = np.array([[[5, 1], [0, 4]], [[0, 5], [4, 1]], [[6, 0], [1, 3]]])
    found = binary_accuracy(exams)["sensitivity"]
    assert found["clustered"].n_clusters == 3
    assert found["clustered"].estimate == found["wald"].estimate == 8 / 13
    assert found["wald"].warnings == ("ignores clustering",)
    assert found["clustered"].hi - found["clustered"].lo > found["wilson"].hi - found["wilson"].lo


def test_without_positives_there_is_a_reason_and_no_sensitivity():
    found = binary_accuracy([[5, 1], [0, 0]])
    assert found["sensitivity"]["wilson"].reason == "no unit is positive by the truth"
    assert found["specificity"]["wilson"].estimate == 5 / 6
    only = binary_accuracy([[6, 0], [0, 0]])
    assert only["ppv"]["wald"].reason == "no unit was read as positive"
    assert "category" in only["kappa"]["plain"].reason


def test_by_type_each_category_stands_against_all_others():
    table = np.array([[20, 2, 1], [3, 10, 2], [0, 1, 6]])
    found = accuracy(table, ["0", "1", "2"])
    assert set(found) == {"overall", "present", "1", "2"}
    assert found["overall"]["accuracy"]["wald"].estimate == 36 / 45
    assert found["present"]["sensitivity"]["wald"].estimate == 19 / 22
    assert found["1"]["sensitivity"]["wald"].estimate == 10 / 15
    assert found["2"]["specificity"]["wald"].estimate == 35 / 38
    with pytest.raises(TableError, match="3 x 3"):
        accuracy(table[:2, :2], ["0", "1", "2"])


def test_units_alone_in_their_clusters_have_no_intracluster_correlation():
    assert anova_icc(np.array([1.0, 0.0, 1.0]), np.ones(3)) == 0


def test_the_same_series_twice_does_not_differ():
    result = proportion_difference([1, 2, 0], [3, 3, 3], [1, 2, 0], [3, 3, 3])
    assert result.estimate == 0
    assert "standard error is zero" in result.reason
