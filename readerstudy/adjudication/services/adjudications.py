"""Opening an adjudication, deciding its cases, stopping it, stating its outcome as truth."""

import hashlib
import json
import secrets
import uuid
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from annotations.grades import Grade as Answer
from readerstudy.accounts.models import User
from readerstudy.adjudication import policies, selectors
from readerstudy.adjudication.models import Adjudication, Opinion, Place, Question, Seat
from readerstudy.adjudication.services.kept import input_kept
from readerstudy.adjudication.states import TABLE, UNDER_WAY, AdjudicationState
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import BadInput, Conflict, NotThere
from readerstudy.exams.sightings import note_sighting
from readerstudy.exams.states import Occasion
from readerstudy.reads import policies as read_policies
from readerstudy.reads.guard import refusals_kept
from readerstudy.reads.states import SHOWS_THE_CASE, Item, Phase, ReadState, Viewer
from readerstudy.reports import services as reports
from readerstudy.reports.models import Lock
from readerstudy.reports.selectors import case_name, names_of_cases
from readerstudy.reports.truth import render_truth
from readerstudy.studies.models import Study
from readerstudy.studies.order import case_order
from readerstudy.studies.states import Arm, StudyState


@transaction.atomic
def open_adjudication(
    *, actor: User, study_id: UUID, adjudicators: Sequence[User], takes_agreed: bool
) -> Adjudication:
    """Put the disagreements of the study's latest lock before adjudicators, in an order of each one's own.

    Raises NotThere, and Refused, Conflict and BadInput as the policy does.
    """
    study = Study.objects.select_for_update().filter(pk=study_id).first()
    if study is None:
        raise NotThere
    lock = study.locks.order_by("-number").first()
    is_locked = study.state == StudyState.LOCKED and lock is not None
    differing = selectors.disagreements(lock).differing if is_locked and lock else frozenset()
    policies.check_can_open(
        role=actor.role,
        study=study.state if is_locked else StudyState.OPEN,
        under_way=Adjudication.objects.filter(lock=lock, state__in=UNDER_WAY).exists(),
        disagreements=len(differing),
        adjudicators=len(adjudicators),
        readers_among=study.enrolments.filter(reader__in=adjudicators).count(),
    )
    assert lock is not None
    seed = secrets.token_hex(32)
    adjudication = Adjudication.objects.create(
        lock=lock,
        number=lock.adjudications.count() + 1,
        takes_agreed=takes_agreed,
        seed=seed,
        seed_commitment=hashlib.sha256(seed.encode()).hexdigest(),
        opened_by=actor,
        opened_at=clock.now(),
    )
    _ask(adjudication, differing)
    for index, person in enumerate(adjudicators, start=1):
        _seat(adjudication, index, person, {half[0] for half in differing})
    _record(
        actor,
        "adjudication.opened",
        adjudication,
        lock=lock.number,
        dataset_sha256=lock.dataset_sha256,
        seed_commitment=adjudication.seed_commitment,
        halves=len(differing),
        adjudicators=len(adjudicators),
        takes_agreed=takes_agreed,
    )
    return adjudication


def _ask(adjudication: Adjudication, differing: Iterable[policies.Half]) -> None:
    cases = {case_name(case.number): case for case in adjudication.lock.study.cases.all()}
    Question.objects.bulk_create(
        Question(adjudication=adjudication, case=cases[name], level=level, half=half)
        for name, level, half in sorted(differing)
    )


def _seat(adjudication: Adjudication, index: int, person: User | None, names: set[str]) -> Seat:
    """A seat with the order of its cases, drawn by the documented generator."""
    seat = Seat.objects.create(adjudication=adjudication, index=index, person=person)
    cases = {
        case.number: case for case in adjudication.lock.study.cases.all() if case_name(case.number) in names
    }
    drawn = case_order(selectors.order_key(adjudication, index), period=1, cases=list(cases))
    Place.objects.bulk_create(
        Place(seat=seat, case=cases[number], position=position)
        for position, number in enumerate(drawn, start=1)
    )
    return seat


def _record(actor: User, action: str, adjudication: Adjudication, *, reason: str = "", **after: Any) -> None:
    audit.record(
        actor=actor,
        action=action,
        target=adjudication,
        study_id=adjudication.lock.study_id,
        after={"number": adjudication.number, **after},
        reason=reason,
    )


@transaction.atomic
def next_opinion(*, person: User, adjudication_id: UUID, together: bool = False) -> Opinion | None:
    """Open, or open again, the case that comes next at the person's own seat, or at the table, and take its
    lease; None when none is left there, or nobody decides there now. Raises NotThere for who has no seat.
    """
    seat = selectors.seat_for(person, adjudication_id)
    adjudication = _held(adjudication_id)
    turn = AdjudicationState.DISCUSSION if together else AdjudicationState.OPEN
    if adjudication.state != turn:
        return None
    place = selectors.next_place(adjudication.seats.get(index=TABLE) if together else seat)
    if place is None:
        return None
    opinion, is_new = Opinion.objects.get_or_create(place=place, defaults={"opened_at": clock.now()})
    if not is_new:
        opinion.lease = uuid.uuid4()
        opinion.save(update_fields=["lease"])
    action = "adjudication.case-opened" if is_new else "adjudication.case-resumed"
    _record(person, action, adjudication, seat=place.seat.index, position=place.position)
    return opinion


