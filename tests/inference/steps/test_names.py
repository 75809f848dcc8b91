import numpy as np

from annotations.vocabulary import Level
from inference.steps.names import find_s1, propose


def centres(count, step=36.0, wide_after=None):
    down, result = 300.0, {}
    for body in range(1, count + 1):
        result[body] = np.array([20.0, down, 50.0])
        down -= step * (2.0 if body == wide_after else 1.0)
    return result


def names(shares, **kwargs):
    proposals = propose(shares, centres(len(shares), **kwargs))
    return [p.level for p in proposals], [p.sure for p in proposals]


def test_lowest_body_and_channel_agree():
    levels, sure = names({1: 0.9, 2: 0.02, 3: 0.0, 4: 0.0, 5: 0.0, 6: 0.0, 7: 0.0, 8: 0.0})
    assert levels == [Level.S1, Level.L5, Level.L4, Level.L3, Level.L2, Level.L1, None, None]
    assert all(sure)


def test_what_lies_below_a_clear_s1_is_left_out():
    assert find_s1({1: 0.1, 2: 0.8, 3: 0.0}) == 2
    proposals = propose({1: 0.8, 2: 0.0}, centres(2), left_out=1)
    assert [p.level for p in proposals] == [Level.S1, Level.L5]
    assert all(p.sure for p in proposals)
    assert "what lies below is left out" in proposals[0].evidence[0]
    doubtful = propose({1: 0.6, 2: 0.0}, centres(2), left_out=1)
    assert not any(p.sure for p in doubtful)


def test_no_body_is_s1_without_a_clear_share():
    assert find_s1({}) is None
    assert find_s1({1: 0.49, 2: 0.1}) is None


def test_of_two_that_look_alike_the_lowest_is_taken_and_the_person_is_asked():
    levels, sure = names({1: 0.78, 2: 0.80, 3: 0.0})
    assert levels == [Level.S1, Level.L5, Level.L4]
    assert not any(sure)
    assert find_s1({1: 0.78, 2: 0.80, 3: 0.0}) == 1
    assert find_s1({1: 0.67, 2: 0.83, 3: 0.0}) == 2


def test_bowel_that_looks_like_s1_far_below_the_spine_is_not_taken():
    pelvis = {1: 0.86, 2: 0.0, 3: 0.0, 4: 0.01, 5: 0.87, **dict.fromkeys(range(6, 14), 0.0)}
    assert find_s1(pelvis) == 5
    assert find_s1(pelvis | {1: 0.99}) == 5
    assert find_s1(pelvis | {4: 0.82}) == 4, "of neighbours the lowest"
    few_above = {1: 0.8, 2: 0.0, 3: 0.0, 4: 0.9, 5: 0.0}
    assert find_s1(few_above) == 1, "two bodies are no lumbar spine"


def test_without_an_s1_the_lowest_is_l5_and_the_person_is_asked():
    levels, sure = names({1: 0.05, 2: 0.01, 3: 0.0})
    assert levels == [Level.L5, Level.L4, Level.L3]
    assert not any(sure)


def test_a_faint_channel_keeps_the_lowest_as_s1_but_asks():
    levels, sure = names({1: 0.3, 2: 0.0})
    assert levels == [Level.S1, Level.L5]
    assert not any(sure)


def test_a_step_that_is_too_wide_is_told_for_the_bodies_above_it():
    proposals = propose({n: 0.9 if n == 1 else 0.0 for n in range(1, 6)}, centres(5, wide_after=2))
    assert [p.sure for p in proposals] == [True, True, False, False, False]
    assert "may be missing" in proposals[2].evidence[-1]


def test_no_bodies_no_names():
    assert propose({}, {}) == ()


def test_a_proposal_is_plain_json():
    (first, *_) = propose({1: 0.87654, 2: 0.0}, centres(2))
    assert first.to_json() == {
        "body": 1,
        "level": "S1",
        "s1_share": 0.877,
        "evidence": ["The lowest body is S1, and the S1 channel agrees (88%)."],
        "sure": True,
    }
