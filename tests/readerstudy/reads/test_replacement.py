"""Who joins in the place of a withdrawn reader takes over the part, so that the balance is as it was."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readerstudy.conduct import services as conduct
from readerstudy.reads import amending
from readerstudy.reports.policies import statistics_plan
from readerstudy.reports.selectors import slots_of
from readerstudy.studies import protocol
from readerstudy.studies.models import Assignment, Study
from readerstudy.studies.protocol import TEMPLATES, check, make
from readerstudy.studies.protocol.amendment import joined, replaced_by
from readerstudy.studies.selectors import protocol_of
from tests import cast, factories
from tests.readerstudy.reads.desk import desk


def parts(document: dict, gone: set[int]) -> Counter:
    """How many of those who stay read which part."""
    stay = [reader for reader in document["readers"] if reader["index"] not in gone]
    return Counter((tuple(r["periods"]), r["sequence"], r["block"]) for r in stay)


@given(st.sampled_from(list(TEMPLATES)), st.data())
def test_after_replacements_every_part_has_as_many_as_before(key: str, data) -> None:
    old = make(key)
    indices = [reader["index"] for reader in old["readers"]]
    gone = data.draw(st.sets(st.sampled_from(indices), min_size=1))
    new = joined(old, len(gone), gone)
    check(new)
    assert new["readers"][: len(indices)] == old["readers"]
    assert parts(new, gone) == parts(old, set())
    assert {reader["replaces"] for reader in new["readers"][len(indices) :]} == gone
    one_more = joined(new, 1, gone)["readers"][-1]
    assert "replaces" not in one_more, "a part is taken over once"


def test_a_replacement_can_be_replaced_in_turn() -> None:
    first = joined(make(), 1, {2})
    second = joined(first, 1, {2, 4})
    assert [reader.get("replaces") for reader in second["readers"][3:]] == [2, 4]
    assert replaced_by(second) == {2: 5, 4: 5}
    assert statistics_plan(second)["pairs"] == [["R1", "R5"], ["R1", "R3"], ["R3", "R5"]]
    assert statistics_plan(make())["pairs"] == [["R1", "R2"], ["R1", "R3"], ["R2", "R3"]]


def test_the_one_all_are_compared_with_can_be_replaced() -> None:
    plan = statistics_plan(joined(make(), 1, {1}))
    assert plan["baseline"] == "R4"
    assert plan["pairs"] == [["R2", "R4"], ["R3", "R4"], ["R2", "R3"]]


@pytest.mark.parametrize("replaces", [4, 5, 2])
def test_a_protocol_that_replaces_nobody_or_twice_is_refused(replaces: int) -> None:
    document = joined(make(), 1, {2})
    document["readers"].append({**document["readers"][-1], "index": 5, "replaces": replaces})
    document["readers"][3]["replaces"] = 4 if replaces == 4 else 2
    with pytest.raises(protocol.ProtocolError, match="who was there before"):
        check(document)


@pytest.fixture
def study(db, travel) -> Study:
    return factories.make_study(cases=3)


def replace(study: Study, index: int):
    leaving = study.enrolments.get(index=index)
    conduct.withdraw(actor=study.created_by, enrolment=leaving, reason="Left the hospital in May.")
    newcomer = cast.reader()
    amending.amend(
        actor=study.created_by,
        study=study,
        document=protocol_of(study).document,
        exams=[],
        readers=[newcomer],
        reason="In the place of who left.",
        password=cast.PASSWORD,
    )
    return study.enrolments.get(reader=newcomer)


@pytest.mark.both_databases
@pytest.mark.django_db
def test_trust_10_a_replacement_reads_the_part_and_what_was_read_before_stays(study, travel) -> None:
    reader = desk(study, 2)
    reader.read_one()
    reader.open()
    before = list(Assignment.objects.values_list("pk", "enrolment", "case", "position").order_by("pk"))
    newcomer = replace(study, 2)
    assert newcomer.index == 4
    assert protocol_of(study).document["readers"][3]["replaces"] == 2
    after = Assignment.objects.values_list("pk", "enrolment", "case", "position").order_by("pk")
    assert list(after)[: len(before)] == before, "nothing of what was is changed"

    def part(enrolment) -> list[tuple]:
        rows = enrolment.assignments.values_list("period__number", "case__number", "arm_name")
        return sorted(rows)

    assert part(newcomer) == part(reader.enrolment)
    new = desk(study, 4)
    new.read_period()
    travel.shift(timedelta(days=28))
    new.sign_in_again()
    assert len(new.read_period()) == 3


@pytest.mark.django_db
def test_what_a_withdrawn_reader_did_not_read_is_not_missing(study) -> None:
    desk(study, 2).read_one()
    replace(study, 2)
    slots = {(slot.reader, slot.period): slot for slot in slots_of(study)}
    assert (slots["R2", 1].assigned, slots["R2", 1].submitted) == (1, 1)
    assert (slots["R4", 1].assigned, slots["R4", 1].missing) == (3, 3)
