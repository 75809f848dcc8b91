"""Protocols as data: templates, schema, checks, files and differences (lines D1 to D3)."""

import copy
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.vocabulary import SITES_11, SITES_12
from readerstudy.studies import protocol
from readerstudy.studies.protocol import (
    TEMPLATES,
    ProtocolError,
    check,
    differences,
    export_file,
    fingerprint,
    import_file,
    make,
    sites,
)
from readerstudy.studies.protocol.templates import williams

Change = Callable[[dict[str, Any]], Any]


def test_the_papers_template_is_the_papers_experiment() -> None:
    document = make()
    check(document)
    assert sites(document) == SITES_12
    assert document["design"]["sequences"] == [[["unaided"], ["assisted"]]]
    assert [period["washout_hours"] for period in document["periods"]] == [0, 672]
    assert [(r["baseline"], r["periods"]) for r in document["readers"]] == [
        (True, [1]),
        (False, [1, 2]),
        (False, [1, 2]),
    ]
    assert document["statistics"]["pairs"] == [[1, 2], [1, 3], [2, 3]]
    assert document["suggestion"] == {"min_diameter_mm": 5.0, "secondary_fraction": 0.2}
    assert protocol.order_is_fixed(document)


@pytest.mark.parametrize("key", list(TEMPLATES))
@pytest.mark.parametrize("more", [0, 1, 5])
def test_every_template_is_sound_for_any_number_of_readers(key: str, more: int) -> None:
    count = TEMPLATES[key].least + more
    document = make(key, readers=count, washout_hours=100, washout_mode="per-case")
    check(document)
    assert len(document["readers"]) == count
    assert document["template"] == key
    assert {period["washout_hours"] for period in document["periods"][1:]} <= {100}
    assert sites(document) == (SITES_12 if key in ("gao-2022", "calibration-main") else SITES_11)
    with pytest.raises(ValueError, match="readers or more"):
        make(key, readers=TEMPLATES[key].least - 1)


def test_only_designs_with_one_order_confound_it_with_the_arm() -> None:
    fixed = {key for key in TEMPLATES if protocol.order_is_fixed(make(key))}
    assert fixed == {"gao-2022", "calibration-main", "intra-rater", "second-read"}


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6])
def test_a_williams_design_balances_places_and_what_came_before(count: int) -> None:
    arms = [f"a{n}" for n in range(count)]
    rows = [[cell for (cell,) in row] for row in williams(arms)]
    assert len(rows) == (count if count % 2 == 0 else 2 * count)
    for place in range(count):
        column = [row[place] for row in rows]
        assert {column.count(arm) for arm in arms} == {len(rows) // count}
    followed = [pair for row in rows for pair in zip(row, row[1:], strict=False)]
    assert {followed.count((a, b)) for a in arms for b in arms if a != b} == {len(rows) // count}


def second_read(**changes: Any) -> dict[str, Any]:
    document = make("second-read")
    document["arms"][1] |= changes
    return document


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (second_read(first="second-read"), "names the unaided arm"),
        (second_read(kind="assisted"), "only a second read has"),
        (
            {**make(), "arms": [{"name": "unaided", "kind": "second-read", "shows": ["map"]}]},
            "names the unaided",
        ),
    ],
)
def test_a_second_read_follows_an_unaided_arm(document: dict[str, Any], said: str) -> None:
    with pytest.raises(ProtocolError, match=said):
        check(document)


def without_debriefing() -> dict[str, Any]:
    document = make("sham")
    del document["debriefing"]
    return document


def shams_show_less() -> dict[str, Any]:
    document = make("sham")
    document["arms"][1]["shows"] = ["map"]
    return document


def shams_alone() -> dict[str, Any]:
    document = make("sham")
    document["arms"][0] = {"name": "assisted", "kind": "unaided"}
    return document


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (without_debriefing(), "give the “debriefing”"),
        (shams_show_less(), "could be told apart"),
        (shams_alone(), "add an assisted arm"),
    ],
)
def test_a_sham_arm_is_debriefed_and_can_not_be_told_apart(document: dict[str, Any], said: str) -> None:
    with pytest.raises(ProtocolError, match=said):
        check(document)


