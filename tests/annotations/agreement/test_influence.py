import pytest

from annotations.agreement import TableError, influence_split, switch_table

TRUTH = [0, 1, 2, 1, 0, 2, 1, 0]
MODEL = [0, 1, 1, 1, 1, 2, 2, 0]
BEFORE = [1, 0, 2, 1, 0, 1, 1, None]
AFTER = [0, 1, 1, 1, 0, 0, 1, 0]


def test_every_unit_is_in_one_cell_and_the_split_adds_up():
    found = switch_table(BEFORE, AFTER, TRUTH, MODEL)
    everything, right, wrong = (found[name] for name in ("all", "model right", "model wrong"))
    assert (everything.to_right, everything.to_wrong) == (2, 1)
    assert (everything.stayed_right, everything.stayed_wrong, everything.changed_still_wrong) == (3, 1, 1)
    assert (right.to_right, right.to_wrong, wrong.to_right, wrong.to_wrong) == (2, 0, 0, 1)
    assert everything.left_out == 1
    assert (everything.to_model, everything.from_model) == (3, 0)


def test_a_model_that_misleads_shows_in_its_own_group():
    found = influence_split(BEFORE, AFTER, TRUTH, MODEL, [1, 1, 2, 2, 3, 3, 4, 4])
    assert found["model right"]["change"].estimate == pytest.approx(2 / 4)
    assert found["model wrong"]["change"].estimate == pytest.approx(-1 / 3)
    assert found["all"]["exact"].p == 1
    assert found["all"]["change"].n_clusters == 4


def test_where_the_model_was_never_wrong_that_group_says_so():
    found = influence_split(TRUTH, TRUTH, TRUTH, TRUTH, list(range(8)))
    assert found["model wrong"]["change"].reason
    assert found["model wrong"]["exact"].p == 1


def test_series_of_unequal_length_are_refused():
    with pytest.raises(TableError, match="one entry per unit"):
        switch_table([1], [1, 2], [1, 2], [1, 2])
