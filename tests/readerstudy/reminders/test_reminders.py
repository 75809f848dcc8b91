"""Reminders: at opening, before closing, when idle; in working hours; without case, arm or patient."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db import DatabaseError, transaction

from readerstudy.audit.models import Event
from readerstudy.conduct import services as conduct
from readerstudy.reminders import services
from readerstudy.reminders.models import Reminder
from readerstudy.reminders.policies import Due, PeriodFacts, due, in_working_hours, words
from readerstudy.reminders.states import Occasion
from readerstudy.studies import protocol
from readerstudy.studies import services as studies
from readerstudy.studies.models import Study
from tests import cast, factories
from tests.readerstudy.reads.desk import desk

WEDNESDAY = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _stand_ins(stand_in_images: None, stand_in_maps: None) -> None:
    """Images and maps as other rooms would render them."""


@pytest.fixture
def travel():
    with time_machine.travel(WEDNESDAY, tick=False) as traveller:
        yield traveller


def study_of(*, closes_at: datetime | None = None, zone: str = "UTC") -> Study:
    document = protocol.make()
    if closes_at is not None:
        document["periods"][0]["closes_at"] = closes_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    readers = [cast.reader(time_zone=zone) for _ in range(3)]
    for number, reader in enumerate(readers, start=1):
        reader.email = f"reader-{number}@example.org"
        reader.save()
    return factories.make_study(readers=readers, document=document)


def sent() -> list[tuple[str, str]]:
    rows = Reminder.objects.filter(sent_at__isnull=False).order_by("pk")
    return [(f"R{row.enrolment.index}", row.occasion) for row in rows]


@pytest.fixture
def mailing(settings) -> None:
    settings.MAIL_IS_SET_UP = True
    settings.PUBLIC_URL = "https://study.example.org/"


@pytest.mark.django_db
def test_readers_hear_once_that_reading_has_opened_and_again_after_the_washout(travel, mailing) -> None:
    study = study_of()
    assert services.remind() == 3
    assert services.remind() == 0
    reader = desk(study, 2)
    reader.read_period()
    travel.shift(timedelta(days=28))
    services.remind()
    assert ("R2", Occasion.OPENED) in sent()[3:]
    assert sent().count(("R2", Occasion.OPENED)) == 2
    assert sent().count(("R3", Occasion.OPENED)) == 1
    assert [message.to for message in mail.outbox[:3]] == [[f"reader-{n}@example.org"] for n in (1, 2, 3)]
    assert "https://study.example.org/" in mail.outbox[0].body


@pytest.mark.django_db
def test_who_rests_hears_it_every_seven_days_and_who_reads_does_not(travel, mailing) -> None:
    study = study_of()
    reader = desk(study, 3)
    services.remind()
    reader.read_one()
    travel.shift(timedelta(days=7) - timedelta(seconds=1))
    assert services.remind() == 0
    travel.shift(timedelta(seconds=1))
    assert services.remind() == 3
    assert sent()[3:] == [(f"R{n}", Occasion.IDLE) for n in (1, 2, 3)]
    desk(study, 3).read_one()
    travel.shift(timedelta(days=7))
    services.remind()
    assert sent().count(("R3", Occasion.IDLE)) == 1, "all read in this period: the next waits"
    assert sent().count(("R2", Occasion.IDLE)) == 2


@pytest.mark.django_db
def test_before_closing_those_with_unread_cases_hear_when(travel, mailing) -> None:
    study = study_of(closes_at=WEDNESDAY + timedelta(days=9), zone="Asia/Tokyo")
    travel.move_to(datetime(2026, 3, 5, 1, 0, tzinfo=UTC))
    assert services.remind() == 3
    desk(study, 1).read_period()
    mail.outbox.clear()
    travel.move_to(datetime(2026, 3, 6, 1, 0, tzinfo=UTC))
    assert services.remind() == 0, "a week before"
    travel.move_to(datetime(2026, 3, 9, 12, 0, tzinfo=UTC))
    assert services.remind() == 0, "21:00 in Tokyo"
    travel.move_to(datetime(2026, 3, 10, 0, 0, tzinfo=UTC))
    assert services.remind() == 2
    assert sent()[3:] == [("R2", Occasion.CLOSING), ("R3", Occasion.CLOSING)]
    assert "closes on 13 Mar 2026, 21:00 JST" in mail.outbox[0].body


@pytest.mark.django_db
def test_nothing_goes_out_at_night_or_on_a_weekend_and_what_lapsed_never(travel, mailing) -> None:
    study_of(zone="America/New_York")
    travel.move_to(datetime(2026, 3, 7, 15, 0, tzinfo=UTC))
    assert services.remind() == 0, "a Saturday"
    travel.move_to(datetime(2026, 3, 9, 12, 59, tzinfo=UTC))
    assert services.remind() == 0, "08:59 there, after the change of the clocks"
    for study in Study.objects.all():
        desk(study, 1).read_one()
    travel.move_to(datetime(2026, 3, 9, 13, 0, tzinfo=UTC))
    assert services.remind() == 2, "the first reader has begun by himself"
    assert Reminder.objects.filter(sent_at__isnull=True).count() == 1


@pytest.mark.django_db
def test_no_reminder_tells_of_case_arm_or_patient(travel, mailing) -> None:
    study = study_of(closes_at=WEDNESDAY + timedelta(days=1))
    travel.shift(timedelta(hours=1))
    services.remind()
    travel.shift(timedelta(days=8))
    services.remind()
    assert len(mail.outbox) >= 6
    secrets = [*study.cases.values_list("exam__pseudonym", flat=True), "nitial", "ssisted", "naided", "map"]
    for message in mail.outbox:
        assert not [secret for secret in secrets if secret in message.subject + message.body]


@pytest.mark.django_db
def test_without_mail_or_address_it_stands_in_the_log_and_on_the_page(travel, mailing, caplog) -> None:
    study = study_of()
    nobody = study.enrolments.get(index=1).reader
    nobody.email = ""
    nobody.save()
    with caplog.at_level("INFO"):
        services.remind()
    assert len(mail.outbox) == 2
    assert f"reminder for {nobody.username}: You can read now" in caplog.text
    page = cast.signed_in(cast.coordinator()).get(f"/studies/{study.pk}/").content.decode()
    assert "in the log: no mail is set up, or no address given" in page
    assert page.count("(by mail)") == 2
    assert Event.objects.filter(action="reminder.sent").count() == 3


@pytest.mark.django_db
def test_what_the_mail_server_does_not_take_goes_out_later(travel, mailing, settings) -> None:
    study_of()
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert services.remind() == 0
    settings.EMAIL_BACKEND = working
    assert services.remind() == 3


@pytest.mark.django_db
def test_nobody_is_reminded_who_has_left_or_can_not_sign_in_or_in_a_locked_study(travel, mailing) -> None:
    locked, study = study_of(), study_of()
    studies.lock_study(actor=locked.created_by, study=locked)
    gone = study.enrolments.get(index=1).reader
    gone.is_active = False
    gone.save()
    conduct.withdraw(actor=study.created_by, enrolment=study.enrolments.get(index=2), reason="Moved away.")
    call_command("send_reminders")
    assert sent() == [("R3", Occasion.OPENED)]


FACTS = {
    "number": 1,
    "open": 3,
    "last_activity": None,
    "opened_at": WEDNESDAY,
    "closes_at": WEDNESDAY + timedelta(days=20),
}


@pytest.mark.parametrize(
    ("changes", "after", "expected"),
    [
        ({"open": 0}, timedelta(days=19), []),
        ({}, timedelta(), [Due(Occasion.OPENED, WEDNESDAY)]),
        ({"last_activity": WEDNESDAY}, timedelta(days=6), []),
        ({"last_activity": WEDNESDAY}, timedelta(days=14), [Due(Occasion.IDLE, WEDNESDAY, 2)]),
        (
            {"last_activity": WEDNESDAY + timedelta(days=16)},
            timedelta(days=17),
            [Due(Occasion.CLOSING, WEDNESDAY + timedelta(days=20))],
        ),
        ({"last_activity": WEDNESDAY + timedelta(days=19)}, timedelta(days=20), []),
    ],
)
def test_what_is_due(changes: dict, after: timedelta, expected: list[Due]) -> None:
    assert list(due(PeriodFacts(**{**FACTS, **changes}), now=WEDNESDAY + after)) == expected


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        (datetime(2026, 3, 6, 9, 0, tzinfo=UTC), "UTC", True),
        (datetime(2026, 3, 6, 8, 59, 59, tzinfo=UTC), "UTC", False),
        (datetime(2026, 3, 6, 17, 0, tzinfo=UTC), "UTC", False),
        (datetime(2026, 3, 7, 12, 0, tzinfo=UTC), "UTC", False),
        (datetime(2026, 3, 6, 23, 30, tzinfo=UTC), "Pacific/Auckland", False),
        (datetime(2026, 3, 8, 20, 30, tzinfo=UTC), "Pacific/Auckland", True),
        (datetime(2026, 3, 30, 7, 0, tzinfo=UTC), "Europe/Berlin", True),
    ],
)
def test_working_hours_are_the_readers(now: datetime, zone: str, expected: bool) -> None:
    assert in_working_hours(now, zone) is expected


@pytest.mark.parametrize("occasion", Occasion)
def test_every_text_says_what_to_do_and_what_it_is_for(occasion: Occasion) -> None:
    text = words(occasion, study="S", closes_at=WEDNESDAY, zone="UTC", link="https://x/")
    assert "“S”" in text
    assert "Sign in: https://x/" in text
    assert "Research use only" in text


@pytest.mark.both_databases
@pytest.mark.django_db
def test_the_database_keeps_what_was_sent(travel) -> None:
    study_of()
    services.remind()
    with pytest.raises(DatabaseError), transaction.atomic():
        Reminder.objects.update(sent_at=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        Reminder.objects.all().delete()
