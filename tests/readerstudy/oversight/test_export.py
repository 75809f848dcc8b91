"""The audit export and the script that verifies it: what was changed is found (W9, trust 20)."""

import ast
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from readerstudy.accounts.states import Role
from readerstudy.audit import selectors as audit
from readerstudy.audit.models import Event
from readerstudy.exams.sightings import note_sighting
from readerstudy.exams.states import Occasion
from readerstudy.oversight import verify_study
from readerstudy.oversight.services import export_audit
from readerstudy.reads.reopening import reopen
from readerstudy.studies import order, protocol, reading_plan
from readerstudy.studies import services as studies
from tests import cast, factories
from tests.readerstudy.conduct.test_overrides import approve, ask
from tests.readerstudy.reads.desk import desk

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
SCRIPT = Path(verify_study.__file__)


@pytest.fixture
def story(study, travel, tmp_path):
    """Read by one reader in both periods, the second early for one case; another study beside it; locked."""
    other = desk(factories.make_study(cases=1), 1)
    other.read_one()
    reader = desk(study, 2)
    reader.read_one()
    travel.shift(timedelta(hours=1))
    reader.read_one()
    travel.shift(timedelta(days=20))
    note_sighting(person=reader.user, exam=study.cases.get(number=1).exam, occasion=Occasion.CALIBRATION)
    reader.sign_in_again()
    reader.next()
    approve(ask(study))
    reader.read_one()
    travel.shift(timedelta(days=40))
    reader.sign_in_again()
    reader.read_one()
    studies.lock_study(actor=study.created_by, study=study)
    study.refresh_from_db()
    return export(study, tmp_path / "story")


def export(study, folder: Path) -> Path:
    """The export, unpacked."""
    with export_audit(actor=study.created_by, study=study) as made:
        zipfile.ZipFile(io.BytesIO(made.read())).extractall(folder)
    return folder


def head() -> tuple[int, str]:
    known = audit.head()
    assert known is not None
    return known


def findings(folder: Path, known: tuple[int, str] | None = None) -> list[str]:
    return [f"{found.check}: {found.what}" for found in verify_study.verify(folder, known)[0]]


def test_w9_an_export_as_it_was_made_holds_by_the_script_alone(story, tmp_path) -> None:
    """Run as anyone would: one file, no packages, nothing of the application."""
    seq, digest = head()
    script = tmp_path / "verify_study.py"
    script.write_bytes((story / "verify_study.py").read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script), str(story), "--head", f"{seq}:{digest}"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("Everything holds.\n")
    assert "1 short under an override" in done.stdout
    assert f"last event {seq}:{digest}" in done.stdout


def test_the_script_is_python_3_9_and_imports_the_standard_library_alone() -> None:
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 9))
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names
    assert "match" not in {type(node).__name__.lower() for node in ast.walk(tree)}


def edited(folder: Path, change: Callable[[list[str]], object]) -> None:
    path = folder / "events.txt"
    lines = path.read_text().splitlines(keepends=True)
    change(lines)
    path.write_text("".join(lines))


def rehashed(line: str, old: str, new: str) -> str:
    text = line.split(" ", 1)[1].rstrip("\n").replace(old, new)
    return f"{hashlib.sha256(text.encode()).hexdigest()} {text}\n"


def own(lines: list[str], action: str) -> int:
    return next(n for n, line in enumerate(lines) if f'"action":"{action}"' in line)


TAMPERING: dict[str, Callable[[list[str]], object]] = {
    "an edit": lambda lines: lines.__setitem__(
        own(lines, "read.opened"), lines[own(lines, "read.opened")].replace("2026", "2025")
    ),
    "an edit with a new hash": lambda lines: lines.__setitem__(
        own(lines, "read.exposed"), rehashed(lines[own(lines, "read.exposed")], "2026-03-01", "2026-01-01")
    ),
    "a deletion": lambda lines: lines.pop(own(lines, "override.requested")),
    "a reordering": lambda lines: lines.__setitem__(slice(4, 6), [lines[5], lines[4]]),
    "a cut-off tail": lambda lines: lines.__delitem__(slice(-3, None)),
    "a cut-off head": lambda lines: lines.pop(0),
    "an event of the study that is sealed away": lambda lines: lines.__setitem__(
        own(lines, "read.refused"),
        lines[own(lines, "read.refused")].split(" ")[0]
        + ' {"previous_hash":"'
        + lines[own(lines, "read.refused") - 1].split(" ")[0]
        + f'","sealed":true,"seq":{own(lines, "read.refused") + 1}}}\n',
    ),
    "a doubled line": lambda lines: lines.insert(3, lines[3]),
    "nonsense": lambda lines: lines.__setitem__(2, "not an event\n"),
}


