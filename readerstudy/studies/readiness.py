"""What later rooms have to do with a draft before it opens, without this room knowing them.

An app registers its functions in its AppConfig.ready(). `follow` keeps what the app holds of a draft in step
whenever its protocol is stated; `lacking` says what is still missing for the study to open; `forget` deletes
what the app holds of a draft that is deleted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from readerstudy.studies.models import Study


@dataclass(frozen=True)
class _Room:
    follow: Callable[..., None]
    lacking: Callable[..., list[str]]
    forget: Callable[[Study], None]


_rooms: list[_Room] = []


def _nothing(*_: Any, **__: Any) -> None:
    return None


def _nothing_lacks(**_: Any) -> list[str]:
    return []


def register(
    *,
    follow: Callable[..., None] = _nothing,
    lacking: Callable[..., list[str]] = _nothing_lacks,
    forget: Callable[[Study], None] = _nothing,
) -> None:
    """Ask this room as well. The functions get the draft, the first two as `study` beside the `document` that
    its protocol is."""
    _rooms.append(_Room(follow, lacking, forget))


def follow(study: Study, document: dict[str, Any]) -> None:
    """Let every room take over a protocol that was just stated, in the same transaction."""
    for room in _rooms:
        room.follow(study=study, document=document)


def lacking(study: Study, document: dict[str, Any]) -> list[str]:
    """What the rooms still miss, each with what to do."""
    return [problem for room in _rooms for problem in room.lacking(study=study, document=document)]


def forget(study: Study) -> None:
    """Let every room delete what it holds of a draft, in the transaction that deletes it."""
    for room in _rooms:
        room.forget(study)
