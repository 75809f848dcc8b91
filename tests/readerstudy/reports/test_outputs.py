"""What comes out of a frozen result: page, PDF, CSV and JSON say the same, repeat, and can be recomputed."""

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator

import jsonschema
import pandas as pd
import pytest
from django.db import transaction
from pypdf import PdfReader
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.contingency_tables import mcnemar

from annotations.agreement.analysis import analyse
from annotations.agreement.report.pictures import catalogue
from annotations.formats.sheets import safe_cell
from readerstudy.common.errors import Conflict
from readerstudy.oversight.certificate import certificate
from readerstudy.oversight.facts import facts_of
from readerstudy.reads.models import Grade
from readerstudy.reports import dataset, documents, pictures, selectors, services
from readerstudy.reports.models import Analysis
from readerstudy.reports.presentation import present
from readerstudy.studies.selectors import protocol_of
from tests import cast
from tests.factories import make_study
from tests.readerstudy.reports.conftest import MEANING, PASSWORD, read_all

pytestmark = pytest.mark.django_db
RESEARCH_ONLY = "Research use only, not a medical device"


@pytest.fixture(scope="module")
def analysis(django_db_setup, django_db_blocker) -> Iterator[Analysis]:
    """One study, read to its end, locked and analysed, for all tests of this file: they only look at it."""
    with django_db_blocker.unblock(), transaction.atomic():
        person = cast.coordinator()
        study = make_study(cases=20, actor=person)
        read_all(study)
        yield services.lock_study(study_id=study.pk, person=person, password=PASSWORD, meaning=MEANING)
        transaction.set_rollback(True)


@pytest.fixture
def result(analysis):
    return json.loads(analysis.result)


def forget():
    for made in (documents.document, documents.svg, documents.pdf, documents.crate):
        made.cache_clear()


def pdf_text(analysis):
    pages = PdfReader(io.BytesIO(documents.pdf(analysis.result))).pages
    return [re.sub(r"\s+", " ", page.extract_text()) for page in pages]


def crate_text(analysis):
    """The text files of the crate by name."""
    with zipfile.ZipFile(io.BytesIO(documents.crate(analysis.result, analysis.lock.dataset))) as crate:
        return {
            name: crate.read(name).decode()
            for name in crate.namelist()
            if not name.endswith((".pdf", ".xlsx"))
        }


def or_none(value):
    return None if pd.isna(value) else int(value)


def test_trust_17_every_answer_survives_export_and_an_export_repeats_byte_for_byte(analysis):
    exported = dataset.parse(analysis.lock.dataset)
    stored = {
        (
            selectors.case_name(grade.read.assignment.case.number),
            grade.level,
            grade.half,
            f"R{grade.read.assignment.enrolment.index}",
            grade.read.assignment.arm,
        ): (grade.grade, grade.not_gradable, grade.in_bulk, grade.secondary, grade.confidence)
        for grade in Grade.objects.select_related("read__assignment__case", "read__assignment__enrolment")
    }
    read_back = {
        (r.exam, r.level, r.half, r.reader, r.arm): (
            int(r.grade),
            r.not_gradable,
            r.in_bulk,
            or_none(r.secondary),
            or_none(r.confidence),
        )
        for r in exported.itertuples()
    }
    assert len(stored) == 1200
    assert read_back == stored
    study = analysis.lock.study
    document = protocol_of(study).document
    assert dataset.render(selectors.dataset_rows(study, document), synthetic=True) == analysis.lock.dataset
    first = [
        documents.pdf(analysis.result),
        documents.crate(analysis.result, analysis.lock.dataset),
        documents.workbook(analysis.result),
        documents.html(analysis.result),
        *documents.drawings(analysis.result).values(),
    ]
    forget()
    assert first == [
        documents.pdf(analysis.result),
        documents.crate(analysis.result, analysis.lock.dataset),
        documents.workbook(analysis.result),
        documents.html(analysis.result),
        *documents.drawings(analysis.result).values(),
    ]
    assert documents.figures_csv(analysis.result) == documents.figures_csv(analysis.result)


