"""What the tables and the audit export are held to after every step and in the end."""

import tempfile
from collections import Counter
from pathlib import Path

from readerstudy.accounts.models import User
from readerstudy.audit import selectors as audit
from readerstudy.audit.models import Event
from readerstudy.conduct.models import Reopening
from readerstudy.oversight import verify_study
from readerstudy.oversight.facts import facts_of
from readerstudy.oversight.services import export_audit
from readerstudy.reads.models import Exposure, Read
from readerstudy.studies.models import Study

IMAGES, MAP, ASKED_MAP = "pixels", "modic-map", "asked-map"
SENT_IN = {
    "unaided": {IMAGES},
    "assisted": {IMAGES, MAP},
    "second-read": {IMAGES, MAP},
    "sham": {IMAGES, MAP},
    "on-demand": {IMAGES, ASKED_MAP},
}
"""What may be sent in a read of an arm."""


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
    states = {
        "read.sent-ahead": "ahead",
        "read.opened": "opened",
        "read.draft-saved": "draft",
        "read.submitted": "submitted",
    }
    for event in Event.objects.filter(action__in=states).order_by("seq"):
        version = (event.after or {}).get("version", 0)
        told[event.object_id] = (states[event.action], version)
    assert told == {str(read.pk): (read.state, read.version) for read in Read.objects.all()}


def no_map_in_an_unaided_read() -> None:
    """Nothing of the AI was sent in a read that its order says is unaided, nor in one of another item."""
    sent = Exposure.objects.values_list("item", "read__assignment__arm").distinct().order_by()
    allowed = {(item, arm) for arm, items in SENT_IN.items() for item in items}
    assert set(sent) <= allowed, set(sent) - allowed


def each_case_once() -> None:
    """Of a reader, case, period and part there is one assignment, and one read of each number."""
    rows = Read.objects.values_list(
        "assignment__enrolment",
        "assignment__case",
        "assignment__period",
        "assignment__part",
        "number",
        "assignment__arm_name",
    )
    counted = Counter(row for row in rows.order_by())
    assert max(counted.values(), default=1) == 1
    of_arm = Counter((who, case, arm) for who, case, _, _, number, arm in counted if number == 1)
    assert max(of_arm.values(), default=1) == 1, "each case once in each arm"
    corrections = {row[:4] for row in counted if row[4] > 1}
    asked = Reopening.objects.values_list(
        "assignment__enrolment", "assignment__case", "assignment__period", "assignment__part"
    )
    assert corrections <= set(asked), "read again only where it was asked for"


def no_second_part_before_the_first() -> None:
    """The answer with the map begins once the unaided one of the case is handed in."""
    for read in Read.objects.filter(assignment__part=2, number=1).select_related("assignment"):
        own = read.assignment
        first = Read.objects.get(
            assignment__enrolment=own.enrolment_id,
            assignment__period=own.period_id,
            assignment__case=own.case_id,
            assignment__part=1,
            number=1,
        )
        assert first.state == "submitted"
