"""Sham maps: the same changes on other endplates (line D2, trust 9)."""

from collections import Counter

import numpy as np
import pytest
from django.db import DatabaseError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.rules import LabellingRules
from annotations.vocabulary import Half
from inference.steps.endplates import find
from readerstudy.common.errors import Conflict
from readerstudy.predictions import results, selectors, shams
from readerstudy.predictions import services as predictions
from readerstudy.predictions.models import ModicMap, ShamMap
from readerstudy.predictions.sham import findings_of, moved

ALL = (1, 2, 3)
SPACING = (4.0, 1.0, 1.0)


def spine(bodies: int = 3):
    """A column of bodies of 12 x 16 pixels on three slices, each split in the middle."""
    numbers = np.zeros((3, 16 * bodies + 4, 24), np.int16)
    halves = np.zeros(numbers.shape, np.uint8)
    for body in range(1, bodies + 1):
        top = 16 * (bodies - body) + 2
        numbers[:, top : top + 12, 4:20] = body
        halves[:, top : top + 6, 4:20] = 1
        halves[:, top + 6 : top + 12, 4:20] = 2
    return numbers, halves


def with_lesions(numbers, halves, places):
    """A block of the type's size at the outer endplate of each (body, half, type)."""
    modic = np.zeros(numbers.shape, np.uint8)
    for body, half, kind in places:
        rows = np.flatnonzero(((numbers == body) & (halves == half))[1].any(axis=1))
        edge = slice(rows[0], rows[0] + 3) if half == 1 else slice(rows[-1] - 2, rows[-1] + 1)
        modic[1, edge, 8 : 8 + 2 * kind + 2] = kind
    return modic


PLACES = st.lists(
    st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(1, 3)),
    max_size=6,
    unique_by=lambda place: place[:2],
)


@settings(deadline=None, max_examples=40)
@given(PLACES, st.integers(0, 2**32 - 1))
def test_as_many_voxels_of_each_type_stand_elsewhere(places, seed: int) -> None:
    numbers, halves = spine()
    modic = with_lesions(numbers, halves, places)
    result, targets = moved(modic, numbers, halves, np.random.default_rng(seed), ALL)
    again, _ = moved(modic, numbers, halves, np.random.default_rng(seed), ALL)
    assert (result == again).all(), "the seed makes it again"
    if len(places) == 1 or targets:
        assert Counter(result.ravel().tolist()) == Counter(modic.ravel().tolist())
        assert all(source != target for source, target in targets.items())
        assert len(set(targets.values())) == len(targets) == len(places)
    assert not result[numbers == 0].any()
    free = 6 - len(places)
    if free >= len(places):
        assert not (result.astype(bool) & modic.astype(bool)).any(), "no lesion stays where it was"


def test_findings_keep_sizes_types_and_probabilities_under_other_names() -> None:
    numbers, halves = spine()
    modic = with_lesions(numbers, halves, [(1, 1, 1), (2, 2, 2)])
    rules = LabellingRules()
    true = find(modic, modic.astype(np.float32), numbers, halves, SPACING, rules)
    result, targets = moved(modic, numbers, halves, np.random.default_rng(5), ALL)
    sham = findings_of(result, numbers, halves, SPACING, rules, true, targets)
    by_place = {(f.body, 1 if f.half is Half.UPPER else 2): f for f in sham}
    for finding in true:
        place = (finding.body, 1 if finding.half is Half.UPPER else 2)
        if place not in targets:
            continue
        there = by_place[targets[place]]
        assert (there.types, there.suggestion, there.volume_mm3) == (
            finding.types,
            finding.suggestion,
            finding.volume_mm3,
        )
        assert there.probability == finding.probability
        assert there.largest_diameter_mm == pytest.approx(finding.largest_diameter_mm, abs=2.0)
        assert by_place[place].suggestion == 0
    assert sorted(f.probability for f in sham) == sorted(f.probability for f in true)


def test_bodies_without_a_name_keep_what_they_have_and_take_nothing() -> None:
    numbers, halves = spine()
    modic = with_lesions(numbers, halves, [(1, 1, 1), (3, 1, 2)])
    for seed in range(20):
        result, targets = moved(modic, numbers, halves, np.random.default_rng(seed), (1, 2))
        assert (result[numbers == 3] == modic[numbers == 3]).all()
        assert list(targets) == [(1, 1)]


def test_a_map_without_changes_has_a_sham_without_changes() -> None:
    numbers, halves = spine()
    result, targets = moved(np.zeros(numbers.shape, np.uint8), numbers, halves, np.random.default_rng(1), ALL)
    assert not result.any()
    assert targets == {}


@pytest.fixture
def true_map(stored_exam, mapped, monkeypatch) -> ModicMap:
    monkeypatch.setattr("readerstudy.predictions.services._mapped", lambda run: mapped)
    predictions.map_run(run_id=stored_exam.runs.get().pk)
    return ModicMap.objects.get()


def test_trust_9_a_sham_is_made_once_stored_hashed_and_served_as_a_map_is(true_map, published) -> None:
    assert shams.ask_for_shams(maps=[true_map]) == 1
    for _ in range(2):
        shams.make_sham(map_id=true_map.pk)
    sham = ShamMap.objects.get()
    assert shams.ask_for_shams(maps=[true_map]) == 0
    levels = selectors.levels_of(true_map.exam)
    true, false = selectors.map_json(true_map, levels), selectors.map_json(sham, levels)
    assert true.keys() == false.keys()
    assert (true["model"], true["remarks"]) == (false["model"], false["remarks"])
    assert true["slices"] != false["slices"]
    suggested = [Counter(label["suggestion"] for label in shown["labels"]) for shown in (true, false)]
    assert suggested[0] == suggested[1], "as many of each type"
    where = [{(x["level"], x["half"]) for x in shown["labels"] if x["suggestion"]} for shown in (true, false)]
    assert where[0]
    assert not where[0] & where[1], "all of them elsewhere"
    volumes = [sum(sum(x["volume_mm3"].values()) for x in shown["labels"]) for shown in (true, false)]
    assert volumes[0] == pytest.approx(volumes[1], rel=0.02)
    assert selectors.newest_map(true_map.exam) == true_map, "no page of the exam shows it"
    predictions.sweep_runs()
    assert selectors.stored(sham)


def test_trust_9_a_damaged_sham_is_not_shown(true_map) -> None:
    shams.make_sham(map_id=true_map.pk)
    sham = ShamMap.objects.get()
    (selectors.folder_of(sham) / "contours.json").write_text('{"slices": []}')
    with pytest.raises(Conflict, match="can't be shown"):
        selectors.map_json(sham, [])
    assert results.read(selectors.folder_of(true_map), true_map.sha256)


@pytest.mark.both_databases
def test_a_sham_is_there_for_good(true_map) -> None:
    shams.make_sham(map_id=true_map.pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        ShamMap.objects.update(seed=1)
