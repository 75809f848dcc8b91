"""The command line: what it writes, and what it refuses without writing anything."""

import json

import pandas as pd
import pytest

from annotations.agreement.__main__ import main
from tests.annotations.report.conftest import OPTIONS, TABLE

TEXT = TABLE.read_text()
EXPECTED = json.loads(TABLE.with_name("table3_like_expected.json").read_text())["values"]
QUICK = "--resamples 200"


def result(folder):
    return json.loads((folder / "out" / "report.json").read_text())


def test_every_expected_value_stands_under_its_name(report, tmp_path):
    assert report(TABLE, more="--resamples 20000 --seed 7") == 0
    values = result(tmp_path)["values"]
    for pair, expected in EXPECTED.items():
        for name, value in expected.items():
            tolerance = {"boot_ci": 0.004, "boot_p": 0.02}.get(name, 1e-9)
            assert values[pair][name] == pytest.approx(value, abs=tolerance), (pair, name)


def test_the_same_command_writes_the_same_bytes_over_the_earlier_report(report, tmp_path):
    def written():
        return {p.relative_to(tmp_path): p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}

    assert report(TABLE, more=QUICK) == 0
    first = written()
    assert report(TABLE, more=QUICK) == 0
    assert written() == first


def test_one_arm_is_agreement_without_change(report, tmp_path):
    one = pd.read_csv(TABLE).query("phase == 'initial'").to_csv(index=False)
    options = OPTIONS.replace("--arm phase --arms initial,assisted ", "").replace("--baseline 1", "")
    assert report(one, options) == 0
    made = result(tmp_path)
    assert made["values"]["R1-R3"]["kappa_all readings"] == pytest.approx(EXPECTED["R1-R3"]["kappa_initial"])
    assert made["pairs"][0]["delta"] is None
    assert "one arm" in made["verdict"]


def without(text, words):
    return "\n".join(line for line in text.splitlines() if words not in line) + "\n"


