"""The protocol editor: what is posted is what is saved, and nothing else."""

import html
import re

import pytest

from readerstudy.accounts.states import Role
from readerstudy.studies import protocol, services
from readerstudy.studies.models import Study
from tests import cast, factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    return services.create_study(actor=cast.coordinator(), name="Draft")


@pytest.fixture
def client(study):
    return cast.signed_in(study.created_by)


def posted(page: str) -> dict[str, str]:
    """What a browser would send of the editor's form, as it stands."""
    form = page[page.index("data-preview") :]
    form = form[: form.index("</form>")]
    values = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, kind = (re.search(rf'\b{what}="([^"]*)"', tag) for what in ("name", "type"))
        value = re.search(r'\bvalue="([^"]*)"', tag)
        if name is None or (kind and kind[1] in ("checkbox", "radio") and " checked" not in tag):
            continue
        values[name[1]] = html.unescape(value[1]) if value else "on"
    for name, options in re.findall(r'<select[^>]*\bname="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', options)
        first = re.search(r'<option(?: value="([^"]*)")?>([^<]*)', options)
        found = chosen or first
        values[name] = found[1] if found[1] is not None else found[2]
    for name, text in re.findall(r'<textarea[^>]*\bname="([^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        values[name] = html.unescape(text)
    values.pop("csrfmiddlewaretoken", None)
    return values


@pytest.mark.parametrize("key", list(protocol.TEMPLATES))
def test_saving_what_is_shown_changes_nothing(client, study, key: str) -> None:
    document = protocol.make(key, washout_hours=671)
    services.set_protocol(actor=study.created_by, study=study, document=document)
    address = f"/studies/{study.pk}/protocol/"
    form = posted(client.get(address).content.decode())
    assert client.post(address, {**form, "do": "save"}).status_code == 302
    assert study.protocols.get().document == document


def test_a_change_is_shown_with_its_consequences_before_it_is_saved(client, study) -> None:
    address = f"/studies/{study.pk}/"
    form = posted(client.get(f"{address}protocol/").content.decode())
    form |= {"period-2-washout_days": "14", "reader-2-labelled": "yes", "assumed-cases": "60"}
    page = html.unescape(client.post(f"{address}consequences/", form).content.decode())
    assert "shorter than 28 days (14 days)" in page
    assert "R2 also labelled" in page
    assert "Period 2, washout in hours: 672 becomes 336." in page
    assert "<dd>300</dd>" in page
    assert page.count("<html") == 0
    assert study.protocols.get().document == protocol.make()
    looked = client.post(f"{address}protocol/", {**form, "do": "look"})
    assert looked.status_code == 200
    assert 'value="14"' in looked.content.decode()
    assert study.protocols.get().document == protocol.make()
    client.post(f"{address}protocol/", {**form, "do": "save"})
    saved = study.protocols.get().document
    assert saved["periods"][1]["washout_hours"] == 336
    assert saved["readers"][1]["labelled_training_data"] is True


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"period-2-washout_days": "soon"}, "“soon” is no number"),
        ({"period-2-washout_days": "nan"}, "no number"),
        ({"period-2-washout_days": "1e400"}, "no number"),
        ({"period-2-washout_days": "0"}, "give it a washout"),
        ({"reader-1-sequence": "2.5"}, "no whole number"),
        ({"pairs": "1-2, x"}, "write them as 1-2, 1-3"),
        ({"pairs": "1-9"}, "two different readers"),
        ({"title": ""}, "a title of 1 to 200 characters"),
        ({"period-1-closes_at": "tomorrow"}, "as 2027-01-31T18:00:00Z"),
        ({"period-1-closes_at": "2027-02-31T18:00:00Z"}, "no such moment"),
        (
            {"period-1-closes_at": "2027-03-01T18:00:00Z", "period-2-closes_at": "2027-02-01T18:00:00Z"},
            "Period 2 closes before an earlier one does: name a later moment",
        ),
        ({"compared-second": "unaided"}, "two different arms"),
        ({"pacing-break_after_cases": "10"}, "how many minutes a break lasts"),
        ({"pacing-break_minutes": "10"}, "after how many cases or minutes"),
        ({"pacing-cases_per_day": "0"}, "how many cases a reader may hand in within a day"),
        ({"pacing-hours_per_day": "all"}, "“all” is no number"),
        ({"calibration-cases": "15", "calibration-threshold": "1.2"}, "what passes, above 0 and up to 1"),
        ({"calibration-cases": "15", "calibration-attempts": ""}, "“” is no whole number"),
        ({"primary_read": "latest"}, "original or correction"),
    ],
)
def test_what_does_not_hold_together_is_said_and_not_saved(client, study, changes, said: str) -> None:
    address = f"/studies/{study.pk}/protocol/"
    form = posted(client.get(address).content.decode()) | changes
    answer = client.post(address, {**form, "do": "save"})
    assert answer.status_code == 400
    assert said in html.unescape(answer.content.decode())
    assert study.protocols.get().document == protocol.make()


