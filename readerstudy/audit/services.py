"""Writing events: in the transaction of the change they tell of, in one sequence under a lock."""

import contextvars
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connection, transaction

from readerstudy.audit.policies import GENESIS, HASHED_FIELDS, event_hash
from readerstudy.common import clock
from readerstudy.common.statements import change, rows

_HEAD = "SELECT seq, hash FROM audit_event ORDER BY seq DESC LIMIT 1"
_HEAD_HELD = "SELECT seq, hash FROM audit_chain_held()"
"""In PostgreSQL a function of the database (migration 0003) takes the lock, then looks."""
_APPEND = (
    f"INSERT INTO audit_event ({', '.join(HASHED_FIELDS)}, hash) "
    f"VALUES ({', '.join(f'%({name})s' for name in HASHED_FIELDS)}, %(hash)s)"
)


class Person(Protocol):
    """Whoever acts: the little of a user that an event keeps."""

    pk: Any
    username: str
    role: str


@dataclass(frozen=True)
class Origin:
    """Where a request came from."""

    session: str = ""
    address: str | None = None


_NOWHERE = Origin()
_origin: contextvars.ContextVar[Origin] = contextvars.ContextVar("audit_origin")


def set_origin(*, session_key: str | None, address: str | None) -> contextvars.Token[Origin]:
    """Remember where the current request came from; the session key is kept as a hash only."""
    digest = hashlib.sha256(session_key.encode()).hexdigest() if session_key else ""
    return _origin.set(Origin(digest, address))


def reset_origin(token: contextvars.Token[Origin]) -> None:
    """Forget the origin at the request's end."""
    _origin.reset(token)


def hold_chain() -> tuple[int, str]:
    """Let nobody else append until this transaction ends; (seq, hash) of the last event by now.

    SQLite has one writer at a time anyway. Raises TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("an audit event belongs in its change's transaction")
    found = rows(_HEAD_HELD if connection.vendor == "postgresql" else _HEAD)
    return found[0] if found else (0, GENESIS)


def record(
    *,
    actor: Person | None,
    action: str,
    target: Any,
    study_id: Any = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Append one event about `target` (a model instance).

    Must run inside the transaction of the change: a rollback then takes the event along.
    Raises TransactionManagementError outside one.
    """
    seq, digest = hold_chain()
    origin = _origin.get(_NOWHERE)
    fields: dict[str, Any] = {
        "seq": seq + 1,
        "at": clock.now(),
        "clock_offset_s": int(clock.offset().total_seconds()),
        "actor_id": actor.pk if actor else None,
        "actor": actor.username if actor else "system",
        "role": actor.role if actor else "",
        "session": origin.session,
        "address": origin.address,
        "action": action,
        "object_type": target._meta.label_lower,
        "object_id": str(target.pk),
        "study_id": str(study_id or ""),
        "before": before,
        "after": after,
        "reason": reason,
        "previous_hash": digest,
    }
    assert set(fields) == set(HASHED_FIELDS)
    kept = {
        name: json.dumps(fields[name]) if fields[name] is not None else None for name in ("before", "after")
    }
    change(_APPEND, **fields | kept, hash=event_hash(fields))
