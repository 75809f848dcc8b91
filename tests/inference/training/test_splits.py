"""Splits by person, and the refusal of leakage."""

import json
from pathlib import Path

import pytest

from inference.training.splits import (
    RECORD,
    Learned,
    keep_record,
    keep_split,
    learned,
    refuse_leakage,
    sealed,
    split_patients,
)


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


def test_a_run_never_forgets_whom_it_learned_from(tmp_path: Path) -> None:
    run = tmp_path / "detect"
    assert learned(tmp_path) == Learned(frozenset(), 0)
    keep_split(run, {"1", "2"}, {"3"})
    keep_split(run, {"4"}, {"3"})
    known = learned(tmp_path)
    assert [p in known for p in "1234"] == [True, True, False, True]
    assert known.records == 1
    with pytest.raises(ValueError, match="at once: 2"):
        keep_split(run, {"1"}, {"2", "3"})
    assert learned(tmp_path) == known


def test_weights_remember_it_without_telling_names_and_a_run_from_them_does(tmp_path: Path) -> None:
    first, other, weights = tmp_path / "first", tmp_path / "other", tmp_path / "weights"
    version = weights / "detect" / "1"
    keep_split(first / "detect", {"Miller", "45"}, {"3"})
    keep_record(first / "detect", version)
    assert "Miller" not in (version / RECORD).read_text()
    known = learned(None, weights)
    assert [p in known for p in ("Miller", "45", "177", "3")] == [True, True, True, False]
    with pytest.raises(ValueError, match="starts with have learned from those held out: Miller"):
        keep_split(other / "detect", {"5"}, {"Miller"}, start=version)
    keep_split(other / "detect", {"5"}, {"6"}, start=version)
    assert ["Miller" in learned(other), "5" in learned(other), "6" in learned(other)] == [True, True, False]
    keep_record(other / "detect", weights / "detect" / "2")
    assert learned(None, weights).records == 1
    (weights / "detect" / "2" / "saved_model.pb").touch()
    assert "5" in learned(None, weights)


def test_whom_centroids_were_fitted_on_is_known_too(tmp_path: Path) -> None:
    (tmp_path / "detect").mkdir()
    (tmp_path / "detect" / "centroids.json").write_text(json.dumps({"persons_sha256": [sealed("P")]}))
    known = learned(None, tmp_path)
    assert ["P" in known, "Q" in known, known.records] == [True, False, 1]