def _held(adjudication_id: UUID) -> Adjudication:
    """The row under lock: who hands in, stops and states wait for one another."""
    held = Adjudication.objects.select_for_update(of=("self",)).select_related("lock__study")
    return held.get(pk=adjudication_id)


def _find(person: User, opinion_id: UUID) -> Opinion:
    opinion = selectors.opinions_open_to(person).filter(pk=opinion_id).first()
    if opinion is None:
        raise NotThere
    return opinion


def see(*, person: User, opinion_id: UUID, item: Item) -> Opinion:
    """The opinion, if `item` of its case may be sent to this adjudicator now; pixels are kept as a sighting.

    Raises NotThere for another's, Conflict once it is handed in or the adjudication is over; both are kept.
    """
    with refusals_kept(user=person, read_id=opinion_id, item=item):
        opinion = _find(person, opinion_id)
        phase = _phase(opinion)
        seen = read_policies.what_may_be_seen(viewer=Viewer.ADJUDICATOR, arm=Arm.UNAIDED, phase=phase)
        if item not in seen:
            raise _closed()
        if item in SHOWS_THE_CASE:
            note_sighting(person=person, exam=opinion.place.case.exam, occasion=Occasion.ADJUDICATION)
    return opinion


def _phase(opinion: Opinion) -> Phase:
    state = AdjudicationState(opinion.place.seat.adjudication.state)
    at_work = opinion.state != ReadState.SUBMITTED and policies.is_running(state)
    return Phase.ADJUDICATION if at_work else Phase.STUDY_LOCKED


def _closed() -> Conflict:
    return Conflict(
        "This case is handed in, or the adjudication is over. Go on with the next.", code="submitted"
    )


def save_draft(*, person: User, opinion_id: UUID, sent: read_policies.Sent) -> int:
    """Keep the answers so far and return the version's number. Raises as a read's draft does."""
    with input_kept(person=person, opinion_id=opinion_id, sent=sent), transaction.atomic():
        opinion = _written(person, opinion_id)
        answers = _checked(opinion, sent)
        opinion.draft, opinion.comment = [answer.to_json() for answer in answers], sent.comment
        opinion.state, opinion.version = ReadState.DRAFT, opinion.version + 1
        opinion.save(update_fields=["draft", "comment", "state", "version"])
        _record(
            person,
            "adjudication.draft-saved",
            opinion.place.seat.adjudication,
            seat=opinion.place.seat.index,
            position=opinion.place.position,
            version=opinion.version,
        )
        return opinion.version


def submit(*, person: User, opinion_id: UUID, sent: read_policies.Sent, idempotency_key: str) -> Opinion:
    """Hand in a complete case, and move the adjudication on after the last one; the same key sent again
    changes nothing. Raises as a read's submission does."""
    with input_kept(person=person, opinion_id=opinion_id, sent=sent), transaction.atomic():
        opinion = _written(person, opinion_id)
        if opinion.state != ReadState.SUBMITTED or opinion.idempotency_key != idempotency_key:
            _hand_in(person, opinion, sent, idempotency_key)
    return opinion


def _hand_in(person: User, opinion: Opinion, sent: read_policies.Sent, idempotency_key: str) -> None:
    answers = _checked(opinion, sent)
    gaps = read_policies.missing(selectors.sites_at(opinion.place), answers)
    if gaps:
        raise BadInput("Some halves are not decided yet: decide them, then submit.", code="gaps", gaps=gaps)
    if read_policies.lacks_explanation(answers, sent.comment):
        raise BadInput("Say in the comment why a half is not gradable, then submit.", code="comment")
    opinion.draft, opinion.comment = [answer.to_json() for answer in answers], sent.comment
    opinion.state, opinion.version = ReadState.SUBMITTED, opinion.version + 1
    opinion.submitted_at, opinion.submitted_by = clock.now(), person
    opinion.idempotency_key = idempotency_key
    opinion.save()
    adjudication, place = opinion.place.seat.adjudication, opinion.place
    _move_on(adjudication)
    _record(
        person,
        "adjudication.case-handed-in",
        adjudication,
        seat=place.seat.index,
        position=place.position,
        halves=len(answers),
        version=opinion.version,
        answers_sha256=_digest(opinion),
        state=adjudication.state,
    )


def _digest(opinion: Opinion) -> str:
    """SHA-256 of lease, answers and comment as canonical JSON; the lease keeps it unguessable."""
    said = [str(opinion.lease), opinion.draft, opinion.comment]
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _written(person: User, opinion_id: UUID) -> Opinion:
    """The opinion under lock, after its adjudication. Raises NotThere for another's."""
    adjudication = _held(_find(person, opinion_id).place.seat.adjudication_id)
    opinion = selectors.opinions_open_to(person).select_for_update(of=("self",)).get(pk=opinion_id)
    opinion.place.seat.adjudication = adjudication
    return opinion


