"""Wide tables, MD.ai exports and iMRMC files become the same rows as a long table."""

import json

import pytest

from annotations.formats import Columns, FormatError, load
from annotations.formats.imrmc import write_imrmc

LONG = "exam,level,half,who,how,grade\nE1,L1,upper,R1,a,0\nE1,L1,upper,R2,a,1\nE1,L1,upper,R2,b,2\n"
COLUMNS = Columns(reader="who", arm="how")


def rows(table):
    frame = table.rows
    return sorted(map(tuple, frame[[*table.columns.key, "reader", "arm", "grade"]].to_numpy().tolist()))


def test_long_and_wide_say_the_same():
    wide = "exam,level,half,R1,R2_a,R2 b\nE1,L1,upper,0,1,2\n"
    made = load(wide.encode(), Columns(), kind="wide", arms=("a", "b"), baseline="R1")
    assert rows(made) == rows(load(LONG.encode(), COLUMNS))


def test_columns_of_a_wide_table_can_be_named():
    wide = "patient,swallow,val_TB,val_TBR,other\n1,1,0,,x\n"
    made = load(
        wide.encode(),
        Columns(unit=("patient", "swallow"), cluster="patient"),
        kind="wide",
        arms=("first", "second"),
        reader_columns=("val_TB=TB:first", "val_TBR=TB:second"),
    )
    assert rows(made) == [("1", "1", "TB", "first", "0"), ("1", "1", "TB", "second", "")]


def test_a_wide_table_without_names_of_units_takes_its_lines():
    made = load(b"A,B\n4,3\n1,1\n", Columns(unit=(), cluster=""), kind="wide")
    assert made.columns.key == ("row",)
    assert rows(made)[0] == ("line 2", "A", "all readings", "4")


def test_a_column_that_ends_with_no_arm_is_refused():
    with pytest.raises(FormatError, match=r"'R2' does not end with one of the arms"):
        load(b"exam,level,half,R2,R3_b\nE1,L1,upper,0,1\n", Columns(), kind="wide", arms=("a", "b"))


def mdai(labels=None):
    names = labels or {"1": "L4 upper type 2", "2": "S1 inferior Modic 1", "3": "motion"}
    said = [("a", "1", "X", "ann"), ("b", "2", "X", "ann"), ("c", "3", "X", "ann"), ("d", "1", "Y", "bo")]
    return {
        "labelGroups": [
            {"id": "G", "name": "Modic", "labels": [{"id": k, "name": v} for k, v in names.items()]}
        ],
        "datasets": [
            {
                "name": "D",
                "annotations": [
                    {"id": i, "labelId": label, "StudyInstanceUID": exam, "createdById": who}
                    for i, label, exam, who in said
                ],
            }
        ],
    }


def test_an_mdai_export_is_read_by_the_names_of_its_labels():
    made = load(json.dumps(mdai()).encode(), Columns(), kind="mdai")
    assert [row[:4] + row[5:] for row in rows(made)] == [
        ("X", "L4", "upper", "ann", "2"),
        ("X", "S1", "lower", "ann", "1"),
        ("Y", "L4", "upper", "bo", "2"),
    ]
    assert made.notes == ("1 annotations with other labels were passed over",)


def test_unlabelled_halves_are_absent_only_where_asked_for():
    made = load(json.dumps(mdai()).encode(), Columns(), kind="mdai", absent="0")
    assert len(made.rows) == 24
    assert (made.rows["grade"] == "0").sum() == 21


def test_two_types_in_one_half_by_one_reader_are_refused_by_name():
    export = mdai({"1": "L4 upper type 2", "2": "L4 upper type 1", "3": "motion"})
    with pytest.raises(FormatError, match="two grades by the same reader: a, b"):
        load(json.dumps(export).encode(), Columns(), kind="mdai")


@pytest.mark.parametrize("text", ["{", "{}", "[]"])
def test_other_json_is_no_mdai_export(text):
    with pytest.raises(FormatError):
        load(text.encode(), Columns(), kind="mdai")


def test_imrmc_comes_back_as_it_was_written():
    said = [("R1", ("E1", "L1"), "a", 0), ("R2", ("E1", "L1"), "b", 2), ("R2", ("E2", "L1"), "b", 1)]
    text = write_imrmc(said, [(("E1", "L1"), 1), (("E2", "L1"), 0)], "made up")
    assert "N0: 1\nN1: 1\nNR: 2\nNM: 2" in text
    made = load(text.encode(), Columns(unit=("exam", "level"), arm="arm"), kind="imrmc")
    assert rows(made) == sorted((*unit, reader, arm, str(score)) for reader, unit, arm, score in said)
    assert made.rows["truth"].tolist() == ["1", "1", "0"]


def test_imrmc_whose_cases_have_no_parts_takes_the_case_as_the_unit():
    made = load(b"x\nBEGIN DATA:\n-1,1,0,1\nr1,1,m,3\nr2,1,m,4\n", Columns(arm="arm"), kind="imrmc")
    assert made.columns.key == ("case",)
    assert made.columns.arm is None


@pytest.mark.parametrize(("text", "words"), [(b"x\n", "BEGIN DATA"), (b"BEGIN DATA:\n1,2\n", "line 2")])
def test_other_text_is_no_imrmc(text, words):
    with pytest.raises(FormatError, match=words):
        load(text, Columns(), kind="imrmc")


def test_the_ai_can_be_a_reader_of_the_file():
    said = LONG + "E1,L1,upper,net,a,3\n"
    made = load(said.encode(), Columns(reader="who", arm="how", ai="net"))
    assert made.rows["ai"].tolist() == ["3", "3", "3"]
    assert "net" not in made.rows["reader"].tolist()
    with pytest.raises(FormatError, match="neither a column nor a reader"):
        load(said.encode(), Columns(reader="who", arm="how", truth="nobody"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LONG.replace("R1,a,0", ",a,0"), "have no reader: line 2"),
        (LONG.replace("who", "whom"), "no column 'who'"),
        (LONG.replace("R1,a,0", 'R1,a,"1,5"'), "the grade with a decimal comma.*line 2"),
    ],
)
def test_a_long_table_with_a_fault_is_refused_by_line(text, words):
    with pytest.raises(FormatError, match=words):
        load(text.encode(), COLUMNS)


def test_a_unit_in_two_clusters_is_refused():
    with pytest.raises(FormatError, match="two clusters.*lines 2, 3"):
        load(b"id,patient,reader,grade\n1,A,R1,0\n1,B,R2,0\n", Columns(unit=("id",), cluster="patient"))
