"""The simulator in the protocol editor: begun, watched, stopped; and where it is refused."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from readerstudy.accounts.states import Role
from readerstudy.audit.models import Event
from readerstudy.demo import runs
from readerstudy.demo.policies import BARS, histogram
from readerstudy.studies import protocol, services
from readerstudy.studies.models import Study
from tests import cast, factories

pytestmark = pytest.mark.django_db
WISH = {
    "cases": 3,
    "accuracy": 0.8,
    "bias": 0.0,
    "trust": 0.5,
    "drop_out": 0.0,
    "studies": 20,
    "seed": 2,
}


@pytest.fixture
def demo(settings, tmp_path: Path) -> Path:
    settings.DEMO, settings.DATA_DIR = True, tmp_path
    return tmp_path


@pytest.fixture
def draft(demo) -> Study:
    """Without readers, as an imported protocol is."""
    document = protocol.make(readers=2) | {"pacing": {"break_after_cases": 2, "break_minutes": 15}}
    return services.create_study(actor=cast.coordinator(), name="Draft", document=document)


def begun(draft: Study, capture: Any, **changes: Any) -> runs.Run:
    with capture(execute=True):
        key = runs.begin(actor=draft.created_by, study=draft, wish={**WISH, **changes})
    return runs.run_of(draft, key)


def wait_for_end(draft: Study, run: runs.Run) -> runs.Run:
    import os

    pid = int((run.folder / "process").read_text())
    os.waitpid(pid, 0)
    return runs.run_of(draft, run.key)


def test_robots_read_a_copy_and_leave_report_calendar_and_distribution(
    draft, django_capture_on_commit_callbacks
) -> None:
    client = cast.signed_in(draft.created_by)
    assert "Simulate …" in client.get(f"/studies/{draft.pk}/protocol/").content.decode()
    run = begun(draft, django_capture_on_commit_callbacks)
    address = f"/demo/studies/{draft.pk}/simulations/"
    page = client.get(f"{address}{run.key}/").content.decode()
    assert "data-poll=" in page
    assert "Stop it" in page
    again = client.post(address, WISH)
    assert again.status_code == 409
    assert "Another simulation is running" in again.content.decode()
    run = wait_for_end(draft, run)
    assert (run.ended, run.done, run.total) == ("done", 9, 9), (run.folder / "log.txt").read_text()[-2000:]
    assert Study.objects.count() == 1, "nothing of it is in this installation"
    part = client.get(f"{address}{run.key}/?part").content.decode()
    assert "data-poll" not in part
    assert "SYNTHETIC" in part
    assert part.count("<svg") == 3
    summary = run.summary
    assert len(re.findall(r"<tr><td>R\d</td>", part)) == len(summary["calendar"]) > 3, "breaks part the days"
    assert len(summary["expected_agreement"][0]["change"]["values"]) == 20
    for name in runs.LEFT:
        given = client.get(f"{address}{run.key}/files/{name}")
        assert given.status_code == 200
        assert f"synthetic-simulation-{name}" in given["Content-Disposition"]
    stated = json.loads(client.get(f"{address}{run.key}/files/protocol.json").content)
    assert stated == draft.protocols.get().document
    for name in ("wish.json", "log.txt", "..%2Fwish.json"):
        assert client.get(f"{address}{run.key}/files/{name}").status_code == 404
    assert client.post(f"{address}{run.key}/stop/").status_code == 409
    assert Event.objects.get(action="simulation.begun").after["cases"] == 3
    with django_capture_on_commit_callbacks(execute=True):
        services.delete_draft(actor=draft.created_by, study=draft, name="Draft")
        assert run.folder.exists(), "a draft whose deletion is taken back keeps them"
    assert not run.folder.exists()


def test_a_simulation_is_stopped_and_keeps_nothing(draft, django_capture_on_commit_callbacks) -> None:
    client = cast.signed_in(draft.created_by)
    run = begun(draft, django_capture_on_commit_callbacks, cases=200)
    address = f"/demo/studies/{draft.pk}/simulations/{run.key}/"
    assert client.post(f"{address}stop/").status_code == 302
    run = wait_for_end(draft, run)
    assert (run.ended, run.summary) == ("stopped", {})
    assert "Nothing of it is kept" in client.get(address).content.decode()
    assert client.get(f"{address}files/report.html").status_code == 404
    assert Event.objects.filter(action="simulation.stopped").count() == 1


def test_one_whose_process_is_gone_has_failed(draft, monkeypatch) -> None:
    monkeypatch.setattr(runs, "_start", lambda folder, wish: (folder / "process").write_text("999999999"))
    key = runs.begin(actor=draft.created_by, study=draft, wish=WISH)
    assert runs.run_of(draft, key).running, "it is about to be started"
    (runs.run_of(draft, key).folder / "process").write_text("999999999")
    run = runs.run_of(draft, key)
    assert (run.ended, run.words) == ("failed", "Its process is gone: begin it again.")


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("no demo", "in a demonstration only"),
        ("people", "3 human readers are enrolled"),
        ("open", "The study is open: what people read"),
    ],
)
def test_where_people_read_no_robot_does(demo, settings, case: str, said: str) -> None:
    study = factories.make_study() if case == "open" else factories.make_draft()
    settings.DEMO = case != "no demo"
    client = cast.signed_in(study.created_by)
    refused = client.post(f"/demo/studies/{study.pk}/simulations/", WISH)
    assert refused.status_code == 409
    assert said in refused.content.decode()
    assert not (demo / "simulations").exists()
    if case == "no demo":
        assert "Simulate …" not in client.get(f"/studies/{study.pk}/protocol/").content.decode()


def test_wishes_out_of_bounds_are_said(draft) -> None:
    client = cast.signed_in(draft.created_by)
    refused = client.post(f"/demo/studies/{draft.pk}/simulations/", {**WISH, "cases": 1, "trust": 2})
    assert refused.status_code == 400
    assert refused.content.decode().count("text-danger") == 2


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COORDINATOR])
def test_simulations_are_the_coordinators(draft, role: Role) -> None:
    client = cast.signed_in(cast.person(role))
    assert client.get(f"/demo/studies/{draft.pk}/simulations/").status_code == 403


def test_a_histogram_counts_every_value_and_draws_the_highest_bar_in_full() -> None:
    bars = histogram([-1.0, -0.5, 0.0, 0.01, 0.5, 7.0], low=-0.5, high=0.5)
    assert (len(bars), sum(bar.count for bar in bars)) == (BARS, 6)
    assert (bars[0].count, bars[-1].count) == (2, 2)
    assert max(bar.height for bar in bars) == 20
    assert all(bar.y + bar.height == pytest.approx(20) for bar in bars)
