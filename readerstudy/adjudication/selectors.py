"""Reading adjudications: what readers differ in, whose turn it is, what was decided."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from annotations.formats.sheets import render_csv
from annotations.vocabulary import Site
from readerstudy.accounts.models import User
from readerstudy.accounts.states import Role
from readerstudy.adjudication import policies
from readerstudy.adjudication.models import Adjudication, KeptInput, Opinion, Place, Question, Seat
from readerstudy.adjudication.policies import Compared, Half, Said, Verdict
from readerstudy.adjudication.states import RUNNING, TABLE, AdjudicationState
from readerstudy.common.errors import NotThere
from readerstudy.exams.models import Instance, Series
from readerstudy.reads.states import KEPT_WORDS, Kept, ReadState
from readerstudy.reports import dataset
from readerstudy.reports.models import Lock
from readerstudy.reports.selectors import case_name, study_for
from readerstudy.studies import order, protocol
from readerstudy.studies.models import Study
from readerstudy.studies.selectors import document_in_force

_KEPT_WORDS = {
    **KEPT_WORDS,
    Kept.HANDED_IN: "came after the case was handed in, or the adjudication had ended",
}
COLUMNS = ("exam", "level", "half", "said_by", "grade", "not_gradable", "comment", "at")


def people_who_adjudicate() -> QuerySet[User]:
    """Persons who can be named."""
    return User.objects.filter(role=Role.ADJUDICATOR, is_active=True).order_by("username")


def disagreements(lock: Lock) -> Compared:
    """Where the primary reads that the lock froze differ, in the arms that the plan compares."""
    frozen = json.loads(lock.analysis.result)
    plan = frozen["agreement"]["plan"]
    frame = dataset.analysed(dataset.parse(lock.dataset), frozen["analysis_set"])
    frame = dataset.compared(frame, plan["arms"])
    frame = frame[frame["full"] == "yes"]
    columns = ("exam", "level", "half", "reader", "arm", "grade")
    said = (
        Said((exam, level, half), reader, arm, None if grade != grade else int(grade))
        for exam, level, half, reader, arm, grade in zip(
            *(frame[name].astype(float) if name == "grade" else frame[name] for name in columns), strict=True
        )
    )
    return policies.compare(said, arms=plan["arms"], baseline=plan["baseline"])


def adjudications_of(study: Study) -> QuerySet[Adjudication]:
    """Every adjudication of the study, the latest first."""
    found = Adjudication.objects.filter(lock__study=study).select_related("lock", "opened_by", "truth")
    return found.order_by("-lock__number", "-number")


def adjudication_for(user: User, adjudication_id: UUID) -> Adjudication:
    """One that this person may look on. Raises NotThere for any other."""
    found = Adjudication.objects.select_related("lock__study", "truth").filter(pk=adjudication_id).first()
    if found is None:
        raise NotThere
    study_for(user, found.lock.study_id)
    return found


def seats_of(user: User) -> QuerySet[Seat]:
    """An adjudicator's own seats, the latest first, with how many cases and how many handed in."""
    handed_in = Q(places__opinion__state=ReadState.SUBMITTED)
    return (
        Seat.objects.filter(person=user)
        .select_related("adjudication__lock__study")
        .annotate(total=Count("places"), done=Count("places", filter=handed_in))
        .order_by("-adjudication__opened_at")
    )


def seat_for(user: User, adjudication_id: UUID) -> Seat:
    """This person's own seat. Raises NotThere where there is none."""
    seat = seats_of(user).filter(adjudication=adjudication_id).first()
    if seat is None:
        raise NotThere
    return seat


def seat_in_turn(seat: Seat) -> Seat:
    """Where its holder decides now: alone, or with the others at the table."""
    if seat.adjudication.state != AdjudicationState.DISCUSSION:
        return seat
    return seat.adjudication.seats.get(index=TABLE)


def next_place(seat: Seat) -> Place | None:
    """The first of the stored order that is not handed in."""
    return seat.places.exclude(opinion__state=ReadState.SUBMITTED).select_related("case__exam").first()


def waiting(adjudication: Adjudication) -> int:
    """How many cases are still to be handed in, over all seats there are."""
    places = Place.objects.filter(seat__adjudication=adjudication)
    return places.exclude(opinion__state=ReadState.SUBMITTED).count()


def opinions_open_to(user: User) -> QuerySet[Opinion]:
    """Those at this person's own seats, and at the tables of the same adjudications."""
    sits_in = Seat.objects.filter(person=user).values("adjudication")
    own = Q(place__seat__person=user)
    shared = Q(place__seat__index=TABLE, place__seat__adjudication__in=sits_in)
    return Opinion.objects.filter(own | shared).select_related(
        "place__case__exam", "place__seat__adjudication__lock__study"
    )


def questions_of(adjudication: Adjudication) -> list[Half]:
    """Every half asked, by case and in the order of the protocol."""
    sites = {(s.level.value, s.half.value): n for n, s in enumerate(_all_sites(adjudication))}
    found = Question.objects.filter(adjudication=adjudication).values_list("case__number", "level", "half")
    ordered = sorted(found, key=lambda row: (row[0], sites[row[1], row[2]]))
    return [(case_name(number), level, half) for number, level, half in ordered]


def _all_sites(adjudication: Adjudication) -> tuple[Site, ...]:
    return protocol.sites(document_in_force(adjudication.lock.study))


def halves_at(seat: Seat) -> list[Half]:
    """The halves asked at a seat: those in question, at the table those in dispute."""
    halves = questions_of(seat.adjudication)
    if seat.index == TABLE:
        return list(policies.disputed(halves, verdicts_alone(seat.adjudication)))
    return halves