@pytest.mark.parametrize("tampering", TAMPERING)
def test_trust_20_every_kind_of_tampering_with_the_events_is_found(story, tampering) -> None:
    assert findings(story, head()) == []
    edited(story, TAMPERING[tampering])
    assert any(found.startswith("chain") for found in findings(story, head()))


def test_trust_20_a_tail_cut_before_the_export_is_found_by_the_head_alone(study, tmp_path) -> None:
    """Somebody exports, cuts the newest events off the database, and exports again in their place."""
    from django.db import connection

    from tests.databases import triggers_lifted

    desk(study, 2).read_one()
    known = head()
    with triggers_lifted(connection):
        Event.objects.filter(action="read.submitted").delete()
        Event.objects.filter(seq__gte=known[0] - 1).delete()
    folder = export(study, tmp_path / "again")
    assert "tail was cut off" in " ".join(findings(folder, known))


def test_w9_a_correction_under_an_override_leaves_its_first_read_as_it_was(study, travel, tmp_path) -> None:
    """Of two reads of one case in one period one kept the washout, and the certificate holds."""
    reader = desk(study, 2)
    first = reader.enrolment.assignments.get(period__number=1, position=1)

    def seen_elsewhere() -> None:
        note_sighting(person=reader.user, exam=first.case.exam, occasion=Occasion.TRUTH_MAKING)

    seen_elsewhere()
    travel.shift(timedelta(days=29))
    reader.sign_in_again()
    reader.read_one()
    reopen(actor=study.created_by, assignment=first, reason="The wrong half was marked.")
    seen_elsewhere()
    approve(ask(study, period=1))
    reader.read_one()
    assert findings(export(study, tmp_path / "corrected"), head()) == []
    short = json.loads((tmp_path / "corrected" / "washout-certificate.json").read_text())["short"]
    assert [row["under_override"] for row in short] == [True]


FACTS: dict[str, tuple[Callable[[dict], object], str]] = {
    "an exposure made later": (
        lambda s: s["exposures"][0].update(first_at="2026-03-02T12:00:00+00:00"),
        "exposure",
    ),
    "an exposure left out": (lambda s: s["exposures"].pop(), "exposure"),
    "a last exposure made earlier": (
        lambda s: s["exposures"][0].update(last_at="2026-02-01T12:00:00+00:00"),
        "exposure",
    ),
    "a sighting left out": (lambda s: s["elsewhere"].clear(), "exposure"),
    "another case in a place of the order": (
        lambda s: s["order"].__setitem__(0, {**s["order"][0], "case": 3 - s["order"][0]["case"]}),
        "order",
    ),
    "an arm exchanged": (lambda s: s["order"][0].update(arm="assisted"), "order"),
    "a shorter washout": (
        lambda s: s["protocol"]["document"]["periods"][1].update(washout_hours=24),
        "protocol",
    ),
    "another seed": (lambda s: s.update(seed="0" * 64), "protocol"),
    "an override that never was": (
        lambda s: s["overrides"].append({**s["overrides"][0], "id": "none"}),
        "washout",
    ),
    "an override taken away": (lambda s: s["overrides"].clear(), "washout"),
}


@pytest.mark.parametrize("change", FACTS)
def test_w9_every_change_of_the_facts_is_found_twice(story, change) -> None:
    """By what it contradicts, and by the hash of the file."""
    spoil, check = FACTS[change]
    study = json.loads((story / "study.json").read_text())
    spoil(study)
    (story / "study.json").write_text(json.dumps(study))
    checks = {found.split(":")[0] for found in findings(story, head())}
    assert {"files", check} <= checks


def test_w9_a_gap_that_is_too_short_is_named_with_what_was_due(story) -> None:
    study = json.loads((story / "study.json").read_text())
    study["overrides"].clear()
    gaps = [gap for gap in verify_study.gaps_of(study) if gap.short]
    assert [(gap.reader, gap.period, gap.permitted) for gap in gaps] == [(2, 2, False)] * len(gaps)
    assert gaps


