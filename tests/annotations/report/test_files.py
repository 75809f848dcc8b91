"""The files of a report: the same as the result, the same each time, recomputable without this program."""

import csv
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile

import jsonschema
import openpyxl
import pandas as pd
import pytest
from pypdf import PdfReader

from annotations.agreement.__main__ import main
from annotations.agreement.report import checklists
from annotations.formats.sheets import safe_cell
from tests.annotations.report.conftest import OPTIONS, TABLE

DATE = "--date 2026-01-02 --synthetic --resamples 2000"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("report") / "out"
    assert main(["report", str(TABLE), "--out", str(out), *OPTIONS.split(), *DATE.split()]) == 0
    return out


@pytest.fixture(scope="module")
def result(folder):
    return json.loads((folder / "report.json").read_text())


def test_the_result_is_what_the_published_schema_says(folder, result):
    schema = json.loads((folder / "report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(result, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(result | {"verdict": None}, schema)


def test_the_pictures_name_the_halves_as_readers_do(folder):
    for name in ("kappa-by-endplate", "prevalence-by-endplate"):
        drawn = (folder / "figures" / f"{name}.svg").read_text()
        assert all(f"<!-- {word} -->" in drawn for word in ("superior", "inferior"))
        assert "upper" not in drawn


def recomputed(folder, name, command, tmp_path):
    for file in ("readings.csv", command[-1]):
        shutil.copy(folder / file, tmp_path)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return pd.read_csv(tmp_path / name)


def check_recomputed(table, values):
    seen = {(pair, figure) for pair, figure in zip(table["pair"], table["figure"], strict=True)}
    assert seen == {(pair, figure) for pair in values for figure in values[pair]}
    for row in table.itertuples():
        ours = values[row.pair][row.figure]
        ours = ours[row.part] if isinstance(ours, list) else ours
        tolerance = {"boot_ci": 0.015, "boot_p": 0.06}.get(row.figure, 1e-9)
        assert ours == pytest.approx(row.value, abs=tolerance), row


def test_a_python_script_recomputes_every_figure_from_the_exported_readings(folder, result, tmp_path):
    table = recomputed(folder, "recomputed.csv", [sys.executable, "recompute.py"], tmp_path)
    check_recomputed(table, result["values"])


def test_an_r_script_recomputes_every_figure_from_the_exported_readings(folder, result, tmp_path):
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    table = recomputed(folder, "recomputed-R.csv", ["Rscript", "recompute.R"], tmp_path)
    check_recomputed(table, result["values"])


def test_the_exported_readings_give_the_same_report_again(folder, result, tmp_path):
    options = OPTIONS.replace("phase", "arm").replace("--baseline 1", "--baseline R1")
    again = tmp_path / "again"
    command = ["report", str(folder / "readings.csv"), "--out", str(again), *options.split(), *DATE.split()]
    assert main(command) == 0
    assert json.loads((again / "report.json").read_text())["pairs"] == result["pairs"]


def test_the_crate_holds_every_file_byte_for_byte_and_says_what_each_is(folder):
    with zipfile.ZipFile(folder / "report-crate.zip") as crate:
        inside = {name: crate.read(name) for name in crate.namelist()}
    graph = json.loads(inside.pop("ro-crate-metadata.json"))["@graph"]
    beside = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    del beside["report-crate.zip"]
    assert inside == beside
    root = next(entity for entity in graph if entity["@id"] == "./")
    assert {part["@id"] for part in root["hasPart"]} == set(inside)
    assert root["datePublished"] == "2026-01-02"
    known = {entity["@id"] for entity in graph}
    assert {root["license"]["@id"], root["mentions"][0]["@id"], *inside} <= known


def test_page_and_pdf_print_the_same_cells(folder):
    page = re.sub(r"\s+", "", (folder / "report.html").read_text())
    pdf = PdfReader(io.BytesIO((folder / "report.pdf").read_bytes()))
    text = re.sub(r"\s+", "", "".join(sheet.extract_text() for sheet in pdf.pages))
    for name in ("agreement", "mcnemar", "sensitivity", "across", "by-level"):
        with (folder / "tables" / f"{name}.csv").open(newline="") as file:
            for row in list(csv.reader(file))[1:]:
                for cell in row:
                    squeezed = re.sub(r"\s+", "", cell)
                    assert squeezed in text, (name, cell)
                    assert squeezed.replace("<", "&lt;") in page, (name, cell)


def test_the_page_needs_nothing_else_and_says_what_it_is_not(folder):
    page = (folder / "report.html").read_text()
    assert not re.findall(r'(?:src|href)="(?!#)', page)
    assert "Research use only, not a medical device." in page
    assert "SYNTHETIC DATA" in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert page.count('<svg role="img" aria-label="') == page.count("<figure>") >= 5


def test_the_workbook_holds_numbers_as_numbers_and_no_formula(folder, result):
    book = openpyxl.load_workbook(folder / "tables.xlsx")
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n", "inlineStr"}
    header, first = ([cell.value for cell in row] for row in list(book["figures"].iter_rows())[:2])
    assert first[header.index("estimate")] == result["pairs"][0]["before"]["kappa"]["estimate"]


def test_a_cell_that_a_spreadsheet_would_run_is_disarmed():
    assert [safe_cell(x) for x in ("=1+1", "@x", "-2", -2, "R1", None)] == [
        "'=1+1",
        "'@x",
        "'-2",
        -2,
        "R1",
        None,
    ]


def test_a_reader_named_like_a_formula_stays_text_in_every_sheet(tmp_path):
    table = (
        TABLE.read_text().replace(",3,initial", ",=cmd(),initial").replace(",3,assisted", ",=cmd(),assisted")
    )
    (tmp_path / "grades.csv").write_text(table)
    out = tmp_path / "out"
    assert (
        main(["report", str(tmp_path / "grades.csv"), "--out", str(out), *OPTIONS.split(), *DATE.split()])
        == 0
    )
    for path in [*out.glob("*.csv"), *out.glob("tables/*.csv")]:
        with path.open(newline="") as file:
            assert not [cell for row in csv.reader(file) for cell in row if cell.startswith("=")], path
    book = openpyxl.load_workbook(out / "tables.xlsx")
    assert not [c.value for s in book for row in s.iter_rows() for c in row if c.data_type == "f"]


@pytest.mark.parametrize("name", checklists.NAMES)
def test_a_checklist_marks_what_it_does_not_know(name, result):
    found = checklists.checklist(name, result)
    assert 0 < found.gaps < len(found.rows)
    assert {"grras": 15, "claim": 42}.get(name, len(found.rows)) == len(found.rows)
    assert checklists.as_markdown(found).count(checklists.GAP) == found.gaps


def test_pictures_repeat_carry_no_style_and_say_when_data_are_made_up(folder, result):
    from annotations.agreement.report.pictures.catalogue import plots, svg

    for name in plots(result):
        drawn = svg(name, result, synthetic=True)
        assert drawn == (folder / "figures" / f"{name}.svg").read_text()
        assert "style=" not in drawn
        assert drawn.count("<path") > svg(name, result, synthetic=False).count("<path")


def test_what_lies_behind_a_kappa_adds_up(folder, result):
    explained = json.loads((folder / "explain.json").read_text())
    for pair, told in zip(result["pairs"], explained["pairs"], strict=True):
        for side, arm in zip((pair["before"], pair["after"]), told["arms"], strict=True):
            assert [[len(cell) for cell in row] for row in arm["cells"]] == side["table"]
            cost = sum(site["cost"] for site in arm["sites"])
            assert cost == pytest.approx(1 - side["kappa"]["estimate"], abs=1e-12)
            assert sum(site["share"] for site in arm["sites"]) == pytest.approx(1)
        assert len(told["without"]) == 20


def test_kappa_without_an_exam_is_the_kappa_of_a_table_without_it(folder, tmp_path):
    from sklearn.metrics import cohen_kappa_score

    frame = pd.read_csv(TABLE)
    wide = frame[frame["exam"] != "E07"].pivot(
        index=["exam", "level", "endplate"], columns=["reader", "phase"], values="grade"
    )
    explained = json.loads((folder / "explain.json").read_text())
    pair = explained["pairs"][2]
    told = next(row for row in pair["without"] if row["exam"] == "E07")
    theirs = [
        cohen_kappa_score(wide[2, arm], wide[3, arm], labels=[0, 1, 2, 3]) for arm in ("initial", "assisted")
    ]
    assert told["kappa"] == pytest.approx(theirs, abs=1e-12)
    assert told["delta"] == pytest.approx(theirs[1] - theirs[0], abs=1e-12)
