"""What a preview writes: that it was opened, and that images of the case were shown."""

from typing import Any

from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.exams.sightings import note_sighting
from readerstudy.exams.states import Occasion
from readerstudy.reads.models import Read
from readerstudy.reads.states import SHOWS_THE_CASE, Item
from readerstudy.rehearsal import previewing
from readerstudy.rehearsal.previewing import Chosen


@transaction.atomic
def open_preview(*, person: User, chosen: Chosen) -> dict[str, Any]:
    """The case as the arm's reader would get it; an event says who looked at what. Raises as `previewed`."""
    read, arm = previewing.previewed(person, chosen, item=Item.METADATA)
    study = read.assignment.enrolment.study
    audit.record(
        actor=person,
        action="study.previewed",
        target=study,
        study_id=study.pk,
        after={"arm": chosen.arm, "case": chosen.case, "part": chosen.part},
    )
    return previewing.message(read, arm, chosen)


def see_preview(*, person: User, chosen: Chosen, item: Item) -> Read:
    """The read whose `item` is about to be sent; what shows the case is kept as a sighting of this person."""
    read, _ = previewing.previewed(person, chosen, item=item)
    if item in SHOWS_THE_CASE:
        note_sighting(person=person, exam=read.assignment.case.exam, occasion=Occasion.PREVIEW)
    return read
