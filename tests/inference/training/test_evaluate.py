"""How predictions are matched and counted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from annotations.vocabulary import Half
from inference.pipeline import MapSettings
from inference.steps.bands import NAMES, Bands, half_bands, of_halves
from inference.training.crops import half_masks
from inference.training.evaluate import ExamDice, evaluate_localizer, match, sequence_agreement, summary
from inference.training.known_truth import figures, half_records, intervals, known_truth, told_where
from inference.training.pairs import PAIR_MM, Pair
from tests.inference.training.test_lesions import body


def test_found_bodies_take_the_label_they_cover_most_and_others_are_stray() -> None:
    truth = np.zeros((1, 30, 10), np.uint8)
    truth[0, 0:8], truth[0, 10:18] = 5, 9
    found = np.zeros((1, 30, 10), np.int16)
    found[0, 0:7], found[0, 9:18], found[0, 22:28] = 1, 2, 3
    pairs, stray = match(found, truth)
    assert pairs == {5: 1, 9: 2}
    assert stray.sum() == 60
    assert not (truth[stray]).any()


def test_a_found_body_that_only_touches_a_label_takes_nothing_from_it() -> None:
    truth = np.zeros((1, 30, 10), np.uint8)
    truth[0, 0:10] = 5
    found = np.zeros((1, 30, 10), np.int16)
    found[0, 0:9], found[0, 9:20] = 2, 1
    pairs, stray = match(found, truth)
    assert pairs == {5: 2}
    assert not stray.any()


class Bright:
    """A network that calls body what is brighter than its surroundings, and S1 what lies low."""

    name, version, digest = "bright", "1", ""

    def predict(self, batch: np.ndarray) -> np.ndarray:
        body = (batch > 0.5).astype(np.float32)
        low = np.arange(batch.shape[1])[:, None, None] >= 95
        return np.concatenate([body, body * low], axis=-1)


def exam(rows: int = 192) -> tuple[np.ndarray, np.ndarray]:
    mask = np.zeros((3, rows, 96), np.uint8)
    for number, top in enumerate((20, 60, 100), 1):
        mask[:, top : top + 27, 30:64] = number
    return (mask > 0) * np.uint8(200), mask


def test_an_exam_found_exactly_has_dice_one_and_a_missed_body_counts_zero(tmp_path: Path) -> None:
    image, mask = exam()
    mask[:, 150:170, 70:90] = 4
    np.savez(tmp_path / "VB2_01.npz", image=image, mask=mask)
    (tmp_path / "manifest.csv").write_text("id,sequence,duplicate_of\nVB2_01,T2 TSE,\nVB2_09,T2 TSE,VB2_01\n")
    (found,) = evaluate_localizer(Bright(), tmp_path)
    assert found.group == "VB2 T2"
    assert (found.bodies, found.missed) == (4, 1)
    assert found.dice == pytest.approx(0.75, abs=0.02)
    assert found.dice_middle == pytest.approx(0.75, abs=0.02)
    assert (found.levels, found.levels_right) == (4, 0), "S1 at rows 100 to 127 names the bodies otherwise"
    assert found.dice_shrunk < found.dice
    assert found.stray_cm3 == 0.0
    assert evaluate_localizer(Bright(), tmp_path, most=0) == []


def test_summary_is_by_group() -> None:
    exams = [
        ExamDice(str(n), "A", 5, dice, dice, dice, 0, 5, 5 - n, 1.0) for n, dice in enumerate((0.8, 0.9))
    ]
    found = summary([*exams, ExamDice("x", "B", 5, 0.5, 0.6, 0.5, 2, 5, 3, 0.0)])
    assert found["A"]["dice"] == pytest.approx(0.85)
    assert found["A"]["bodies"] == 10
    assert (found["A"]["levels_right"], found["A"]["exams_named_right"]) == (9, 1)
    assert found["B"]["missed"] == 2


def test_agreement_is_one_for_the_same_picture_and_less_for_a_moved_one() -> None:
    image, _ = exam(190)
    t1 = np.kron(image[0], np.ones((2, 2))).astype(np.float32)[:300, :180]
    same, moved = t1.copy(), np.roll(t1, 12, axis=0)
    moved[:12] = np.nan
    figures = sequence_agreement(Bright(), [Pair("1", t1, same), Pair("2", t1, moved)])
    assert figures[0] == pytest.approx(1.0)
    assert 0.3 < figures[1] < 0.95


def test_known_truth_has_lesions_in_every_other_sample_and_types_in_turn() -> None:
    samples = known_truth([body()], 12, seed=5)
    assert [len(sample.lesions) for _, sample in samples[::2]] == [0] * 6
    kinds = [sample.lesions[0].kind for _, sample in samples[1::2] if sample.lesions]
    assert len(kinds) >= 5
    assert set(kinds) == {1, 2, 3}


class Answering:
    """A network that knows the answers to the crops it is given, in their order."""

    name, version, digest = "answering", "1", ""

    def __init__(self, answers: np.ndarray) -> None:
        self.answers = list(answers)

    def predict(self, batch: np.ndarray) -> np.ndarray:
        return np.stack([self.answers.pop(0) for _ in batch])


def test_figures_of_an_oracle_and_of_a_blind_network() -> None:
    samples = known_truth([body()], 24, seed=6)
    oracle = np.stack([sample.truth for _, sample in samples])
    right = figures(half_records(Answering(oracle), samples))
    assert right["auc"] == 1.0
    assert right["sensitivity_at_95"] == 1.0
    assert right["dice"] == pytest.approx(1.0, abs=0.01)
    assert right["type_right"] > 0.7
    assert right["halves"] == 48
    blind = figures(half_records(Answering(np.zeros_like(oracle)), samples))
    assert (blind["auc"], blind["sensitivity"], blind["specificity"]) == (0.5, 0.0, 1.0)


def test_bands_weigh_on_the_score_of_halves_below_the_threshold_but_s1s_lower_one() -> None:
    settings = MapSettings(bands=Bands((0.0,) * len(NAMES), 1.0), threshold=0.7)
    weighed = settings.calibration.weighed(0.2, 1.0, 0.7)
    for number, lower in ((3, weighed), (1, 0.2)):
        samples = known_truth([replace(body(), number=number)], 2, seed=6, disturbed=False)
        faint = np.full((2, 100, 100, 1), 0.2, np.float32)
        found = half_records(Answering(faint), samples, settings)
        assert [r.score for r in found] == pytest.approx([weighed, lower] * 2)


def test_where_a_little_is_mapped_bands_do_not_lower_the_score() -> None:
    samples = known_truth([replace(body(), number=3)], 1, seed=6, disturbed=False)
    rows, columns = np.argwhere(half_masks(samples[0][1])[0]).mean(axis=0).astype(int)
    spot = np.zeros((1, 100, 100, 1), np.float32)
    spot[0, rows - 2 : rows + 3, columns - 2 : columns + 3] = 0.75
    told = (None, *(Bands((0.0,) * len(NAMES), offset) for offset in (-2.0, 2.0)))
    (plain, _), (lowered, _), (raised, _) = (
        half_records(Answering(spot), samples, MapSettings(bands=bands, threshold=0.7)) for bands in told
    )
    assert 0.2 < plain.score < 0.7
    assert lowered.score == plain.score < raised.score


def test_a_crop_is_judged_by_the_bands_that_the_pipeline_takes_of_it() -> None:
    (_, sample), *_ = known_truth([body()], 1, seed=6, disturbed=False)
    up = (-float(sample.down[0]), -float(sample.down[1]))
    mapped = of_halves(sample.crop[None], [2], {2: up}, None, 1, PAIR_MM)
    for half in Half:
        judged = half_bands(sample.crop, sample.mask, sample.down, half, PAIR_MM, sacral=False)
        assert judged == pytest.approx(mapped[2, half])


def test_told_where_a_lesion_lies_clear_ones_are_seen_and_absent_ones_are_not() -> None:
    bodies = []
    for n in range(50):
        z = np.random.default_rng(n).normal(n % 4, 0.1, body().z.shape).astype(np.float32)
        bodies.append(replace(body(), patient=str(n), z=z))
    samples = known_truth(bodies, 200, seed=1, disturbed=False)
    found = told_where(samples)
    assert found["lesions"] > 60
    assert found["all"] > 0.95, "whatever the level of the whole body"
    assert set(found) == {"lesions", "all", "type 1", "type 2", "type 3"}
    plain = {patient: s for patient, s in samples if not s.lesions}
    absent = [(p, replace(s, crop=plain[p].crop) if s.lesions and p in plain else s) for p, s in samples]
    kept = [pair for pair in absent if not pair[1].lesions or pair[0] in plain]
    assert told_where(kept)["all"] < 0.2


def test_intervals_are_drawn_by_patient() -> None:
    truths = [s for n in range(6) for s in known_truth([replace(body(), patient=str(n))], 6, seed=n)]
    oracle = np.stack([sample.truth for _, sample in truths])
    oracle[: len(oracle) // 3] = 0.0
    records = half_records(Answering(oracle), truths)
    found, whole = intervals(records, 50, seed=1), figures(records)
    low, high = found["sensitivity"]
    assert low < whole["sensitivity"] < high
    assert found == intervals(records, 50, seed=1)
    assert "lesions" not in found
