import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.grades import NOT_GRADABLE_LABELS, Grade, GradeError, NotGradable, check_sites, gaps
from annotations.vocabulary import SITES_11, SITES_12, Half, Level, ModicType, Site

SITE = Site(Level.L4, Half.UPPER)
answers = st.one_of(
    st.builds(Grade, site=st.sampled_from(SITES_12), grade=st.sampled_from(ModicType)),
    st.builds(
        Grade,
        site=st.sampled_from(SITES_12),
        grade=st.just(ModicType.TYPE_2),
        secondary=st.sampled_from([None, ModicType.TYPE_1, ModicType.TYPE_3]),
        confidence=st.sampled_from([None, 1, 2, 3]),
    ),
    st.builds(Grade, site=st.sampled_from(SITES_12), not_gradable=st.sampled_from(NotGradable)),
    st.builds(Grade, site=st.sampled_from(SITES_12), grade=st.just(ModicType.NONE), in_bulk=st.just(True)),
)


@given(answers)
def test_an_answer_survives_json(answer):
    assert Grade.from_json(answer.to_json()) == answer


def test_neither_or_both_is_refused():
    with pytest.raises(GradeError, match="either a grade"):
        Grade(SITE)
    with pytest.raises(GradeError, match="either a grade"):
        Grade(SITE, grade=ModicType.NONE, not_gradable=NotGradable.OTHER)


def test_only_none_can_be_set_in_bulk():
    with pytest.raises(GradeError, match="in bulk"):
        Grade(SITE, grade=ModicType.TYPE_1, in_bulk=True)
    with pytest.raises(GradeError, match="in bulk"):
        Grade(SITE, not_gradable=NotGradable.OTHER, in_bulk=True)


@pytest.mark.parametrize(
    "change",
    [
        {"grade": True},
        {"grade": 1.0},
        {"grade": 4},
        {"grade": "1"},
        {"grade": None},
        {"not_gradable": "tired", "grade": None},
        {"in_bulk": 1},
        {"secondary": 1},
        {"secondary": 0, "grade": 2},
        {"secondary": True, "grade": 2},
        {"secondary": 1, "grade": 0},
        {"secondary": 1, "grade": None, "not_gradable": "other"},
        {"confidence": 4},
        {"confidence": 1.0},
        {"confidence": 1, "grade": None, "not_gradable": "other"},
        {"level": "L6"},
        {"half": None},
        {"level": ["L1"]},
    ],
)
def test_malformed_answers_are_refused(change):
    data = {"level": "L1", "half": "upper", "grade": 0, "not_gradable": None, "in_bulk": False} | change
    with pytest.raises(GradeError):
        Grade.from_json(data)


def test_gaps_names_what_is_missing_in_order_and_a_reason_fills_a_gap():
    given_answers = [
        Grade(SITES_12[3], grade=ModicType.NONE),
        Grade(SITES_12[0], not_gradable=NotGradable.OTHER),
    ]
    assert gaps(SITES_12[:5], given_answers) == (SITES_12[1], SITES_12[2], SITES_12[4])
    assert gaps(SITES_12, []) == SITES_12


def test_a_site_not_asked_or_asked_twice_is_refused():
    check_sites(SITES_11, [Grade(SITE, grade=ModicType.NONE)])
    with pytest.raises(GradeError, match="not among"):
        check_sites(SITES_11, [Grade(Site(Level.S1, Half.LOWER), grade=ModicType.NONE)])
    with pytest.raises(GradeError, match="twice"):
        check_sites(SITES_11, [Grade(SITE, grade=ModicType.NONE)] * 2)


def test_every_reason_has_words():
    assert set(NOT_GRADABLE_LABELS) == set(NotGradable)
