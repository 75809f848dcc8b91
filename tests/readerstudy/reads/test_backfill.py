"""A database of the release before is brought forward with what was read in it (trust 33).

Run as a program it does so in the installation of its environment, which must be empty, and says what it
found: `python tests/readerstudy/reads/test_backfill.py`.
"""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[3]


def test_trust_33_exposures_and_places_of_an_earlier_release_are_filled_from_its_reads(
    tmp_path: Path,
) -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "readerstudy.config.settings",
        "READERSTUDY_DATA_DIR": str(tmp_path),
        "READERSTUDY_DATABASE_URL": f"sqlite:///{tmp_path}/earlier.sqlite3",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, __file__], env=environment, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    whose = [found["reader"], found["enrolment"]]
    assert found["exposures"] == [
        [period, f"pseudonym {case}", *whose] for period, case in ((1, 1), (1, 3), (2, 1))
    ]
    assert found["places"] == [[1, 3], [2, 2]]


def bring_forward() -> dict[str, Any]:
    """Migrate to the release before, fill it, migrate on; what the new columns and rows then say."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    def models_at(last: str) -> Any:
        call_command("migrate", "reads", last, verbosity=0)
        return MigrationLoader(connection).project_state(("reads", last)).apps

    kept = fill(models_at("0011_rests"))
    apps = models_at("0014_places_filled")
    exposures = apps.get_model("reads.Exposure").objects.order_by("pk")
    places = apps.get_model("reads.Place").objects.order_by("period__number")
    return {
        **kept,
        "exposures": [
            (x.period.number, x.exam.pseudonym, x.reader_id, str(x.enrolment_id)) for x in exposures
        ],
        "places": [(place.period.number, place.settled_to) for place in places],
    }


def fill(apps: Any) -> dict[str, Any]:
    """One reader, three cases, two periods: 1 and 3 are read in the first, 2 is withdrawn."""

    def make(label: str, **fields: Any) -> Any:
        return apps.get_model(label).objects.create(**fields)

    person = make("accounts.User", username="reader", role="reader", date_joined=NOW)
    study = make("studies.Study", name="Earlier", created_by=person, created_at=NOW)
    periods = [make("studies.Period", study=study, number=n, name=str(n)) for n in (1, 2)]
    enrolment = make("studies.Enrolment", study=study, reader=person, index=1)
    assignments: dict[tuple[int, int], Any] = {}
    for number in (1, 2, 3):
        named = {name: f"{name} {number}" for name in ("pseudonym", "patient_key", "study_key")}
        exam = make("exams.Exam", created_at=NOW, **named)
        case = make("studies.Case", study=study, exam=exam, number=number)
        for period in periods:
            fields = {"enrolment": enrolment, "period": period, "case": case, "position": number}
            assigned = make("studies.Assignment", arm="unaided", arm_name="unaided", **fields)
            assignments[period.number, number] = assigned
    study.state, study.opened_at = "open", NOW
    study.save()
    withdrawn = assignments[1, 2].case
    make("studies.CaseWithdrawal", case=withdrawn, reason="wrong patient", words="cut", by=person, at=NOW)
    for key in ((1, 1), (1, 3), (2, 1)):
        read = make("reads.Read", assignment=assignments[key], opened_at=NOW)
        make("reads.Exposure", read=read, item="pixels", first_at=NOW, last_at=NOW)
        read.state, read.submitted_at = "submitted", NOW
        read.save()
    return {"reader": person.pk, "enrolment": str(enrolment.pk)}


if __name__ == "__main__":
    import django

    django.setup()
    sys.stdout.write(json.dumps(bring_forward()))
