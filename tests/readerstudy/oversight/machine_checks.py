"""What the machine of conduct holds a finished story to, and what it hands in."""

import tempfile
from pathlib import Path
from typing import Any

from annotations.vocabulary import SITES_12
from readerstudy.accounts.models import User
from readerstudy.audit import selectors as audit
from readerstudy.audit.models import Event
from readerstudy.oversight import verify_study
from readerstudy.oversight.facts import facts_of
from readerstudy.oversight.services import export_audit
from readerstudy.reads.models import Read
from readerstudy.reads.policies import Sent
from readerstudy.studies.models import Study


def verify(study: Study, coordinator: User) -> None:
    """The export holds, orders included; what is short in it was permitted by two persons."""
    derivable = {**facts_of(study), "seed": study.seed}
    assert list(verify_study.check_order(derivable)) == []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.zip"
        with export_audit(actor=coordinator, study=study) as made:
            path.write_bytes(made.read())
        findings = verify_study.verify(path, audit.head())[0]
        assert findings == [], findings


def replay() -> None:
    """What the events tell of the reads is what the reads are."""
    told: dict[str, tuple[str, int]] = {}
    states = {"read.opened": "opened", "read.draft-saved": "draft", "read.submitted": "submitted"}
    for event in Event.objects.filter(action__in=states).order_by("seq"):
        version = (event.after or {}).get("version", 0)
        told[event.object_id] = (states[event.action], version)
    assert told == {str(read.pk): (read.state, read.version) for read in Read.objects.all()}


def sent_of(read: Read, answered: int) -> Sent:
    """Answers to the first so many halves."""
    answers = [
        {"level": site.level.value, "half": site.half.value, "grade": 0, "not_gradable": None}
        for site in SITES_12[:answered]
    ]
    return Sent(lease=str(read.lease), version=read.version, answers=answers)


def fail(*_: Any) -> None:
    """Stands in for a write."""
    raise OSError("the machine fails here")
