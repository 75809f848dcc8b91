"""What a reader answers: saved as a draft, handed in for good."""

import hashlib
import json
from uuid import UUID

from django.db import connection, transaction

from annotations.grades import Grade as Answer
from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.statements import change
from readerstudy.reads import attention, guard, noticing, policies, selectors
from readerstudy.reads.kept import input_kept, keep
from readerstudy.reads.models import Attention, Read
from readerstudy.reads.states import Item, Kept, ReadState
from readerstudy.reads.traces import traces_of


def save_draft(*, reader: User, read_id: UUID, sent: policies.Sent) -> int:
    """Keep the answers so far as a new version and return its number; a draft is never analysed.

    Raises Conflict with `current` when another tab or device holds the lease or has saved since; what was
    sent is then kept beside the read.
    """
    with (
        input_kept(user=reader, read_id=read_id, sent=sent),
        guard.refusals_kept(user=reader, read_id=read_id, item=Item.OWN_ANSWERS),
        transaction.atomic(),
    ):
        read = guard.find(user=reader, read_id=read_id, lock=True)
        guard.check_written(read=read)
        answers = _checked(read, sent)
        stored = (read.draft, read.comment)
        read.draft, read.comment = [answer.to_json() for answer in answers], sent.comment
        if sent.replaces:
            keep(read=read, answers=stored[0], comment=stored[1], why=Kept.REPLACED)
        read.state, read.saved_at, read.version = ReadState.DRAFT, clock.now(), read.version + 1
        read.save(update_fields=["draft", "comment", "state", "saved_at", "version"])
        audit.record(
            actor=reader,
            action="read.draft-saved",
            target=read,
            study_id=read.assignment.enrolment.study_id,
            after={"version": read.version, "answered": len(answers)},
        )
    return read.version


def submit(
    *, reader: User, read_id: UUID, sent: policies.Sent, idempotency_key: str, active_ms: int = 0
) -> Read:
    """Hand in a complete read: grades, lock and event in one transaction.

    active_ms: since the window's last beat.

    The same submission sent again (same key) is answered as the first and changes nothing.
    Raises BadInput with `gaps` while sites are unanswered, Conflict when another tab or device was first;
    what was sent is then kept beside the read.
    """
    with (
        input_kept(user=reader, read_id=read_id, sent=sent),
        guard.refusals_kept(user=reader, read_id=read_id, item=Item.OWN_ANSWERS),
        transaction.atomic(),
    ):
        read = guard.find(user=reader, read_id=read_id, lock=True)
        if read.state == ReadState.SUBMITTED and read.idempotency_key == idempotency_key:
            return read
        washout = guard.check_written(read=read)
        answers = _checked(read, sent)
        policies.check_complete(selectors.document_of(read), answers, sent.comment)
        read.comment = sent.comment
        looked = attention.count(read=read, active_ms=active_ms)
        left = traces_of(read)
        _hand_in(read, reader, answers, idempotency_key, left.sent, looked)
        noticing.note_deviations(read, washout, left)
    return read


def _checked(read: Read, sent: policies.Sent) -> tuple[Answer, ...]:
    """The answers sent, if this tab may write them."""
    policies.check_current(
        sent, lease=read.lease, version=read.version, draft=read.draft, comment=read.comment
    )
    return policies.answers_under(selectors.document_of(read), sent)


_GRADED = {
    "postgresql": """
INSERT INTO reads_grade
    (read_id, level, half, grade, not_gradable, in_bulk, secondary, confidence, at, reader_id)
SELECT %(read)s, g.level, g.half, g.grade, COALESCE(g.not_gradable, ''), g.in_bulk, g.secondary, g.confidence,
    %(at)s, %(reader)s
FROM jsonb_to_recordset(%(answers)s) AS g (level varchar, half varchar, grade smallint, not_gradable varchar,
    in_bulk boolean, secondary smallint, confidence smallint)
""",
    "sqlite": """
INSERT INTO reads_grade
    (read_id, level, half, grade, not_gradable, in_bulk, secondary, confidence, at, reader_id)
SELECT %(read)s, json_extract(g.value, '$.level'), json_extract(g.value, '$.half'),
    json_extract(g.value, '$.grade'), COALESCE(json_extract(g.value, '$.not_gradable'), ''),
    json_extract(g.value, '$.in_bulk'), json_extract(g.value, '$.secondary'),
    json_extract(g.value, '$.confidence'), %(at)s, %(reader)s
FROM json_each(%(answers)s) g
""",
}
"""Every answer becomes a grade; each database takes JSON apart in its own words."""
_HANDED_IN = """
UPDATE reads_read SET state = 'submitted', draft = %(answers)s, comment = %(comment)s, submitted_at = %(at)s,
    version = %(version)s, idempotency_key = %(key)s
WHERE id = %(read)s
"""


def _hand_in(
    read: Read,
    reader: User,
    answers: tuple[Answer, ...],
    idempotency_key: str,
    exposures: list[dict[str, str]],
    looked: Attention,
) -> None:
    now = clock.now()
    read.draft = [answer.to_json() for answer in answers]
    read.state, read.submitted_at, read.version = ReadState.SUBMITTED, now, read.version + 1
    read.idempotency_key = idempotency_key
    said = json.dumps(read.draft)
    change(_GRADED[connection.vendor], read=read.pk, answers=said, at=now, reader=reader.pk)
    change(
        _HANDED_IN,
        read=read.pk,
        answers=said,
        comment=read.comment,
        at=now,
        version=read.version,
        key=idempotency_key,
    )
    audit.record(
        actor=reader,
        action="read.submitted",
        target=read,
        study_id=read.assignment.enrolment.study_id,
        after={
            "version": read.version,
            "grades": len(answers),
            "in_bulk": sum(answer.in_bulk for answer in answers),
            "answers_sha256": answers_digest(read),
            "exposures": exposures,
            "at": now.isoformat(),
            "active_ms": looked.active_ms,
            "longest_rest_ms": looked.longest_rest_ms,
        },
    )


def answers_digest(read: Read) -> str:
    """SHA-256 (hex) of lease, answers and comment as canonical JSON; the lease keeps it unguessable."""
    text = json.dumps([str(read.lease), read.draft, read.comment], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
