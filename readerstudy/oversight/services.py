"""Handing out the audit export: events, facts, certificate and the script that verifies them, in one zip."""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.audit import selectors as audit
from readerstudy.audit import services as audit_services
from readerstudy.audit.policies import event_text, sealed_text
from readerstudy.oversight import verify_study
from readerstudy.oversight.certificate import certificate
from readerstudy.oversight.facts import facts_of
from readerstudy.studies.models import Study

_README = """Audit export of a reader study. Research use only.

Verify it with Python 3.9 or newer, which needs nothing else:

    python verify_study.py THIS.zip --head SEQ:HASH

The head is shown on the study's audit page and kept elsewhere; without it a cut-off tail can't be seen.
Readers and cases go by their numbers. Events of other studies are sealed: their links are there, their
content is not. The names of those who acted in this study are in its events.
"""


class _Lines:
    """Writes events as `verify_study.Chain` reads them."""

    def __init__(self, file: IO[bytes], study: Study, people: set[Any], exams: set[str]) -> None:
        self.file, self.study_id, self.people, self.exams = file, str(study.pk), people, exams
        self.digest, self.sealed, self.last = hashlib.sha256(), 0, 0

    def write(self, events: Iterable[dict[str, Any]]) -> None:
        for event in events:
            own = self._is_own(event)
            self.sealed += not own
            line = f"{event['hash']} {event_text(event) if own else sealed_text(event)}\n".encode()
            self.file.write(line)
            self.digest.update(line)
            self.last = event["seq"]

    def _is_own(self, event: dict[str, Any]) -> bool:
        seen = event["action"] == "exam.seen"
        return event["study_id"] == self.study_id or (
            seen and event["actor_id"] in self.people and event["object_id"] in self.exams
        )


def export_audit(*, actor: User, study: Study) -> IO[bytes]:
    """The export as an open temporary file; an event tells of it and of every file's hash.

    Most events are written while others may still append; only the rest holds the chain.
    """
    made: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115, the caller closes it
    with tempfile.TemporaryFile() as events:
        people = set(study.enrolments.values_list("reader", flat=True))
        exams = {str(exam) for exam in study.cases.values_list("exam", flat=True)}
        lines = _Lines(events, study, people, exams)
        lines.write(audit.chain())
        with transaction.atomic():
            audit_services.hold_chain()
            lines.write(audit.chain(after=lines.last))
            files = _files(study)
            audit_services.record(
                actor=actor,
                action=verify_study.EXPORTED,
                target=study,
                study_id=study.pk,
                after={
                    "events_sha256": lines.digest.hexdigest(),
                    "sealed": lines.sealed,
                    "files": {name: hashlib.sha256(body).hexdigest() for name, body in files.items()},
                },
            )
            lines.write(audit.chain(after=lines.last))
        _zip(made, events, files)
    made.seek(0)
    return made


def _files(study: Study) -> dict[str, bytes]:
    facts = facts_of(study)
    return {
        "study.json": _json(facts),
        verify_study.CERTIFICATE: _json(certificate(facts)),
        "verify_study.py": Path(verify_study.__file__).read_bytes(),
        "README.txt": _README.encode(),
    }


def _json(value: Any) -> bytes:
    return (json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()


def _zip(made: IO[bytes], events: IO[bytes], files: dict[str, bytes]) -> None:
    events.seek(0)
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(verify_study.EVENTS, "w", force_zip64=True) as target:
            while block := events.read(1 << 20):
                target.write(block)
        for name, body in files.items():
            archive.writestr(name, body)
