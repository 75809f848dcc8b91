import json

from django.urls import reverse

from readerstudy.accounts.states import Role
from readerstudy.audit.models import Event
from readerstudy.reports import documents
from readerstudy.reports.explanation import explanation
from readerstudy.reports.models import Analysis, Lock
from readerstudy.reports.policies import SEES_REPORTS
from readerstudy.studies.models import Study
from tests import cast
from tests.readerstudy.reports.conftest import MEANING, PASSWORD, read_all

FORMS = {
    "report": "text/html",
    "pdf": "application/pdf",
    "json": "application/json",
    "figures-csv": "text/csv",
    "readings-csv": "text/csv",
    "figure": "image/svg+xml",
    "explain": "text/html",
    "html": "text/html",
    "xlsx": "application/vnd.openxmlformats",
    "crate": "application/zip",
}
STRANGERS = [role for role in Role if role not in SEES_REPORTS]


def address(form, study):
    extra = {"name": "forest"} if form == "figure" else {}
    return reverse(f"reports:{form}", kwargs={"study_id": study.pk, **extra})


def test_results_are_sealed_until_the_lock(finished_study):
    for role in SEES_REPORTS:
        browser = cast.signed_in(cast.person(role))
        for form in FORMS:
            response = browser.get(address(form, finished_study))
            assert response.status_code == 403, (role, form)
            assert "sealed until the coordinator locks it" in response.content.decode()


def test_those_who_may_see_the_report_of_a_locked_study_do(analysis):
    for role in SEES_REPORTS:
        browser = cast.signed_in(cast.person(role))
        for form, content_type in FORMS.items():
            response = browser.get(address(form, analysis.lock.study))
            assert response.status_code == 200, (role, form)
            assert response.headers["Content-Type"].startswith(content_type)
            assert response.headers["Cache-Control"] == "no-store"


def test_readers_and_adjudicators_never_see_a_report(analysis):
    for role in STRANGERS:
        browser = cast.signed_in(cast.person(role))
        for form in FORMS:
            assert browser.get(address(form, analysis.lock.study)).status_code == 403, (role, form)


def test_the_studys_own_readers_see_no_report(analysis):
    for enrolment in analysis.lock.study.enrolments.all():
        response = cast.signed_in(enrolment.reader).get(address("json", analysis.lock.study))
        assert response.status_code == 403


def test_strangers_are_sent_to_sign_in(analysis, client):
    response = client.get(address("pdf", analysis.lock.study))
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("accounts:sign-in"))


def test_a_study_that_is_not_there_and_a_draft_look_the_same(coordinator):
    from tests.factories import make_draft

    browser = cast.signed_in(coordinator)
    draft = make_draft(actor=coordinator)
    answers = [
        browser.get(reverse("reports:report", kwargs={"study_id": key}))
        for key in (draft.pk, "00000000-0000-4000-8000-000000000000")
    ]
    assert [answer.status_code for answer in answers] == [404, 404]


def test_an_unknown_figure_is_not_there(analysis, coordinator):
    where = reverse("reports:figure", kwargs={"study_id": analysis.lock.study_id, "name": "other"})
    assert cast.signed_in(coordinator).get(where).status_code == 404


def test_trust_22_the_files_are_the_frozen_bytes_and_every_one_taken_is_logged(analysis, coordinator):
    browser, study = cast.signed_in(coordinator), analysis.lock.study
    assert browser.get(address("json", study)).content.decode() == analysis.result
    assert browser.get(address("readings-csv", study)).content.decode() == analysis.lock.dataset
    first, second = (browser.get(address("pdf", study)) for _ in range(2))
    assert first.content == second.content
    assert (
        'filename="a-study-in-miniature-lock1-report-synthetic.pdf"' in first.headers["Content-Disposition"]
    )
    browser.get(address("report", study))
    taken = [event.after["form"] for event in Event.objects.filter(action="report.exported")]
    assert taken == ["report.json", "readings.csv", "report.pdf", "report.pdf"]
    assert Event.objects.filter(action="report.seen", actor_id=coordinator.pk).count() == 1


def test_the_page_carries_banner_verdict_tables_and_limits(analysis, coordinator):
    page = cast.signed_in(coordinator).get(address("report", analysis.lock.study)).content.decode()
    agreement = json.loads(analysis.result)["agreement"]
    assert "SYNTHETIC DATA: cases or readers are made up" in page
    assert agreement["verdict"] in page
    assert "0.061 (−0.002 to 0.123)" in page
    assert "Research use only" in page
    assert "style=" not in page
    assert analysis.sha256 in page


def test_a_page_costs_the_same_queries_however_much_was_read(
    analysis, coordinator, django_assert_max_num_queries
):
    browser = cast.signed_in(coordinator)
    with django_assert_max_num_queries(12):
        browser.get(address("report", analysis.lock.study))


def test_the_list_shows_completeness_but_no_result(finished_study, coordinator):
    page = cast.signed_in(coordinator).get(reverse("reports:list")).content.decode()
    assert "R3 Assisted: 20/20" in page
    assert reverse("reports:lock", kwargs={"study_id": finished_study.pk}) in page
    assert "0.63" not in page
    statistician = (
        cast.signed_in(cast.person(Role.STATISTICIAN)).get(reverse("reports:list")).content.decode()
    )
    assert reverse("reports:lock", kwargs={"study_id": finished_study.pk}) not in statistician


def test_the_coordinator_locks_through_the_page(finished_study, coordinator):
    browser = cast.signed_in(coordinator)
    where = reverse("reports:lock", kwargs={"study_id": finished_study.pk})
    assert "can be opened again with a reason" in browser.get(where).content.decode()
    response = browser.post(where, {"password": PASSWORD, "meaning": MEANING})
    assert response.status_code == 302
    assert response.headers["Location"] == address("report", finished_study)
    assert Study.objects.get(pk=finished_study.pk).state == "locked"
    assert browser.get(where).status_code == 302


