"""A locked study opened again: signed, with a reason, and told by every later report (R7)."""

import json
import re
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, transaction

from readerstudy.accounts.states import Role
from readerstudy.audit.models import Event
from readerstudy.common.errors import BadInput, Conflict, Refused
from readerstudy.reports import documents, services
from readerstudy.reports.models import Lock, Unlock
from readerstudy.reports.policies import MEANINGS, UNLOCK_MEANING
from readerstudy.reports.services import unlocking
from readerstudy.studies.models import Study
from readerstudy.studies.services import open_study
from tests import cast

pytestmark = pytest.mark.django_db
REASON = "Two reads were handed in for the wrong case."


def unlock(study: Study, person, **wishes) -> Unlock:
    wishes = {"password": cast.PASSWORD, "meaning": UNLOCK_MEANING, "reason": REASON, **wishes}
    return unlocking.unlock_study(study_id=study.pk, person=person, **wishes)


def lock_again(study: Study, person):
    return services.lock_study(study_id=study.pk, person=person, password=cast.PASSWORD, meaning=MEANINGS[0])


@pytest.mark.both_databases
def test_r7_the_next_locks_report_says_on_its_first_page_that_results_had_been_seen(
    analysis, finished_study, coordinator
) -> None:
    client = cast.signed_in(cast.person(Role.STATISTICIAN))
    for _ in range(2):
        assert client.get(f"/reports/{finished_study.pk}/").status_code == 200
    unlock(finished_study, coordinator)
    assert client.get(f"/reports/{finished_study.pk}/").status_code == 403, "sealed again"
    second = lock_again(finished_study, coordinator)
    assert (second.lock.number, Lock.objects.count()) == (2, 2)
    (said,) = json.loads(second.result)["lock"]["seen_before"]
    assert (said["lock"], said["looks"], said["persons"], said["reason"]) == (1, 2, 1, REASON)
    assert said["roles"] == {"statistician": 2}
    words = " ".join(documents.document(second.result).warnings)
    assert "results had been seen before this lock" in words
    assert REASON in words
    assert second.lock.dataset_sha256 == analysis.lock.dataset_sha256
    assert "seen before" not in " ".join(documents.document(analysis.result).warnings)


def test_r7_an_earlier_lock_stays_to_be_looked_at_and_says_which_it_is(
    analysis, finished_study, coordinator
) -> None:
    client = cast.signed_in(cast.person(Role.STATISTICIAN))
    address = f"/reports/{finished_study.pk}/"
    assert "earlier lock" not in client.get(address).content.decode()
    unlock(finished_study, coordinator)
    assert client.get(f"{address}locks/1/").status_code == 403, "sealed with everything else"
    lock_again(finished_study, coordinator)
    latest = client.get(address).content.decode()
    assert "This is lock 2 of 2" in latest
    assert f'href="{address}locks/1/"' in latest
    page = client.get(f"{address}locks/1/").content.decode()
    assert "Lock 1 of 2: an earlier lock, to be looked at only." in page
    assert REASON in page
    for words in ("Explain my", "Explore", "Open the study again"):
        assert words not in page, "nothing is done with an earlier lock"
    assert f'src="{address}locks/1/figure/' in page
    for name in ("report.json", "readings.csv", "report.html"):
        given = client.get(f"{address}locks/1/{name}")
        assert "-lock1-" in given["Content-Disposition"]
    assert client.get(f"{address}locks/1/report.json").content.decode() == analysis.result
    seen = Event.objects.filter(action="report.seen").order_by("-seq")[0]
    assert (seen.object_id, seen.after["sha256"]) == (str(analysis.pk), analysis.sha256)
    assert client.get(f"{address}locks/3/").status_code == 404
    assert cast.signed_in(cast.reader()).get(f"{address}locks/1/").status_code == 403