def test_what_is_not_an_export_is_said_so(tmp_path, capsys) -> None:
    (tmp_path / "not.zip").write_text("hello")
    assert verify_study.main([str(tmp_path / "not.zip")]) == 2
    assert "can't be read as an audit export" in capsys.readouterr().err
    assert verify_study.main([str(tmp_path / "absent.zip")]) == 2


@pytest.mark.parametrize("template", protocol.TEMPLATES)
def test_the_script_derives_the_orders_as_the_application_does(template) -> None:
    document = protocol.make(template)
    cases, added = list(range(1, 24)), {2: [24, 25, 26], 4: list(range(27, 40))}
    blocks = {0: cases, **added}
    ours = reading_plan.reading_plan(document, sha256="ab" * 32, seed="cd" * 32, cases=cases, added=added)
    theirs = list(verify_study.reading_plan(document, "ab" * 32, "cd" * 32, blocks))
    assert theirs == [(row.reader, row.period, row.position, row.part, row.case, row.arm) for row in ours]
    assert document["order"]["algorithm"] == order.ALGORITHM


def test_the_script_draws_and_places_lures_as_the_application_does() -> None:
    document, cases = protocol.make(), list(range(1, 24))
    document["recall_probe"] = {"lure_share": 0.2}
    drawn = order.lures("cd" * 32, cases=cases, count=protocol.lure_count(document, len(cases)))
    assert verify_study.drawn_lures(document, "cd" * 32, cases) == set(drawn)
    assert len(drawn) == 5
    document["cases"] = [{"number": n, **({"lure": True} if n in drawn else {})} for n in cases]
    added = {2: [24, 25, 26]}
    ours = reading_plan.reading_plan(document, sha256="ab" * 32, seed="cd" * 32, cases=cases, added=added)
    theirs = list(verify_study.reading_plan(document, "ab" * 32, "cd" * 32, {0: cases, **added}))
    assert theirs == [(row.reader, row.period, row.position, row.part, row.case, row.arm) for row in ours]


@pytest.mark.parametrize("role", Role)
def test_who_may_look_at_the_trail_and_take_it_away(role, study) -> None:
    client = cast.signed_in(cast.person(role))
    expected = 200 if role in (Role.COORDINATOR, Role.ADMINISTRATOR, Role.AUDITOR) else 403
    for path in ("audit/", "audit/?verify=1", "washout/", "washout.json"):
        assert client.get(f"/studies/{study.pk}/{path}").status_code == expected
    assert client.post(f"/studies/{study.pk}/audit/export/").status_code == expected


def test_the_audit_page_shows_narrows_and_verifies(study, travel) -> None:
    desk(study, 2).read_one()
    auditor = cast.signed_in(cast.person(Role.AUDITOR))
    everything = auditor.get(f"/studies/{study.pk}/audit/").content.decode()
    assert "read.submitted" in everything
    assert "study.opened" in everything
    narrowed = auditor.get(f"/studies/{study.pk}/audit/?action=read.opened").content.decode()
    assert "2 events," in " ".join(narrowed.split()), "handing in opened the next one"
    assert "holds, up to event" in auditor.get(f"/studies/{study.pk}/audit/?verify=1").content.decode()
    response = auditor.post(f"/studies/{study.pk}/audit/export/")
    assert zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))).testzip() is None
    seq, digest = head()
    assert f"{seq}:{digest}" in auditor.get(f"/studies/{study.pk}/audit/").content.decode()


def test_w9_the_certificate_states_gaps_refusals_and_overrides(story, study) -> None:
    coordinator = cast.signed_in(study.created_by)
    stated = coordinator.get(f"/studies/{study.pk}/washout.json").json()
    assert stated == json.loads((story / "washout-certificate.json").read_text())
    assert not stated["kept"]
    assert [row["under_override"] for row in stated["short"]] == [True]
    (row,) = stated["readers"]
    assert (row["reader"], row["gaps"], row["min_days"] < 21 < row["max_days"]) == (2, 2, True)
    assert sum(part["gaps"] for part in stated["histogram"]) == 2
    assert [(refused["reader"], refused["times"]) for refused in stated["refusals"]] == [(2, 1)]
    page = coordinator.get(f"/studies/{study.pk}/washout/").content.decode()
    assert "by two persons" in page
    assert "SYNTHETIC" in page