def sites_at(place: Place) -> list[Site]:
    """What is asked of a place's case."""
    return _sites_of(place, halves_at(place.seat))


def _sites_of(place: Place, halves: list[Half]) -> list[Site]:
    name = case_name(place.case.number)
    asked = {half[1:] for half in halves if half[0] == name}
    sites = _all_sites(place.seat.adjudication)
    return [site for site in sites if (site.level.value, site.half.value) in asked]


def handed_in(adjudication: Adjudication) -> list[Opinion]:
    """What was handed in, by seat and position."""
    found = Opinion.objects.filter(place__seat__adjudication=adjudication, state=ReadState.SUBMITTED)
    return list(
        found.select_related("place__case", "place__seat").order_by("place__seat__index", "place__position")
    )


def verdicts(opinions: list[Opinion]) -> dict[Half, Verdict]:
    """What opinions say of each half."""
    return {
        (case_name(opinion.place.case.number), answer["level"], answer["half"]): answer["grade"]
        for opinion in opinions
        for answer in opinion.draft
    }


def verdicts_alone(adjudication: Adjudication) -> list[dict[Half, Verdict]]:
    """What each adjudicator said alone, by seat."""
    by_seat: dict[int, list[Opinion]] = {}
    for opinion in handed_in(adjudication):
        by_seat.setdefault(opinion.place.seat.index, []).append(opinion)
    return [verdicts(found) for index, found in sorted(by_seat.items()) if index != TABLE]


def verdicts_together(adjudication: Adjudication) -> dict[Half, Verdict]:
    """What was decided at the table."""
    return verdicts([one for one in handed_in(adjudication) if one.place.seat.index == TABLE])


def outcome_of(adjudication: Adjudication) -> dict[Half, Verdict]:
    """What is decided of every half, once all is."""
    halves = questions_of(adjudication)
    return policies.outcome(halves, verdicts_alone(adjudication), verdicts_together(adjudication))


def decisions_csv(adjudication: Adjudication) -> str:
    """Every answer handed in, by seat, case and half: A1, A2, ... and "together". It names no person."""
    rows = [
        (
            case_name(opinion.place.case.number),
            answer["level"],
            answer["half"],
            f"A{opinion.place.seat.index}" if opinion.place.seat.index else "together",
            answer["grade"],
            answer["not_gradable"] or "",
            opinion.comment,
            opinion.submitted_at.strftime("%Y-%m-%dT%H:%M:%SZ") if opinion.submitted_at else "",
        )
        for opinion in sorted(
            handed_in(adjudication),
            key=lambda one: (one.place.seat.index == TABLE, one.place.seat.index, one.place.case.number),
        )
        for answer in opinion.draft
    ]
    return render_csv(COLUMNS, rows)


def order_key(adjudication: Adjudication, index: int) -> order.OrderKey:
    """What fixes a seat's order in the documented generator: the lock's data set stands for the protocol."""
    return order.OrderKey(
        protocol_sha256=adjudication.lock.dataset_sha256,
        seed=adjudication.seed,
        reader_index=index,
        block_size=2,
    )


@dataclass(frozen=True)
class Dispute:
    """A half the adjudicators differ in: its case's position at the table, and what each said alone."""

    position: int
    site: Site
    said: tuple[Verdict, ...]


def disputes_of(table: Seat) -> list[Dispute]:
    """What is to be decided together, in the table's order."""
    alone, halves = verdicts_alone(table.adjudication), halves_at(table)
    return [
        Dispute(
            place.position,
            site,
            tuple(seat[case_name(place.case.number), site.level.value, site.half.value] for seat in alone),
        )
        for place in table.places.select_related("case", "seat__adjudication__lock__study")
        for site in _sites_of(place, halves)
    ]


def series_of(opinion: Opinion, kind: str) -> Series:
    """The T1 or T2 of the opinion's exam. Raises NotThere where there is none."""
    series = opinion.place.case.exam.series.filter(kind=kind).first()
    if series is None:
        raise NotThere
    return series


def instance_of(opinion: Opinion, kind: str, index: int) -> Instance:
    """One image of it. Raises NotThere beyond the last."""
    exam = opinion.place.case.exam
    instance = Instance.objects.filter(series__exam=exam, series__kind=kind, index=index).first()
    if instance is None:
        raise NotThere
    return instance


def running(lock: Lock) -> Adjudication | None:
    """The one that adjudicators are at work on."""
    return lock.adjudications.filter(state__in=RUNNING).first()


def standing_of(adjudication: Adjudication) -> list[Seat]:
    """Every seat with how many cases it has and how many are handed in; names stay with the coordinator."""
    done = Prefetch("places", Place.objects.filter(opinion__state=ReadState.SUBMITTED), to_attr="done_places")
    seats = adjudication.seats.select_related("person").annotate(total=Count("places"))
    return list(seats.prefetch_related(done))


def left_at(seat: Seat) -> int:
    """How many of a seat's cases are not handed in."""
    return seat.places.exclude(opinion__state=ReadState.SUBMITTED).count()


def kept_inputs_of(adjudication: Adjudication) -> list[dict[str, Any]]:
    """Input that did not become an opinion: where it came for, when, and why it did not count; never what it
    says."""
    rows = KeptInput.objects.filter(opinion__place__seat__adjudication=adjudication)
    return [
        {"row": row, "words": _KEPT_WORDS[Kept(row.why)]}
        for row in rows.select_related("opinion__place__seat")
    ]
