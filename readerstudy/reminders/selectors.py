"""Reading reminders, and the facts they are decided from."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from readerstudy.reads.overview import Row, overview_of
from readerstudy.reads.states import CellState
from readerstudy.reminders.models import Reminder
from readerstudy.reminders.policies import PeriodFacts
from readerstudy.studies.absences import away_in
from readerstudy.studies.models import Study
from readerstudy.studies.policies import closing_moment
from readerstudy.studies.selectors import protocol_of
from readerstudy.studies.states import StudyState


def open_studies() -> QuerySet[Study]:
    """Studies that are being read."""
    return Study.objects.filter(state=StudyState.OPEN)


def facts_of(study: Study, *, now: datetime) -> Iterator[tuple[Row, PeriodFacts]]:
    """Every reader who is still in the study, can sign in and is not away, period by period."""
    document, away = protocol_of(study).document, away_in(study)
    for row in overview_of(study, now=now):
        times = away[row.enrolment.pk]
        if any(begins <= now < ends for begins, ends in times):
            continue
        if row.has_left or not row.enrolment.reader.is_active or study.opened_at is None:
            continue
        can_be_read = [cell for cell in row.cells if cell.state is CellState.OPEN]
        opened = [max(cell.opens_at or study.opened_at, study.opened_at) for cell in can_be_read]
        yield (
            row,
            PeriodFacts(
                number=row.period,
                open=len(can_be_read),
                last_activity=row.last_exposed_at,
                opened_at=min(opened, default=study.opened_at),
                closes_at=closing_moment(document, row.period, times),
            ),
        )


def last_of(study: Study) -> list[tuple[str, list[Reminder]]]:
    """The latest reminders of every reader, by the name in reports."""
    found: dict[int, list[Reminder]] = defaultdict(list)
    sent = Reminder.objects.filter(enrolment__study=study, sent_at__isnull=False)
    for reminder in sent.select_related("enrolment").order_by("-sent_at"):
        found[reminder.enrolment.index].append(reminder)
    return [(f"R{index}", reminders[:3]) for index, reminders in sorted(found.items())]
