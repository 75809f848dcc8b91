"""Raising a matter, answering it, closing it. Nothing said is ever changed or taken away."""

from uuid import UUID, uuid4

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.accounts.states import Role
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import NotThere
from readerstudy.queries import policies, selectors
from readerstudy.queries.models import Message, Query
from readerstudy.queries.states import QueryKind, QueryState
from readerstudy.reads import guard
from readerstudy.reads.states import Item
from readerstudy.studies.models import Enrolment, Study


def report(*, reader: User, read_id: UUID, kind: QueryKind, text: str, idempotency_key: str) -> Query:
    """A reader's report from a read of theirs, in whatever state it is; reading goes on.

    The same report sent again (same key) is answered as the first. Raises NotThere for another's read.
    """
    policies.check_kind(kind)
    words = policies.check_text(text)
    with (
        guard.refusals_kept(user=reader, read_id=read_id, item=Item.OWN_ANSWERS),
        transaction.atomic(),
    ):
        read = guard.find(user=reader, read_id=read_id, lock=True)
        enrolment = read.assignment.enrolment
        known = Query.objects.filter(enrolment=enrolment, idempotency_key=idempotency_key).first()
        if known is not None:
            return known
        query = Query.objects.create(
            enrolment=enrolment,
            read=read,
            kind=kind,
            state=QueryState.WITH_COORDINATOR,
            idempotency_key=idempotency_key,
            raised_at=clock.now(),
        )
        _say(query, reader, words, action="query.reported")
    return query


@transaction.atomic
def ask(*, actor: User, study: Study, enrolment_id: UUID, text: str) -> Query:
    """A coordinator's question to one reader of the study. Raises NotThere for a reader of another."""
    words = policies.check_text(text)
    enrolment = Enrolment.objects.filter(pk=enrolment_id, study=study).first()
    if enrolment is None:
        raise NotThere
    query = Query.objects.create(
        enrolment=enrolment,
        kind=QueryKind.QUESTION,
        state=QueryState.WITH_READER,
        idempotency_key=uuid4().hex,
        raised_at=clock.now(),
    )
    _say(query, actor, words, action="query.asked")
    return query


@transaction.atomic
def say(*, actor: User, query_id: UUID, text: str) -> Query:
    """An answer of the coordinator's or the reader's. Raises NotThere, or Conflict once closed."""
    words = policies.check_text(text)
    query = _locked(actor, query_id)
    query.state = policies.after_words_of(role=Role(actor.role), state=QueryState(query.state))
    query.save(update_fields=["state"])
    _say(query, actor, words, action="query.answered")
    return query


@transaction.atomic
def close(*, actor: User, query_id: UUID, text: str) -> Query:
    """End the matter with what was done about it. Raises NotThere, Refused, or Conflict once closed."""
    query = _locked(actor, query_id)
    policies.check_close(role=Role(actor.role), state=QueryState(query.state))
    words = policies.check_text(text)
    _say(query, actor, words, action="query.closed")
    query.state, query.closed_at = QueryState.CLOSED, clock.now()
    query.save(update_fields=["state", "closed_at"])
    return query


def _locked(actor: User, query_id: UUID) -> Query:
    visible = selectors.queries_visible_to(actor).select_for_update(of=("self",))
    query = visible.filter(pk=query_id).first()
    if query is None:
        raise NotThere
    return query


def _say(query: Query, author: User, words: str, *, action: str) -> None:
    """The words, and the event that tells of them without repeating them."""
    message = Message.objects.create(query=query, author=author, text=words, at=clock.now())
    audit.record(
        actor=author,
        action=action,
        target=query,
        study_id=query.enrolment.study_id,
        after={"kind": query.kind, "state": query.state, "message": message.pk},
    )
