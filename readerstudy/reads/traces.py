"""What a read has left behind by now, in one statement: what is told of it once it is handed in."""

from dataclasses import dataclass, field
from datetime import datetime

from readerstudy.common.statements import at_of, rows
from readerstudy.reads.models import Read
from readerstudy.reads.next_up import UNREAD_BEFORE

_LEFT = f"""
SELECT 'sent', x.item, x.first_at, x.last_at, 0 FROM reads_exposure x WHERE x.read_id = %(read)s
UNION ALL SELECT 'sign', NULL, v.at, NULL, 0 FROM audit_event v
WHERE v.object_type = 'reads.read' AND v.object_id = %(key)s
UNION ALL SELECT 'later', NULL, NULL, NULL, l.number FROM (
    SELECT DISTINCT p.number FROM reads_exposure y JOIN studies_period p ON p.id = y.period_id
    WHERE y.reader_id = %(reader)s AND y.exam_id = %(exam)s AND y.enrolment_id = %(enrolment)s
        AND p.number > %(number)s) l
UNION ALL SELECT 'unread', NULL, NULL, NULL, u.position FROM ({UNREAD_BEFORE}) u
"""


@dataclass(frozen=True)
class Traces:
    """sent: what of the case left the server, from when to when, as plain values in the order of time.

    signs: when something was done to or with the read. seen_later: the later periods in which its reader was
    shown the case already, as when its own opened once more. unread_before: the positions before it in its
    period that were never handed in and are still in the study.
    """

    sent: list[dict[str, str]] = field(default_factory=list)
    signs: list[datetime] = field(default_factory=list)
    seen_later: list[int] = field(default_factory=list)
    unread_before: list[int] = field(default_factory=list)


def traces_of(read: Read) -> Traces:
    """Those of a read."""
    assignment, traces = read.assignment, Traces()
    found = rows(
        _LEFT,
        read=read.pk,
        key=str(read.pk),
        reader=assignment.enrolment.reader_id,
        exam=assignment.case.exam_id,
        enrolment=assignment.enrolment_id,
        period=assignment.period_id,
        number=assignment.period.number,
        position=assignment.position,
    )
    for kind, item, first, last, number in found:
        if kind == "sent":
            traces.sent.append(
                {"item": item, "first_at": at_of(first).isoformat(), "last_at": at_of(last).isoformat()}
            )
        elif kind == "sign":
            traces.signs.append(at_of(first))
        else:
            (traces.seen_later if kind == "later" else traces.unread_before).append(number)
    traces.sent.sort(key=lambda row: (row["first_at"], row["item"]))
    return traces