def _checked(opinion: Opinion, sent: read_policies.Sent) -> tuple[Answer, ...]:
    if _phase(opinion) is not Phase.ADJUDICATION:
        raise _closed()
    stale = read_policies.stale(sent, lease=str(opinion.lease), version=opinion.version)
    if stale:
        raise Conflict(
            "This case was opened or saved in another window or by another adjudicator.",
            code=stale,
            current={
                "version": opinion.version,
                "answers": opinion.draft,
                "comment": opinion.comment,
                "lease": str(opinion.lease),
            },
        )
    return read_policies.answers_of(sent, sites=selectors.sites_at(opinion.place))


def _move_on(adjudication: Adjudication) -> None:
    """After the last case: to the table where adjudicators differ, else to the end."""
    state, waiting = AdjudicationState(adjudication.state), selectors.waiting(adjudication)
    halves: list[policies.Half] = []
    if not waiting and state is AdjudicationState.OPEN:
        alone = selectors.verdicts_alone(adjudication)
        halves = list(policies.disputed(selectors.questions_of(adjudication), alone))
    following = policies.after_handing_in(state, waiting=waiting, disputed=len(halves))
    if following is state:
        return
    if following is AdjudicationState.DISCUSSION:
        _seat(adjudication, TABLE, None, {half[0] for half in halves})
    _enter(adjudication, following)


def _enter(adjudication: Adjudication, state: AdjudicationState, **fields: Any) -> None:
    adjudication.state = state
    if state is not AdjudicationState.DISCUSSION and adjudication.ended_at is None:
        adjudication.ended_at = clock.now()
    for name, value in fields.items():
        setattr(adjudication, name, value)
    adjudication.save(update_fields=["state", "ended_at", *fields])


@transaction.atomic
def stop(*, actor: User, adjudication: Adjudication, reason: str) -> None:
    """Give up an adjudication that is not decided; what was handed in is kept. Raises as the policy does."""
    held = _held(adjudication.pk)
    policies.check_can_stop(role=actor.role, state=AdjudicationState(held.state), reason=reason)
    _enter(held, AdjudicationState.STOPPED, reason=reason.strip())
    _record(actor, "adjudication.stopped", held, reason=reason.strip(), waiting=selectors.waiting(held))


def stop_for_unlock(*, lock: Lock, person: User, reason: str) -> None:
    """Before a locked study is opened again: its running adjudication ends, with the reason."""
    found = selectors.running(lock)
    if found is not None:
        stop(actor=person, adjudication=found, reason=f"The study was opened again: {reason}")


@transaction.atomic
def state_outcome(*, actor: User, adjudication: Adjudication) -> Adjudication:
    """State what was decided as the study's truth, as a file would. Raises as the policy does."""
    held = _held(adjudication.pk)
    latest = held.lock.study.locks.order_by("-number").values_list("number", flat=True)[0]
    policies.check_can_state(
        role=actor.role,
        state=AdjudicationState(held.state),
        lock=held.lock.number,
        latest_lock=latest,
    )
    facts, halves = _facts_and_halves(held)
    truth = reports.state_truth(
        study_id=held.lock.study_id,
        person=actor,
        data=render_truth(halves).encode(),
        source=policies.source_words(facts),
    )
    _enter(held, AdjudicationState.STATED, truth=truth)
    _record(
        actor,
        "adjudication.outcome-stated",
        held,
        truth=truth.number,
        truth_sha256=truth.sha256,
        decisions_sha256=facts.decisions_sha256,
        seed=held.seed,
    )
    return held


def _facts_and_halves(held: Adjudication) -> tuple[policies.Facts, dict[policies.Half, int | None]]:
    decided = selectors.outcome_of(held)
    agreed = selectors.disagreements(held.lock).agreed if held.takes_agreed else {}
    known = set(names_of_cases(held.lock.study).values())
    facts = policies.Facts(
        number=held.number,
        lock=held.lock.number,
        dataset_sha256=held.lock.dataset_sha256,
        decisions_sha256=hashlib.sha256(selectors.decisions_csv(held).encode()).hexdigest(),
        halves=len(decided),
        cases=len({half[0] for half in decided}),
        adjudicators=held.seats.exclude(index=TABLE).count(),
        together=len(selectors.verdicts_together(held)),
        not_gradable=sum(verdict is None for verdict in decided.values()),
        taken_as_agreed=len(agreed) if held.takes_agreed else None,
    )
    return facts, {half: verdict for half, verdict in {**agreed, **decided}.items() if half[0] in known}


@transaction.atomic
def note_seen(*, actor: User, study: Study, lock: Lock, differing: int, form: str) -> None:
    """An event for every look at how much readers differ, and for decisions taken away."""
    audit.record(
        actor=actor,
        action="disagreements.seen" if form == "page" else "disagreements.exported",
        target=lock,
        study_id=study.pk,
        after={"lock": lock.number, "halves": differing, "form": form},
    )
