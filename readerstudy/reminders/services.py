"""Writing reminders that are due and sending them in the reader's working hours."""

import logging
from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.reminders import policies, selectors
from readerstudy.reminders.models import Reminder
from readerstudy.reminders.states import Channel, Occasion
from readerstudy.studies.absences import away
from readerstudy.studies.models import Study
from readerstudy.studies.policies import closing_moment
from readerstudy.studies.selectors import protocol_of

logger = logging.getLogger(__name__)


def remind() -> int:
    """Write what is due in every open study, send what can be sent now; the number that went out.

    Run as often as one likes: a reminder is written once, what could not be sent is sent the next time if it
    is still due.
    """
    now = clock.now()
    due = [reminder for study in selectors.open_studies() for reminder in _write_due(study, now)]
    return sum(_send(reminder, now) for reminder in due if reminder.sent_at is None)


@transaction.atomic
def _write_due(study: Study, now: datetime) -> list[Reminder]:
    return [
        Reminder.objects.get_or_create(
            enrolment=row.enrolment,
            occasion=due.occasion,
            period=facts.number,
            since=due.since,
            count=due.count,
            defaults={"due_at": now},
        )[0]
        for row, facts in selectors.facts_of(study, now=now)
        for due in policies.due(facts, now=now)
    ]


def _send(reminder: Reminder, now: datetime) -> bool:
    """Whether it went out. A mail server that does not take it leaves it for the next time."""
    reader, study = reminder.enrolment.reader, reminder.enrolment.study
    if not policies.in_working_hours(now, reader.time_zone):
        return False
    text = policies.words(
        Occasion(reminder.occasion),
        study=study.name,
        closes_at=closing_moment(protocol_of(study).document, reminder.period, away(reminder.enrolment)),
        zone=reader.time_zone,
        link=settings.PUBLIC_URL,
    )
    channel = Channel.MAIL if settings.MAIL_IS_SET_UP and reader.email else Channel.LOG
    if channel is Channel.LOG:
        logger.info("reminder for %s: %s", reader.username, " ".join(text.split()))
    else:
        try:
            send_mail(policies.SUBJECT, text, None, [reader.email])
        except OSError as error:
            logger.warning("reminder %s was not sent: %s", reminder.pk, type(error).__name__)
            return False
    _note_sent(reminder, channel, now)
    return True


@transaction.atomic
def _note_sent(reminder: Reminder, channel: Channel, now: datetime) -> None:
    reminder.channel, reminder.sent_at = channel, now
    reminder.save(update_fields=["channel", "sent_at"])
    audit.record(
        actor=None,
        action="reminder.sent",
        target=reminder.enrolment,
        study_id=reminder.enrolment.study_id,
        after={"occasion": reminder.occasion, "channel": channel},
    )