def test_breaks_caps_and_what_counts_after_a_correction(client, study) -> None:
    address = f"/studies/{study.pk}/protocol/"
    form = posted(client.get(address).content.decode())
    form |= {"pacing-break_after_cases": "10", "pacing-break_minutes": "15", "pacing-cases_per_day": "5"}
    form |= {"primary_read": "correction", "assumed-cases": "20"}
    page = html.unescape(client.post(f"/studies/{study.pk}/consequences/", form).content.decode())
    assert "what counts where a case was read again: “original” becomes “correction”" in page
    assert "Breaks and caps: now break after cases 10, break minutes 15, cases per day 5." in page
    client.post(address, {**form, "do": "save"})
    saved = study.protocols.get().document
    assert saved["pacing"] == {"break_after_cases": 10, "break_minutes": 15, "cases_per_day": 5}
    assert saved["statistics"]["primary_read"] == "correction"
    assert posted(client.get(address).content.decode())["pacing-break_minutes"] == "15"


def test_a_layout_is_stated_and_taken_back(client, study) -> None:
    address = f"/studies/{study.pk}/protocol/"
    form = posted(client.get(address).content.decode())
    client.post(address, {**form, "layout": "stacked", "do": "save"})
    assert study.protocols.get().document == protocol.make() | {"layout": "stacked"}
    form = posted(client.get(address).content.decode())
    assert form["layout"] == "stacked"
    client.post(address, {**form, "layout": "", "do": "save"})
    assert study.protocols.get().document == protocol.make()


def test_w10_a_recall_probe_is_stated_and_taken_back(client, study) -> None:
    address = f"/studies/{study.pk}/protocol/"
    form = posted(client.get(address).content.decode())
    client.post(address, {**form, "lure_share": "0.25", "do": "save"})
    assert study.protocols.get().document["recall_probe"] == {"lure_share": 0.25}
    form = posted(client.get(address).content.decode())
    assert form["lure_share"] == "0.25"
    client.post(address, {**form, "lure_share": "", "do": "save"})
    assert "recall_probe" not in study.protocols.get().document


def test_all_pairs_in_one_word(client, study) -> None:
    address = f"/studies/{study.pk}/protocol/"
    form = posted(client.get(f"{address}?template=split-plot&readers=5").content.decode())
    client.post(f"{address}?template=split-plot&readers=5", {**form, "pairs": "all", "do": "save"})
    document = study.protocols.get().document
    assert document["template"] == "split-plot"
    assert document["statistics"]["pairs"] == [[1, 2], [1, 5], [2, 5], [3, 4]]


def test_assumptions_out_of_bounds_are_said_beside_the_form(client, study) -> None:
    address = f"/studies/{study.pk}/"
    form = posted(client.get(f"{address}protocol/").content.decode())
    page = client.post(f"{address}consequences/", form | {"assumed-cases": "0"}).content.decode()
    assert "greater than or equal to 1" in page


def test_the_editor_is_the_coordinators_and_for_drafts(client, study) -> None:
    opened = factories.make_study()
    for path in ("protocol/", "consequences/"):
        assert client.post(f"/studies/{opened.pk}/{path}").status_code == 409
        other = cast.signed_in(cast.person(Role.STATISTICIAN))
        assert other.post(f"/studies/{study.pk}/{path}").status_code == 403


@pytest.mark.parametrize(("key", "expected"), [("crossover", ""), ("gao-2022", "1")])
def test_the_editor_shows_who_is_the_baseline_and_that_nobody_is(client, study, key: str, expected) -> None:
    services.set_protocol(actor=study.created_by, study=study, document=protocol.make(key))
    page = client.get(f"/studies/{study.pk}/protocol/").content.decode()
    ticked = re.findall(r'name="baseline" value="(\d*)"[^>]* checked', page)
    assert ticked == [expected]