def test_trust_18_kappa_and_mcnemar_recomputed_from_the_exported_csv_equal_the_report(analysis, result):
    exported = pd.read_csv(io.StringIO(analysis.lock.dataset))
    wide = exported.pivot(index=["exam", "level", "half"], columns=["reader", "arm"], values="grade")
    for pair in result["agreement"]["pairs"]:
        first, second = pair["readers"]
        agree = []
        for phase, side in enumerate(("before", "after")):
            a, b = (wide[reader, pair["arms"][reader][phase]] for reader in (first, second))
            theirs = cohen_kappa_score(a, b, labels=[0, 1, 2, 3])
            assert pair[side]["kappa"]["estimate"] == pytest.approx(theirs, abs=1e-12)
            agree.append(a == b)
        crossed = pd.crosstab(agree[0], agree[1]).reindex(
            index=[True, False], columns=[True, False], fill_value=0
        )
        ours = pair["mcnemar"]["plain"]
        exact = mcnemar(crossed.to_numpy(), exact=True).pvalue
        corrected = mcnemar(crossed.to_numpy(), exact=False, correction=True).pvalue
        assert ours["exact"]["p"] == pytest.approx(exact, abs=1e-12)
        assert ours["corrected"]["p"] == pytest.approx(corrected, abs=1e-12)


@pytest.mark.parametrize("script", ["recompute.py", "recompute.R"])
def test_trust_18_the_scripts_of_the_crate_recompute_the_report_from_its_readings(
    analysis, result, tmp_path, script
):
    interpreter = sys.executable if script.endswith(".py") else shutil.which("Rscript")
    if interpreter is None:
        pytest.skip("R is not installed")
    files = crate_text(analysis)
    for name in (script, "readings.csv"):
        (tmp_path / name).write_text(files[name], newline="")
    subprocess.run([interpreter, script], cwd=tmp_path, check=True, capture_output=True, timeout=250)
    table = pd.read_csv(next(tmp_path.glob("recomputed*.csv")))
    values = result["agreement"]["values"]
    assert set(table["pair"]) == set(values)
    for row in table.itertuples():
        ours = values[row.pair][row.figure]
        ours = ours[row.part] if isinstance(ours, list) else ours
        tolerance = {"boot_ci": 0.01, "boot_p": 0.04}.get(row.figure, 1e-9)
        assert ours == pytest.approx(row.value, abs=tolerance), row


def test_the_crate_holds_the_frozen_bytes(analysis, result):
    files = crate_text(analysis)
    assert files["study.json"] == analysis.result
    assert files["readings.csv"].encode() == analysis.lock.dataset.encode()
    assert json.loads(files["report.json"])["pairs"] == result["agreement"]["pairs"]
    jsonschema.validate(json.loads(files["report.json"]), json.loads(files["report.schema.json"]))
    graph = json.loads(files["ro-crate-metadata.json"])["@graph"]
    root = next(entity for entity in graph if entity["@id"] == "./")
    assert root["datePublished"] == result["lock"]["signed_at"][:10]
    assert "SYNTHETIC DATA" in root["description"]


def test_what_the_plan_does_not_name_is_marked_exploratory(analysis):
    marks = {table.name: table.exploratory for table in documents.document(analysis.result).tables}
    assert not marks["agreement"]
    assert not marks["reads"]
    assert marks["across"]
    assert marks["by-level"]
    assert documents.html(analysis.result).count(">exploratory<") == sum(marks.values())
    assert " ".join(pdf_text(analysis)).count("exploratory") >= sum(marks.values())


def test_a_result_frozen_by_an_older_version_is_not_shown_as_if_it_were_this_ones(result):
    result["agreement"]["schema"] = "agreement-report/1"
    with pytest.raises(Conflict, match="older version"):
        documents.document(json.dumps(result))