def three_sequences(d: dict[str, Any]) -> None:
    d["readers"][1]["sequence"] = 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["periods"][1].update(number=3), "numbered"),
        (lambda d: d["periods"].clear(), "1 to 8 reading periods"),
        (lambda d: d["periods"][0].update(washout_hours=1), "before the first period; its washout is 0"),
        (lambda d: d["periods"][1].update(washout_hours=0), "give it a washout"),
        (lambda d: d["periods"][1].update(washout_hours=-1), "whole number of elapsed hours"),
        (lambda d: d["periods"][1].update(washout_hours=1.5), "whole number of elapsed hours"),
        (lambda d: d["periods"][1].update(washout_hours=True), "whole number of elapsed hours"),
        (lambda d: d["arms"][1].update(kind="aided"), "arms / 1 / kind: 'aided'"),
        (lambda d: d["arms"][1].update(name="unaided"), "name of its own"),
        (lambda d: d["arms"][1].pop("shows"), "say what it shows"),
        (lambda d: d["arms"][1].update(shows=["map", "confidence"]), "show the labels as well"),
        (lambda d: d["arms"][1].update(shows=["map", "volumes"]), "map, labels or confidence"),
        (lambda d: d.update(pacing={}), "left out where readers go on as they like"),
        (lambda d: d.update(pacing={"break_minutes": 5}), "after how many cases or minutes"),
        (lambda d: d.update(pacing={"break_after_minutes": 30}), "how many minutes a break lasts"),
        (lambda d: d.update(pacing={"hours_per_day": 25}), "above 0 and up to 24"),
        (lambda d: d["statistics"].update(primary_read="latest"), "original or correction"),
        (lambda d: d.update(calibration={"cases": 15}), "'measure' is a required property"),
        (lambda d: d["arms"][0].update(shows=["map"]), "shows nothing of the AI"),
        (lambda d: d["arms"].append({"name": "spare", "kind": "unaided"}), "Nobody reads in the arm spare"),
        (lambda d: d["design"].update(sequences=[[["unaided"]]]), "one cell for each of the 2 periods"),
        (lambda d: d["design"].update(sequences=[[["unaided"], ["unaided"]]]), "twice in one arm"),
        (lambda d: d["design"].update(sequences=[[["unaided"], ["other"]]]), "not listed: other"),
        (
            lambda d: d["design"].update(sequences=[[["unaided", "assisted"], ["assisted"]]]),
            "as many groups in every period",
        ),
        (lambda d: d["readers"].pop(0), "Readers are numbered"),
        (lambda d: d.update(readers=d["readers"][:1]), "2 to 200 readers"),
        (lambda d: d["readers"][1].update(baseline=True), "one reader is the baseline"),
        (lambda d: d["readers"][1].update(periods=[2, 1]), "Reader 2"),
        (lambda d: d["readers"][1].update(periods=[1, 3]), "Reader 2"),
        (lambda d: d["readers"][1].update(periods=[]), "periods in which this reader reads"),
        (lambda d: d["readers"][1].update(periods=[1]), "Reader 2 is compared in the arm assisted"),
        (three_sequences, "no sequence 3"),
        (lambda d: d["readers"][1].update(block=2), "no block 2"),
        (lambda d: d["design"].update(case_blocks=2), "Nobody reads block 2"),
        (lambda d: d["statistics"].update(pairs=[]), "pairs of readers"),
        (lambda d: d["statistics"].update(pairs=[[1, 2], [1, 2]]), "each pair of readers once"),
        (lambda d: d["statistics"].update(pairs=[[2, 1]]), "lower number first"),
        (lambda d: d["statistics"].update(pairs=[[1, 4]]), "readers of this protocol"),
        (lambda d: d["statistics"].update(arms=["unaided", "unaided"]), "two different arms"),
        (lambda d: d["question"]["sites"].append({"level": "L1", "half": "upper"}), "12 halves"),
        (lambda d: d["question"].update(sites=d["question"]["sites"][:1] * 2), "asked once"),
        (lambda d: d["question"]["sites"][0].update(level="T12"), "T12"),
        (lambda d: d["question"]["grades"].pop(), "Modic types 0, 1, 2, 3"),
        (lambda d: d["question"]["grades"][0].update(value=1), "grades / 0 / value"),
        (lambda d: d["suggestion"].update(secondary_fraction=2), "0 to 1"),
        (lambda d: d["statistics"]["bootstrap"].update(replicates=10), "replicates of the bootstrap"),
        (lambda d: d.update(washout_mode="never"), "never"),
        (lambda d: d.update(layout="round"), "stacked (T1 over T2)"),
        (lambda d: d.update(opens_at_local_hour=24), "reader's morning"),
        (lambda d: d["order"].update(algorithm="dice"), "documented generator"),
        (lambda d: d.pop("periods"), "periods"),
        (lambda d: d.update(readers="three"), "2 to 200 readers"),
        (lambda d: d.update(more=1), "'more' was unexpected"),
    ],
)
def test_a_contradiction_is_named_with_its_remedy(change: Change, said: str) -> None:
    document = make()
    change(document)
    with pytest.raises(ProtocolError) as refusal:
        check(document)
    assert said in str(refusal.value)


