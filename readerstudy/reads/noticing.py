"""What the system notices of a read's conduct, and keeps as deviations for a person to decide on."""

from datetime import datetime, timedelta
from itertools import pairwise

from readerstudy.conduct.policies import ReadFacts, deviations_of
from readerstudy.conduct.services import note_deviation
from readerstudy.conduct.states import Deviation
from readerstudy.reads import policies, selectors
from readerstudy.reads.models import Read
from readerstudy.reads.selectors import Washout
from readerstudy.reads.states import Item, Phase, Viewer
from readerstudy.reads.traces import Traces
from readerstudy.studies.absences import closed_for
from readerstudy.studies.states import Arm


def note_override(read: Read, washout: Washout) -> None:
    """Flag a read for ever that goes on although its washout has not passed."""
    if washout.override is not None:
        note_deviation(
            assignment=read.assignment,
            read_number=read.number,
            kind=Deviation.OVERRIDE,
            detail=f"override {washout.override.pk}",
        )


def note_deviations(read: Read, washout: Washout, traces: Traces) -> None:
    """Keep every deviation of a read that has just been handed in; traces: what it had left by then."""
    note_override(read, washout)
    for kind, detail in deviations_of(_facts(read, washout, traces)):
        note_deviation(assignment=read.assignment, read_number=read.number, kind=kind, detail=detail)


def _facts(read: Read, washout: Washout, traces: Traces) -> ReadFacts:
    assignment = read.assignment
    document = selectors.document_of(read)
    handed_in = read.submitted_at or read.opened_at
    arm = Arm(assignment.arm)
    sent = {row["item"] for row in traces.sent}
    shown = policies.what_may_be_seen(viewer=Viewer.ITS_READER, arm=arm, phase=Phase.READING)
    return ReadFacts(
        correction=read.number > 1,
        late=assignment.period.number in closed_for(assignment.enrolment, document, now=handed_in),
        earlier_unread=traces.unread_before,
        seen_later=traces.seen_later,
        aided=Item.MODIC_MAP in shown,
        images_sent=Item.PIXELS in sent,
        map_sent=Item.MODIC_MAP in sent,
        pauses=_pauses(read, traces, handed_in),
        seen_elsewhere=washout.last_counted is not None and washout.last_counted > read.opened_at,
    )


def _pauses(read: Read, traces: Traces, until: datetime) -> list[timedelta]:
    """The times between one sign of the reader at this read and the next."""
    signs = sorted({read.opened_at, *traces.signs, until})
    return [later - earlier for earlier, later in pairwise(signs) if later <= until]
