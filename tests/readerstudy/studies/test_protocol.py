"""The template *Paper (Gao 2022)* and what a protocol may not say."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from annotations.vocabulary import SITES_12
from readerstudy.studies.protocol import ProtocolError, check, fingerprint, paper_template, sites

Change = Callable[[dict[str, Any]], Any]


def test_the_template_is_the_papers_experiment() -> None:
    document = paper_template()
    check(document)
    assert sites(document) == SITES_12
    assert [(p["arm"], p["washout_hours"]) for p in document["periods"]] == [
        ("unaided", 0),
        ("assisted", 672),
    ]
    assert [(r["baseline"], r["periods"]) for r in document["readers"]] == [
        (True, [1]),
        (False, [1, 2]),
        (False, [1, 2]),
    ]
    assert document["statistics"]["pairs"] == [[1, 2], [1, 3], [2, 3]]
    assert document["suggestion"] == {"min_diameter_mm": 5.0, "secondary_fraction": 0.2}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["periods"][1].update(number=3), "numbered"),
        (lambda d: d["periods"].clear(), "numbered"),
        (lambda d: d["periods"][0].update(washout_hours=1), "first period"),
        (lambda d: d["periods"][1].update(washout_hours=0), "needs a washout"),
        (lambda d: d["periods"][1].update(washout_hours=-1), "whole number of hours"),
        (lambda d: d["periods"][1].update(washout_hours=1.5), "whole number of hours"),
        (lambda d: d["periods"][1].update(washout_hours=True), "whole number of hours"),
        (lambda d: d["periods"][1].update(arm="aided"), "aided"),
        (lambda d: d["readers"].pop(0), "readers are numbered"),
        (lambda d: d["readers"][1].update(baseline=True), "one reader is the baseline"),
        (lambda d: d["readers"][1].update(periods=[2, 1]), "Reader 2"),
        (lambda d: d["readers"][1].update(periods=[1, 3]), "Reader 2"),
        (lambda d: d["readers"][1].update(periods=[]), "Reader 2"),
        (lambda d: d["statistics"].update(pairs=[]), "pair"),
        (lambda d: d["statistics"].update(pairs=[[1, 2], [1, 2]]), "each pair once"),
        (lambda d: d["statistics"].update(pairs=[[2, 1]]), "lower number first"),
        (lambda d: d["statistics"].update(pairs=[[1, 4]]), "readers of this protocol"),
        (lambda d: d["question"]["sites"].append({"level": "L1", "half": "upper"}), "once"),
        (lambda d: d["question"]["sites"][0].update(level="T12"), "T12"),
        (lambda d: d["suggestion"].update(secondary_fraction=2), "between 0 and 1"),
        (lambda d: d["statistics"]["bootstrap"].update(replicates=10), "bootstrap"),
        (lambda d: d.update(washout_mode="never"), "never"),
        (lambda d: d["order"].update(algorithm="dice"), "order"),
        (lambda d: d.pop("periods"), "periods"),
        (lambda d: d.update(readers="three"), "malformed"),
    ],
)
def test_a_contradiction_is_named(change: Change, said: str) -> None:
    document = paper_template()
    change(document)
    with pytest.raises(ProtocolError, match=said):
        check(document)


def test_the_fingerprint_is_of_what_is_said_not_of_how() -> None:
    document = paper_template()
    assert fingerprint(dict(reversed(document.items()))) == fingerprint(document)
    other = copy.deepcopy(document)
    other["periods"][1]["washout_hours"] += 1
    assert fingerprint(other) != fingerprint(document)