FAULTS = {
    "arms in no order": (
        TEXT,
        OPTIONS.replace("--arms initial,assisted", ""),
        ["'assisted', 'initial'", "--arms"],
    ),
    "an arm that does not exist": (TEXT, OPTIONS.replace("initial,assisted", "initial,later"), ["'later'"]),
    "a baseline that does not exist": (
        TEXT,
        OPTIONS.replace("--baseline 1", "--baseline 9"),
        ["'9'", "R1, R2, R3"],
    ),
    "duplicated rows": (TEXT + "E01,L1,upper,1,initial,0\n", OPTIONS, ["twice", "lines 2, 1202"]),
    "unknown grades": (TEXT + "E99,L1,upper,1,initial,7\n", OPTIONS, ["[0, 1, 2, 3]", "line 1202"]),
    "decimal commas": (TEXT + 'E99,L1,upper,1,initial,"1,5"\n', OPTIONS, ["decimal comma", "line 1202"]),
    "decimal commas unquoted": (TEXT + "E99,L1,upper,1,initial,1,5\n", OPTIONS, ["line 1202"]),
    "a column that is not there": (TEXT, OPTIONS.replace("phase", "period"), ["'period'", "phase"]),
    "mixed encodings": (
        TEXT.encode() + "É,L1,upper,1,initial,0\n".encode() + "É,L1,upper,2,initial,0\n".encode("cp1252"),
        OPTIONS,
        ["mixes encodings", "line 1202", "line 1203"],
    ),
    "no grade at all": (
        "exam,level,endplate,reader,phase,grade\nE,L1,upper,1,initial,\nE,L1,upper,2,assisted,\n",
        OPTIONS,
        ["No row holds a grade"],
    ),
    "an unknown pair": (TEXT, OPTIONS + " --pairs 1:7", ["R7"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_and_nothing_is_written(fault, report, tmp_path, capsys):
    table, options, words = FAULTS[fault]
    assert report(table, options) == 2
    said = capsys.readouterr().err
    for word in words:
        assert word.replace("line 1202", "1202") in said, said
    assert {path.name for path in tmp_path.iterdir()} <= {"grades.csv"}


def test_unpaired_arms_are_refused_with_units_of_either(report, tmp_path, capsys):
    frame = pd.read_csv(TABLE)
    late = frame["exam"] > "E10"
    unpaired = frame[(frame["phase"] == "initial") & ~late | (frame["phase"] == "assisted") & late]
    assert report(unpaired.to_csv(index=False)) == 2
    said = capsys.readouterr().err
    assert "McNemar's test" in said
    assert "E01 L1 lower" in said
    assert "E11 L1 lower" in said
    assert not (tmp_path / "out").exists()


def test_a_reader_who_graded_half_is_told_of_and_the_report_rests_on_the_rest(report, tmp_path, capsys):
    frame = pd.read_csv(TABLE)
    half = frame[~((frame["reader"] == 3) & (frame["phase"] == "assisted") & (frame["exam"] > "E10"))]
    assert report(half.to_csv(index=False), more=QUICK) == 0
    assert "R3 has no grade for 120 of 240 units in assisted: E11 L1 lower" in capsys.readouterr().err
    pairs = {tuple(pair["readers"]): pair for pair in result(tmp_path)["pairs"]}
    assert [pair["n_units"] for pair in pairs.values()] == [240, 120, 120]
    assert pairs["R1", "R3"]["left_out"]["units"] == 120


def test_one_category_only_is_a_report_that_says_so(report, tmp_path):
    frame = pd.read_csv(TABLE).assign(grade=0)
    assert report(frame.to_csv(index=False), more=QUICK) == 0
    made = result(tmp_path)
    assert "could not be estimated" in made["verdict"]
    assert "one and the same category" in made["pairs"][0]["before"]["kappa"]["reason"]


def test_a_folder_with_other_files_is_left_alone(report, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    assert report(TABLE) == 2
    assert "holds other files" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.txt"]


def test_an_empty_folder_is_taken(report, tmp_path):
    (tmp_path / "out").mkdir()
    assert report(TABLE, more=QUICK) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"out"}


def test_a_report_that_fails_midway_leaves_the_earlier_one(report, tmp_path):
    from annotations.agreement.report import folder

    assert report(TABLE, more=QUICK) == 0
    before = (tmp_path / "out" / "report.json").read_bytes()
    with pytest.raises(TypeError):
        folder.write_folder(tmp_path / "out", {"report.json": b"{}", "half": None})
    assert (tmp_path / "out" / "report.json").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"out"}


def test_names_of_columns_arms_and_readers_that_are_no_names_of_files_harm_nothing(report, tmp_path):
    frame = pd.read_csv(TABLE).rename(columns={"level": "../le vel", "endplate": "le/vel"})
    frame["phase"] = frame["phase"].map({"initial": "<b>a</b>", "assisted": 'ü & "x"'})
    options = '--unit|exam,../le vel,le/vel|--arm|phase|--arms|<b>a</b>,ü & "x"|--resamples|50'
    (tmp_path / "grades.csv").write_text(frame.to_csv(index=False))
    command = ["report", str(tmp_path / "grades.csv"), "--out", str(tmp_path / "out"), *options.split("|")]
    assert main(command) == 0
    tables = {path.name for path in (tmp_path / "out" / "tables").iterdir()}
    assert {"by-le-vel.csv", "by-le-vel-2.csv"} <= tables
    assert "<b>a</b>" not in (tmp_path / "out" / "report.html").read_text()
    assert {path.name for path in tmp_path.iterdir()} == {"grades.csv", "out"}


@pytest.mark.parametrize("most", ["E01", "E02"])
def test_a_study_of_one_or_two_exams_has_its_report(report, tmp_path, most):
    frame = pd.read_csv(TABLE)
    assert report(frame[frame["exam"] <= most].to_csv(index=False), more=QUICK) == 0
    assert (tmp_path / "out" / "report.pdf").stat().st_size > 10_000