def test_the_page_tells_what_is_missing_and_keeps_the_reason_when_the_password_is_wrong(
    open_study, coordinator
):
    read_all(open_study, leave_out=7)
    browser = cast.signed_in(coordinator)
    where = reverse("reports:lock", kwargs={"study_id": open_study.pk})
    assert "7 of 100 reads are missing (R3 in Assisted: 7)" in browser.get(where).content.decode()
    wrong = browser.post(where, {"password": "no", "meaning": MEANING, "reason": "The reader left"})
    assert wrong.status_code == 403
    assert "The reader left" in wrong.content.decode()
    assert "The password is not right" in wrong.content.decode()
    without = browser.post(where, {"password": PASSWORD, "meaning": MEANING})
    assert without.status_code == 400
    assert browser.post(where, {"password": PASSWORD}).status_code == 400
    assert Study.objects.get(pk=open_study.pk).state == "open"


def test_nobody_else_reaches_the_lock_page(finished_study):
    where = reverse("reports:lock", kwargs={"study_id": finished_study.pk})
    for role in (role for role in Role if role != Role.COORDINATOR):
        browser = cast.signed_in(cast.person(role))
        assert browser.get(where).status_code == 403
        assert browser.post(where, {"password": PASSWORD, "meaning": MEANING}).status_code == 403


def test_a_cell_leads_to_its_units_and_only_those_who_may_see_exams_get_links(analysis):
    study = analysis.lock.study
    where = reverse("reports:explain", kwargs={"study_id": study.pk})
    counts = json.loads(analysis.result)["agreement"]["pairs"][1]["after"]["table"]
    for role, links in ((Role.COORDINATOR, True), (Role.STATISTICIAN, False), (Role.AUDITOR, False)):
        page = cast.signed_in(cast.person(role)).get(where, {"cell": "1.1.2.0"}).content.decode()
        assert f"R1: 2, R3: 0 (assisted), {counts[2][0]} units" in page
        found = [case for case in study.cases.all() if reverse("exams:view", args=[case.exam_id]) in page]
        assert bool(found) is links
    assert page.count('<li class="col">C0') == counts[2][0]


def test_a_cell_that_is_not_there_is_not_there(analysis, coordinator):
    browser = cast.signed_in(coordinator)
    where = reverse("reports:explain", kwargs={"study_id": analysis.lock.study_id})
    for cell in ("9.0.0.0", "1.2", "x", "-1.0.0.0", "0.0.0.7"):
        assert browser.get(where, {"cell": cell}).status_code == 404, cell


def test_which_exams_carry_a_change_stands_on_the_page(analysis, coordinator):
    where = reverse("reports:explain", kwargs={"study_id": analysis.lock.study_id})
    page = cast.signed_in(coordinator).get(where).content.decode()
    assert "Taken from kappa" in page
    assert page.count("<td>R1–R3</td>") == 20


def test_a_result_of_an_older_schema_answers_with_its_verdict_figures_and_files(analysis, coordinator):
    old = json.loads(analysis.result)
    old["agreement"]["schema"] = "agreement-report/1"
    older = Analysis(
        lock=Lock.objects.create(
            study=analysis.lock.study,
            number=2,
            signed_by=coordinator,
            signed_at=analysis.lock.signed_at,
            meaning=MEANING,
            dataset=analysis.lock.dataset,
            dataset_sha256=analysis.lock.dataset_sha256,
            flow={},
        ),
        plan=analysis.plan,
        seed=1,
        code_version="agreement-old",
        result=json.dumps(old),
        sha256="0" * 64,
        created_at=analysis.created_at,
    )
    older.save()
    browser, study = cast.signed_in(coordinator), analysis.lock.study
    response = browser.get(address("report", study))
    page = response.content.decode()
    assert response.status_code == 200
    for words in (
        "older version",
        "agreement-report/1",
        old["agreement"]["verdict"],
        "kappa_initial",
        "R1-R3",
    ):
        assert words.replace("initial", "unaided") in page, words
    assert address("json", study) in page
    assert browser.get(address("json", study)).content.decode() == older.result
    assert browser.get(address("pdf", study)).status_code == 409
    assert "older version" in browser.get(address("pdf", study)).content.decode()


def test_the_page_behind_the_kappas_names_the_exam_that_carries_most_of_a_change(analysis, coordinator):
    page = cast.signed_in(coordinator).get(address("explain", analysis.lock.study)).content.decode()
    told = documents.explained(analysis.result, analysis.lock.dataset)
    behind = explanation(told, "", {})
    values = json.loads(analysis.result)["agreement"]["values"]
    for pair, row in zip(told["pairs"], behind.furthest, strict=True):
        whole = values["-".join(pair["readers"])]["delta"]
        moved = {each["exam"]: abs(each["delta"] - whole) for each in pair["without"]}
        assert moved[row[1]] == max(moved.values())
        assert row[5].replace("\N{MINUS SIGN}", "-") == f"{whole:.3f}"
        assert f"{row[0]} without {row[1]}: {row[4]}" in page
    assert "Where the disagreement sits: " in page


def test_a_chosen_cell_is_marked_by_its_border(analysis, coordinator):
    where = address("explain", analysis.lock.study) + "?cell=1.0.0.2"
    page = cast.signed_in(coordinator).get(where).content.decode()
    assert page.count('aria-current="true"') == 1
    assert "R1: 0, R3: 2 (unaided), 9 units" in page