def test_readers_of_different_blocks_are_no_pair() -> None:
    document = make("split-plot")
    document["statistics"]["pairs"].append([1, 3])
    with pytest.raises(ProtocolError, match="share no case"):
        check(document)


def test_the_fingerprint_is_of_what_is_said_not_of_how() -> None:
    document = make()
    assert fingerprint(dict(reversed(document.items()))) == fingerprint(document)
    other = copy.deepcopy(document)
    other["periods"][1]["washout_hours"] += 1
    assert fingerprint(other) != fingerprint(document)


@pytest.mark.parametrize("key", list(TEMPLATES))
def test_a_protocol_survives_its_file(key: str) -> None:
    document = make(key)
    opened = {**document, "cases": [{"number": 1}], "seed_commitment": "0" * 64}
    text = export_file(opened, version=1, extra={"seed": "1"})
    assert import_file(text.encode()) == document
    assert import_file(json.dumps(document).encode()) == document


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (json.dumps(make()).replace("0.2", "NaN").encode(), "not JSON"),
        (b"[]", "no JSON object"),
        (b'{"protocol": 3}', "no JSON object"),
        (b"{}", "required property"),
        (b" " * 1_000_001, "larger than 1 MB"),
        (json.dumps({"sha256": "0" * 64, "protocol": make()}).encode(), "changed after it was exported"),
    ],
)
def test_a_file_that_is_no_protocol_is_refused_in_words(content: bytes, said: str) -> None:
    with pytest.raises(ProtocolError, match=said):
        import_file(content)


def test_differences_read_as_sentences() -> None:
    old, new = make(), make(washout_hours=24)
    new["readers"].append({**new["readers"][2], "index": 4})
    new["arms"][1]["shows"] = ["map"]
    new["question"]["bulk_none"] = True
    said = differences(old, new)
    assert "Period 2, washout in hours: 672 becomes 24." in said
    assert 'Arm assisted, shows: ["map", "labels"] becomes ["map"].' in said
    assert "Question, one key grades all remaining as none: no becomes yes." in said
    assert "Reader 4: added, periods 1 and 2, sequence 1, block 1." in said
    assert len(said) == 4
    assert "Reader 4: taken out." in differences(new, old)


_LEAVES = st.one_of(st.booleans(), st.integers(0, 2), st.none(), st.text("ab", max_size=2))
_DOCUMENTS = st.dictionaries(
    st.sampled_from(["title", "readers", "arms", "washout_hours", "deep"]),
    st.recursive(
        _LEAVES,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["name", "index", "x"]), inner, max_size=3)
        ),
        max_leaves=8,
    ),
)


@given(_DOCUMENTS, _DOCUMENTS)
def test_there_is_a_difference_exactly_where_the_hashes_differ(old: Any, new: Any) -> None:
    assert bool(differences(old, new)) == (fingerprint(old) != fingerprint(new))
    assert differences(old, old) == []


def _probe(share: float | None) -> Change:
    def change(document: dict[str, Any]) -> None:
        document["recall_probe"] = {} if share is None else {"lure_share": share}

    return change


def _once_each(document: dict[str, Any]) -> None:
    _probe(0.2)(document)
    for reader in document["readers"]:
        reader["periods"] = reader["periods"][:1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_probe(None), "every case of the last period was seen before"),
        (_probe(0.7), "up to 0.5"),
        (_once_each, "nobody reads in two periods"),
        (lambda d: d.update(recall_probe={"lure_share": 0.2}, washout_mode="per-case"), "per session"),
    ],
    ids=["no lures", "too many lures", "one period", "washout per case"],
)
def test_w10_a_recall_probe_that_can_tell_nothing_is_refused_with_the_remedy(
    change: Change, words: str
) -> None:
    document = make(washout_mode="per-session")
    _probe(0.2)(document)
    check(document)
    change(document)
    with pytest.raises(ProtocolError, match=words):
        check(document)


def test_w10_the_dry_run_counts_lures_in_the_last_period_alone() -> None:
    document = make(washout_mode="per-session")
    _probe(0.2)(document)
    assert differences(make(washout_mode="per-session"), document) == ["Recall probe: now lure share 0.2."]
    assumed = protocol.Assumptions(cases=50, first_day=date(2027, 1, 4))
    plain, probed = (
        protocol.consequences(one, assumed) for one in (make(washout_mode="per-session"), document)
    )
    given = [[stretch.cases for stretch in reader.stretches] for reader in probed.readers]
    assert given == [[40], [40, 50], [40, 50]]
    assert probed.reads == plain.reads - 3 * 10
    assert probed.precision.kappa > plain.precision.kappa
