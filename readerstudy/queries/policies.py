"""Decisions about queries: who raises which, whose words bring it where."""

from readerstudy.accounts.states import Role
from readerstudy.common.errors import BadInput, Conflict, Refused
from readerstudy.queries.states import QUERY_TRANSITIONS, QueryKind, QueryState

RAISED_BY_READERS: tuple[QueryKind, ...] = (
    QueryKind.WRONG_PATIENT,
    QueryKind.INCIDENTAL_FINDING,
    QueryKind.IMAGE_PROBLEM,
    QueryKind.OTHER,
)
LONGEST = 2000
"""Characters of one message."""


def check_kind(kind: QueryKind) -> None:
    """Raises BadInput for a kind that is not a reader's to raise."""
    if kind not in RAISED_BY_READERS:
        raise BadInput("Choose what your report is about.", code="kind")


def check_text(text: str) -> str:
    """The words without the space around them. Raises BadInput for none or too many."""
    words = text.strip()
    if not words:
        raise BadInput("Write a few words first.", code="text")
    if len(words) > LONGEST:
        raise BadInput(f"Write at most {LONGEST:,} characters; this has {len(words):,}.", code="text")
    if "\0" in words:
        raise BadInput("This text holds a character that can't be kept: type it anew.", code="text")
    return words


def after_words_of(*, role: Role, state: QueryState) -> QueryState:
    """Whose turn it is after words of the coordinator's or the reader's. Raises Conflict once closed."""
    if not QUERY_TRANSITIONS[state]:
        raise Conflict("This is closed. Raise it anew if there is more to say.", code="closed")
    return QueryState.WITH_READER if role is Role.COORDINATOR else QueryState.WITH_COORDINATOR


def check_close(*, role: Role, state: QueryState) -> None:
    """Raises Refused for anyone but the coordinator, Conflict once closed."""
    if role is not Role.COORDINATOR:
        raise Refused("Only the coordinator closes a query.", code="role")
    if QueryState.CLOSED not in QUERY_TRANSITIONS[state]:
        raise Conflict("This is closed already.", code="closed")