def test_r7_reading_goes_on_after_it(analysis, finished_study, coordinator) -> None:
    unlock(finished_study, coordinator)
    study = Study.objects.get(pk=finished_study.pk)
    assert (study.state, study.locked_at, bool(study.seed)) == ("open", None, True)
    actions = list(Event.objects.filter(action__startswith="study.unlock").values_list("action", flat=True))
    assert actions == ["study.unlocked", "study.unlock-signed"]
    with pytest.raises(Conflict, match="draft"):
        open_study(actor=coordinator, study=study)


@pytest.mark.parametrize(
    ("wishes", "error", "words"),
    [
        ({"password": "wrong"}, Refused, "stays locked"),
        ({"meaning": "I lock it."}, BadInput, "signature means"),
        ({"reason": " "}, BadInput, "sentence"),
    ],
)
def test_without_signature_meaning_or_reason_it_stays_locked(
    analysis, finished_study, coordinator, wishes, error, words
) -> None:
    with pytest.raises(error, match=words):
        unlock(finished_study, coordinator, **wishes)
    assert Study.objects.get(pk=finished_study.pk).state == "locked"
    assert not Unlock.objects.exists()


def test_only_a_coordinator_opens_only_what_is_locked(analysis, finished_study, coordinator) -> None:
    with pytest.raises(Refused, match="coordinator"):
        unlock(finished_study, cast.person(Role.STATISTICIAN))
    unlock(finished_study, coordinator)
    with pytest.raises(Conflict, match="open"):
        unlock(finished_study, coordinator)


@pytest.mark.both_databases
def test_r7_the_database_opens_nothing_without_the_signature(analysis, finished_study, coordinator) -> None:
    for target in ({"state": "open"}, {"state": "draft"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Study.objects.filter(pk=finished_study.pk).update(**target)
    unlock(finished_study, coordinator)
    with pytest.raises(DatabaseError), transaction.atomic():
        Unlock.objects.all().delete()
    lock_again(finished_study, coordinator)
    with pytest.raises(DatabaseError), transaction.atomic():
        Study.objects.filter(pk=finished_study.pk).update(state="open")


def test_the_page_signs_and_says_what_is_wrong(analysis, finished_study, coordinator) -> None:
    client, url = cast.signed_in(coordinator), f"/reports/{finished_study.pk}/unlock/"
    assert "results had been seen" in client.get(url).content.decode()
    sent = {"meaning": UNLOCK_MEANING, "reason": REASON, "password": "wrong"}
    refused = client.post(url, sent)
    assert refused.status_code == 403
    assert REASON in refused.content.decode(), "what was typed is still there"
    done = client.post(url, {**sent, "password": cast.PASSWORD})
    assert done.url == f"/studies/{finished_study.pk}/"
    assert client.get(url).status_code == 302
    assert cast.signed_in(cast.person(Role.STATISTICIAN)).get(url).status_code == 403


def test_a_reports_page_says_its_times_with_their_zone(analysis, finished_study, coordinator) -> None:
    unlock(finished_study, coordinator)
    second = lock_again(finished_study, coordinator)
    client = cast.signed_in(cast.person(Role.STATISTICIAN, time_zone="Europe/Berlin"))
    page = client.get(f"/reports/{finished_study.pk}/").content.decode()
    text = re.sub(r"<[^>]*>", "", page)
    assert not re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d", text), "no raw ISO"
    shown = "%d %b %Y, %H:%M:%S %Z"
    local, universal = (second.lock.signed_at.astimezone(ZoneInfo(zone)) for zone in ("Europe/Berlin", "UTC"))
    said = f"Lock 2, signed by {coordinator.username}, {local.strftime(shown)}"
    assert said in text
    assert f"number 2, signed by {coordinator.username}, {universal.strftime(shown)}" in text
    opened = Unlock.objects.get().at.strftime("%d %b %Y, %H:%M:%S UTC")
    assert f"lock 1 was opened again, {opened}, after" in text
