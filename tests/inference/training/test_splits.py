"""Splits by person, and the refusal of leakage."""

import pytest

from inference.training.splits import refuse_leakage, split_patients


def test_split_is_whole_repeatable_and_about_as_large_as_asked() -> None:
    patients = [str(number) for number in range(1, 401)]
    train, out = split_patients(patients, 0.25, seed=7)
    assert train | out == set(patients)
    assert not train & out
    assert 70 <= len(out) <= 130
    assert split_patients(patients[::-1], 0.25, seed=7) == (train, out)
    assert split_patients(patients, 0.25, seed=8) != (train, out)


def test_a_person_held_out_in_one_set_is_held_out_in_another() -> None:
    _, out = split_patients([str(n) for n in range(1, 200)], 0.3, seed=3)
    _, fewer = split_patients([str(n) for n in range(1, 100)], 0.3, seed=3)
    assert fewer == {p for p in out if int(p) < 100}


@pytest.mark.parametrize("seed", range(40))
def test_patients_who_look_alike_stay_together(seed: int) -> None:
    train, out = split_patients(["45", "177", "3", "200"], 0.5, seed)
    assert {"45", "177"} <= train or {"45", "177"} <= out


def test_leakage_is_refused_by_name_of_the_person() -> None:
    refuse_leakage(["1", "2"], ["3"])
    with pytest.raises(ValueError, match="2"):
        refuse_leakage(["1", "2"], ["2", "3"])
    with pytest.raises(ValueError, match="45"):
        refuse_leakage(["45"], ["177"])
