"""How predictions are matched and counted."""

from pathlib import Path

import numpy as np
import pytest

from inference.training.evaluate import ExamDice, evaluate_localizer, match, sequence_agreement, summary
from inference.training.known_truth import half_figures, known_truth
from inference.training.pairs import Pair
from inference.training.vnet import VNet, VNetShape
from tests.inference.training.test_lesions import body


def test_found_bodies_take_the_label_they_cover_most_and_others_are_stray() -> None:
    truth = np.zeros((1, 30, 10), np.uint8)
    truth[0, 0:8], truth[0, 10:18] = 5, 9
    found = np.zeros((1, 30, 10), np.int16)
    found[0, 0:7], found[0, 9:18], found[0, 22:28] = 1, 2, 3
    labelled, stray = match(found, truth)
    assert set(np.unique(labelled[0, 0:7])) == {5}
    assert set(np.unique(labelled[0, 9:18])) == {9}
    assert stray.sum() == 60
    assert not labelled[stray].any()


class Bright:
    """A network that calls body what is brighter than its surroundings."""

    def probabilities(self, x: np.ndarray) -> "Bright":
        self.answer = np.repeat((np.asarray(x) > 0.5).astype(np.float32), 2, axis=-1)
        return self

    def numpy(self) -> np.ndarray:
        return self.answer


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
    (found,) = evaluate_localizer(Bright(), tmp_path)  # type: ignore[arg-type]
    assert found.group == "VB2 T2"
    assert (found.bodies, found.missed) == (4, 1)
    assert found.dice == pytest.approx(0.75, abs=0.02)
    assert found.dice_shrunk < found.dice
    assert found.stray_cm3 == 0.0
    assert evaluate_localizer(Bright(), tmp_path, most=0) == []  # type: ignore[arg-type]


def test_summary_is_by_group() -> None:
    exams = [ExamDice(str(n), "A", 5, dice, dice, 0, 1.0) for n, dice in enumerate((0.8, 0.9))]
    figures = summary([*exams, ExamDice("x", "B", 5, 0.5, 0.6, 2, 0.0)])
    assert figures["A"]["dice"] == pytest.approx(0.85)
    assert figures["A"]["bodies"] == 10
    assert figures["B"]["missed"] == 2


def test_agreement_is_one_for_the_same_picture_and_less_for_a_moved_one() -> None:
    image, _ = exam(190)
    t1 = np.kron(image[0], np.ones((2, 2))).astype(np.float32)[:300, :180]
    same, moved = t1.copy(), np.roll(t1, 12, axis=0)
    moved[:12] = np.nan
    figures = sequence_agreement(Bright(), [Pair("1", t1, same), Pair("2", t1, moved)])  # type: ignore[arg-type]
    assert figures[0] == pytest.approx(1.0)
    assert 0.3 < figures[1] < 0.95


def test_known_truth_has_lesions_in_every_other_sample_and_types_in_turn() -> None:
    samples = known_truth([body()], 12, seed=5)
    assert [len(sample.lesions) for _, sample in samples[::2]] == [0] * 6
    kinds = [sample.lesions[0].kind for _, sample in samples[1::2] if sample.lesions]
    assert len(kinds) >= 5
    assert set(kinds) == {1, 2, 3}


def test_figures_of_an_oracle_and_of_a_blind_network(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = known_truth([body()], 24, seed=6)
    network = VNet(VNetShape(2, 1, kernels=2))
    oracle = np.stack([sample.truth[..., 0] for _, sample in samples])
    monkeypatch.setattr("inference.training.known_truth.predict", lambda *_: oracle)
    figures = half_figures(network, samples)
    assert figures["auc"] == 1.0
    assert figures["sensitivity_at_95"] == 1.0
    assert figures["dice"] == pytest.approx(1.0, abs=0.01)
    assert figures["type_right"] > 0.7
    assert figures["halves"] == 48
    monkeypatch.setattr("inference.training.known_truth.predict", lambda *_: np.zeros_like(oracle))
    blind = half_figures(network, samples)
    assert (blind["auc"], blind["sensitivity"], blind["specificity"]) == (0.5, 0.0, 1.0)
