"""Painted lesions as the detector is judged on them: which halves count, and as what."""

import numpy as np
import pytest

from inference.pipeline import MapSettings
from inference.training import report
from inference.training.annotated import Sections
from inference.training.known_truth import half_records
from inference.training.painted import painted_samples
from inference.training.pairs import PAIR_MM

SHAPE = (3, 100, 100)
BODY = np.s_[1, 30:70, 25:75]
"""24 x 30 mm on the middle slice, head above."""


class Bright:
    """A network that calls changed whatever is bright on T1."""

    name, version, digest = "detect", "1", "d" * 64

    def predict(self, batch: np.ndarray) -> np.ndarray:
        return (batch[..., :1] > 1.0).astype(np.float32)


def sections(*changes: tuple[tuple[slice, slice], int, float], patient: str = "phantom 1") -> Sections:
    """A body of z = 0 with changes of a type and a z on T1."""
    t1, t2 = np.zeros(SHAPE, np.float32), np.zeros(SHAPE, np.float32)
    numbers, lesions = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE, np.uint8)
    numbers[BODY] = 3
    for (rows, columns), kind, value in changes:
        lesions[1, rows, columns] = kind
        t1[1, rows, columns] = value
    return Sections(patient, (t1, t2), numbers, lesions, np.ones(SHAPE, np.float32), (PAIR_MM, PAIR_MM))


def one(*changes: tuple[tuple[slice, slice], int, float]):
    (found,) = painted_samples(sections(*changes), [1])
    return found[1]


def test_a_lesion_has_its_type_half_size_and_contrast() -> None:
    sample = one((np.s_[33:44, 35:65], 2, 2.0))
    (lesion,) = sample.lesions
    assert (lesion.kind, lesion.half) == (2, 0)
    assert lesion.contrast == pytest.approx(2.0, abs=0.1)
    assert lesion.diameter_mm == pytest.approx(np.hypot(11, 30) * PAIR_MM, rel=0.1)
    assert (sample.weight == 1).all()
    assert [bool(r.lesion) for r in half_records(Bright(), [("1", sample)])] == [True, False]


@pytest.mark.parametrize(
    "change",
    [(np.s_[33:39, 35:40], 2, 2.0), (np.s_[40:42, 30:70], 2, 2.0), (np.s_[33:44, 35:65], 2, 0.5)],
    ids=["small", "thin", "faint"],
)
def test_a_half_with_a_change_too_small_thin_or_faint_is_not_counted(change) -> None:
    sample = one(change)
    assert sample.lesions == ()
    (record,) = half_records(Bright(), [("1", sample)])
    assert record.lesion is None
    assert record.score == 0.0


def test_the_larger_type_of_a_half_is_its_type() -> None:
    sample = one((np.s_[33:44, 30:60], 3, -2.0), (np.s_[33:44, 60:68], 1, 2.0))
    assert [lesion.kind for lesion in sample.lesions] == [3]


def test_figures_on_phantoms_tell_painted_lesions_from_drawn_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sees the painted ones all, and none of the drawn that are dark on T1, gets just that."""
    asked = []

    def made(seed: int, *, second: bool):
        asked.append((seed, second))
        lesion = (np.s_[33:44, 35:65], 2, 2.0)
        changes = [lesion] if seed % 2 else []
        return sections(*changes, patient=f"phantom {seed}"), [1]

    monkeypatch.setattr(report, "phantom_sections", made)
    monkeypatch.setattr(report, "RESAMPLES", 5)
    found = report.phantom_figures(Bright(), range(10, 14), MapSettings(), second=True)
    assert asked == [(seed, True) for seed in range(10, 14)]
    assert found["exams"] == 4
    painted = found["painted_lesions"]["all"]
    assert (painted["halves"], painted["lesions"]) == (8, 2)
    assert painted["sensitivity"] == painted["specificity"] == painted["auc"] == 1.0
    assert found["all"]["lesions"] > 50
    assert found["all"]["sensitivity"] < 0.9
