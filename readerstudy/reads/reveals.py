"""Showing the map of a read in which it appears only when the reader asks for it."""

from typing import Any
from uuid import UUID

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.reads import selectors
from readerstudy.reads.models import Reveal
from readerstudy.reads.services import see
from readerstudy.reads.states import Item


def reveal_map(*, reader: User, read_id: UUID) -> dict[str, Any]:
    """The map, with a record of when it was asked for; every time it is shown counts.

    Raises as the guard does where the map is not to be had, and Conflict where it is not the frozen one.
    """
    read = see(reader=reader, read_id=read_id, item=Item.MAP_ON_DEMAND)
    content = selectors.map_shown_in(read)
    with transaction.atomic():
        row = Reveal.objects.create(read=read, at=clock.now())
        audit.record(
            actor=reader,
            action="read.map-revealed",
            target=read,
            study_id=read.assignment.enrolment.study_id,
            after={"at": row.at.isoformat(), "times": read.reveals.count()},
        )
    return content