def test_a_result_of_the_schema_before_is_shown_without_what_it_lacks(result):
    result["agreement"]["schema"] = "agreement-report/2"
    for name in ("marginal_change", "equality_of_kappas"):
        del result["agreement"]["sections"][name]
    names = {table.name for table in documents.document(json.dumps(result)).tables}
    assert "agreement" in names
    assert not names & {"margins", "equality"}


def test_the_csv_of_figures_holds_every_figure_in_full_precision(analysis, result):
    rows = pd.read_csv(io.StringIO(documents.figures_csv(analysis.result))).set_index(["pair", "analysis"])
    for pair in result["agreement"]["pairs"]:
        key = "-".join(pair["readers"])
        assert rows.loc[(key, "kappa before"), "estimate"] == pair["before"]["kappa"]["estimate"]
        primary = rows.loc[(key, "change of kappa (primary)")]
        assert (primary["p"], primary["p_holm"]) == (pair["delta"]["p"], pair["p_holm"]["primary"])
        exact = rows.loc[(key, "McNemar exact, ignores clustering")]
        assert exact["p"] == pair["mcnemar"]["plain"]["exact"]["p"]
    assert len(rows) == 3 * 14


def test_page_and_pdf_show_the_same_numbers(analysis):
    words, text = documents.document(analysis.result), " ".join(pdf_text(analysis))
    for table in words.tables:
        for row in table.rows:
            for cell in row:
                assert cell in text, (table.name, cell)
    squeezed = text.replace(" ", "")
    for line in (words.verdict, *words.verdicts, *words.limits):
        assert line.replace(" ", "") in squeezed


def test_everything_says_synthetic_and_research_only(analysis, result):
    assert result["notice"].startswith("SYNTHETIC DATA")
    assert RESEARCH_ONLY in result["notice"]
    for page in pdf_text(analysis):
        assert "SYNTHETIC DATA" in page
        assert RESEARCH_ONLY in page
    for text in (analysis.lock.dataset, documents.figures_csv(analysis.result)):
        header, *lines = text.splitlines()
        assert header.endswith("notice")
        assert all("SYNTHETIC DATA" in line and RESEARCH_ONLY in line for line in lines)


def test_real_data_are_not_called_synthetic(analysis, result):
    real = present(result | {"synthetic": False, "notice": dataset.notice(synthetic=False)})
    assert real.banner == ""
    assert real.notice == RESEARCH_ONLY + "."
    assert "SYNTHETIC" not in dataset.render([[1]], synthetic=False)
    agreement = result["agreement"]
    marks = [
        catalogue.svg("forest", agreement, synthetic=made_up).count("<path") for made_up in (True, False)
    ]
    assert marks[0] > marks[1]


def test_no_reader_is_named_in_any_output(analysis):
    names = [enrolment.reader.username for enrolment in analysis.lock.study.enrolments.all()]
    pseudonyms = [case.exam.pseudonym for case in analysis.lock.study.cases.all()]
    outputs = [
        analysis.result,
        analysis.lock.dataset,
        documents.figures_csv(analysis.result),
        documents.html(analysis.result),
        *pdf_text(analysis),
        *crate_text(analysis).values(),
    ]
    for output in outputs:
        assert not [word for word in names + pseudonyms if word in output]


def test_pictures_need_no_inline_style_which_the_pages_policy_forbids(analysis):
    for picture in documents.drawings(analysis.result).values():
        assert "style=" not in picture
        assert "<style" not in picture
        assert 'fill="' in picture


def test_what_was_left_out_and_the_actual_washout_stand_in_the_report(analysis):
    tables = {table.name: table for table in documents.document(analysis.result).tables}
    assert "left-out" not in tables
    assert tables["reads"].rows[0] == ("R1", "1: Initial (unaided)", "20", "20", "0")
    assert [row[:2] for row in tables["washout"].rows] == [("R2", "20"), ("R3", "20")]
    assert all(29 < float(row[2]) < 31 for row in tables["washout"].rows)


