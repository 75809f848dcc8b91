"""Splits by person, and the refusal of leakage."""

from pathlib import Path

import pytest

from inference.training.splits import keep_split, learned_from, refuse_leakage, split_patients


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


@pytest.mark.parametrize("seed", range(10))
def test_of_few_patients_there_is_someone_on_either_side(seed: int) -> None:
    for share in (0.01, 0.99):
        train, out = split_patients(["a", "b", "c"], share, seed)
        assert len(train) >= 1
        assert len(out) >= 1
    assert split_patients(["a"], 0.5, seed)[0] | split_patients(["a"], 0.5, seed)[1] == {"a"}


def test_a_run_keeps_its_split_and_never_holds_out_whom_it_learned_from(tmp_path: Path) -> None:
    assert learned_from(tmp_path) == frozenset()
    keep_split(tmp_path, {"1", "2"}, {"3"})
    keep_split(tmp_path, {"1", "2", "4"}, {"3"})
    assert learned_from(tmp_path) == {"1", "2", "4"}
    with pytest.raises(ValueError, match="at once: 2"):
        keep_split(tmp_path, {"1"}, {"2", "3"})
    assert learned_from(tmp_path) == {"1", "2", "4"}
