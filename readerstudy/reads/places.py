"""Up to where a reader's order is settled, kept now and then, so that the next case is found at once."""

from datetime import datetime

from readerstudy.reads.models import Place
from readerstudy.studies import selectors as studies
from readerstudy.studies.absences import closed_for
from readerstudy.studies.models import Assignment

EVERY = 16


def keep_place(*, coming: Assignment, now: datetime) -> None:
    """Keep that everything before the next case of the stored order is settled: at every sixteenth position.

    Call under the enrolment's lock. Of a period that has closed nothing is kept: unread cases may lie before
    the one under way. It follows from what is kept elsewhere, so that no event tells of it.
    """
    if coming.position == 1 or (coming.position - 1) % EVERY:
        return
    document = studies.document_in_force(coming.enrolment.study)
    if coming.period.number in closed_for(coming.enrolment, document, now=now):
        return
    own = {"enrolment": coming.enrolment, "period": coming.period}
    settled_to = coming.position - 1
    place, is_new = Place.objects.get_or_create(**own, defaults={"settled_to": settled_to})
    if not is_new and place.settled_to < settled_to:
        place.settled_to = settled_to
        place.save(update_fields=["settled_to"])
