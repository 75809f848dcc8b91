"""What instructions may be, and how their plain text is laid out."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from readerstudy.common.errors import BadInput, Conflict
from readerstudy.studies.states import StudyState

LONGEST = 20_000
"""Characters of the instructions."""


def plain(text: str) -> str:
    """The text as it is kept. Raises BadInput for none, or too long a one."""
    words = text.replace("\r\n", "\n").strip()
    if not words or len(words) > LONGEST or "\0" in words:
        raise BadInput(f"Instructions are 1 to {LONGEST:,} characters of text.", code="text")
    return words


def check_write(*, state: StudyState, reason: str, is_first: bool) -> None:
    """Raises Conflict in a locked study, BadInput for a change in an open one without a reason."""
    if state is StudyState.LOCKED:
        raise Conflict("The study is locked: nobody reads by new instructions.", code="study-locked")
    if state is StudyState.OPEN and not is_first and not reason.strip():
        raise BadInput("Say why instructions change while readers read by them.", code="reason")


@dataclass(frozen=True)
class Block:
    """A paragraph of one item, or a list of several."""

    is_list: bool
    items: tuple[str, ...]


def blocks(text: str) -> Iterator[Block]:
    """The text in paragraphs (parted by empty lines) and lists (lines that begin with "- ")."""
    for paragraph in text.split("\n\n"):
        lines = [line for line in paragraph.split("\n") if line.strip()]
        for is_list, members in groupby(lines, key=lambda line: line.startswith("- ")):
            found = [line.removeprefix("- ").strip() for line in members]
            yield Block(is_list, tuple(found) if is_list else ("\n".join(found),))
