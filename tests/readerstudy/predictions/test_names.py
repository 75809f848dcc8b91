"""Confirmed names find their bodies by place, never by number."""

from readerstudy.predictions.policies import bodies_of_levels

CENTRES = {1: (0.0, 0.0, 0.0), 2: (0.0, -4.0, 36.0), 3: (0.0, -6.0, 72.0), 4: (0.0, -7.0, 108.0)}


def entry(level, y, z, x=0.0, body=None):
    return {"level": level, "body": body, "point_mm": [x, y, z]}


def test_a_point_takes_the_body_it_stands_in_on_any_slice():
    levels = [entry("L5", -3, 38, x=22.0), entry("S1", 1, 2, x=-15.0)]
    assert bodies_of_levels(levels, CENTRES) == {1: "S1", 2: "L5"}


def test_a_shift_by_the_person_moves_every_label():
    levels = [entry("L4", -6, 72), entry("L5", -4, 36)]
    shifted = [entry("L5", -6, 72), entry("S1", -4, 36)]
    assert bodies_of_levels(levels, CENTRES) == {2: "L5", 3: "L4"}
    assert bodies_of_levels(shifted, CENTRES) == {2: "S1", 3: "L5"}


def test_a_number_from_another_run_means_nothing():
    assert bodies_of_levels([entry("S1", 0, 0, body=4)], CENTRES) == {1: "S1"}


def test_a_point_outside_every_body_names_none():
    assert bodies_of_levels([entry("S1", 0, -25)], CENTRES) == {}
    assert bodies_of_levels([entry("S1", 30, 0)], CENTRES) == {}


def test_two_points_near_one_body_give_it_the_nearer_name():
    levels = [entry("S1", 0, 1), entry("L5", 0, 15)]
    assert bodies_of_levels(levels, CENTRES) == {1: "S1"}