def test_what_the_first_page_must_not_hide(result):
    conduct = result["conduct"] | {"missing": 4}
    conduct["washout_gaps"] = [gap | {"min_days": 3.0} for gap in conduct["washout_gaps"]]
    incomplete = result | {"conduct": conduct, "lock": result["lock"] | {"reason": "A reader left."}}
    warnings = " ".join(present(incomplete).warnings)
    assert "4 of 100 reads are missing; locked all the same: A reader left." in warnings
    assert "washout of 28 days was not kept by R2, R3" in warnings


def test_a_demo_says_how_far_its_clock_stood_off(result):
    lock = result["lock"] | {"demo": True, "clock_offset_s": 29 * 86400}
    facts = dict(present(result | {"lock": lock}).facts)
    assert "29.0 days off" in facts["Demo installation"]
    assert "Demo installation" not in dict(present(result).facts)


def test_a_study_in_which_every_grade_is_none_still_has_its_report(analysis, result):
    same = dataset.parse(analysis.lock.dataset).assign(grade=0)
    text = json.dumps(result | {"agreement": analyse(same, analysis.plan)})
    pages = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(documents.pdf(text))).pages)
    assert "could not be estimated" in pages
    assert documents.document(text).tables[0].rows[0][2:] == ("not estimable",) * 5
    assert documents.svg(text, "forest") != documents.svg(analysis.result, "forest")
    assert "one and the same category" in documents.figures_csv(text)


def test_words_a_person_typed_reach_the_pdf_as_words_not_as_markup(result):
    study = result["study"] | {"name": '#panic("x") <b>*bold*</b> $x$ =cmd()'}
    text = json.dumps(result | {"study": study})
    pages = PdfReader(io.BytesIO(documents.pdf(text))).pages
    assert '#panic("x")' in pages[0].extract_text().replace("”", '"').replace("“", '"')
    assert safe_cell("=cmd()") == "'=cmd()"


def test_w3_the_report_shows_how_long_the_washouts_were_as_picture_table_and_file(analysis, result):
    weeks = result["conduct"]["washout_weeks"]
    assert [(row["from_days"], row["to_days"], row["gaps"]) for row in weeks] == [(28, 35, 2 * 20)]
    certified = certificate(facts_of(analysis.lock.study))
    assert certified["histogram"] == weeks, "as the washout certificate tells it"
    assert documents.svg(analysis.result, "washout").count("<path") > 10
    page = documents.html(analysis.result)
    assert "Actual washout of each reader and case, in whole weeks" in page
    assert "28 to 35 days 40" in page
    printed = " ".join(pdf_text(analysis))
    assert "Actual washout of each reader and case, in whole weeks" in printed
    files = crate_text(analysis)
    assert files["tables/washout-weeks.csv"].splitlines()[1] == "28,35,40"
    assert files["figures/washout.svg"] == documents.svg(analysis.result, "washout")


def test_a_result_that_was_frozen_before_the_histogram_is_shown_without_it(result):
    older = {key: value for key, value in result["conduct"].items() if key != "washout_weeks"}
    text = json.dumps(result | {"conduct": older})
    assert "washout" not in documents.drawings(text)
    assert "washout" in {table.name for table in documents.document(text).tables}
    with pytest.raises(KeyError):
        documents.svg(text, "washout")


@pytest.mark.parametrize("days", [0, 70, 1400])
@pytest.mark.parametrize("hours", [[0], [0, 672], [0, 1, 17520]])
def test_w3_the_histogram_is_drawn_whatever_was_asked_for_and_kept(days, hours):
    conduct = {
        "washout_weeks": [{"from_days": days, "to_days": days + 7, "gaps": 3}],
        "periods": [{"washout_hours": asked} for asked in hours],
    }
    drawing = pictures.svg("washout", conduct, synthetic=False)
    assert drawing == pictures.svg("washout", conduct, synthetic=False)
    assert drawing.count("stroke-dasharray") >= len(hours) - 1
    assert 5 < drawing.count('id="xtick_') < 40
