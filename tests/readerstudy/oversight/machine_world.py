"""What the machine of conduct plays with: people, exams, a clock, two studies, and its own log of it all."""

import copy
import hashlib
import secrets
import uuid
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple
from unittest.mock import patch

import time_machine
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from readerstudy.accounts.models import User
from readerstudy.common import clock
from readerstudy.common.errors import Refused
from readerstudy.exams.models import Exam
from readerstudy.predictions import selectors as predictions
from readerstudy.preparation.services import calibration
from readerstudy.reads import places
from readerstudy.reads.models import Read
from readerstudy.studies import protocol
from readerstudy.studies import services as studies
from readerstudy.studies.models import Enrolment, Study
from readerstudy.studies.states import Arm, WashoutMode
from tests import cast, factories
from tests.readerstudy.oversight.machine_oracle import Clock, HandedIn, Permit, Session, Shown, in_force

BEGINS = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALWAYS = datetime.min.replace(tzinfo=UTC)
HOURS = 672
WASHOUT = timedelta(hours=HOURS)
REASON = "It was agreed upon by the board."
ZONES = ("Pacific/Auckland", "Europe/Berlin", "America/Los_Angeles", "UTC")
WAYS = st.sampled_from([0, 0, 0, 1])
"""Which study: mostly the first."""
READERS = st.integers(0, 3)


class Drawn(NamedTuple):
    """How a study is to be. closes: days from the beginning, by period."""

    template: str
    mode: WashoutMode
    hour: int | None
    pacing: dict[str, Any]
    closes: dict[int, int]
    probe: bool


def drawn(templates: tuple[str, ...]) -> st.SearchStrategy[Drawn]:
    """Any study of these templates, mostly without anything that stops its readers."""
    return st.builds(
        Drawn,
        st.sampled_from(templates),
        st.sampled_from(WashoutMode),
        st.sampled_from([None, None, 7]),
        st.sampled_from(
            [
                {},
                {},
                {"cases_per_day": 1},
                {"cases_per_day": 2, "break_after_cases": 1, "break_minutes": 30},
                {"break_after_minutes": 40, "break_minutes": 20, "hours_per_day": 1},
            ]
        ),
        st.sampled_from([{}, {}, {1: 9}, {1: 2, 2: 40}, {2: 31}]),
        st.booleans(),
    )


def document_of(wish: Drawn) -> protocol.Document:
    """The protocol; a wish that its template can't have is left out."""
    least = 3 if wish.template in ("gao-2022", "calibration-main") else None
    count = least or protocol.TEMPLATES[wish.template].least
    made = protocol.make(wish.template, readers=count, washout_hours=HOURS, washout_mode=wish.mode)
    document = copy.deepcopy(made)
    document["opens_at_local_hour"] = wish.hour
    document["statistics"]["bootstrap"]["replicates"] = 100
    if wish.pacing:
        document["pacing"] = dict(wish.pacing)
    if "calibration" in document:
        document["calibration"]["cases"] = 1
    for period in document["periods"]:
        if period["number"] in wish.closes:
            moment = BEGINS + timedelta(days=wish.closes[period["number"]])
            period["closes_at"] = moment.isoformat().replace("+00:00", "Z")
    if wish.probe and wish.mode is WashoutMode.PER_SESSION and len(document["periods"]) > 1:
        document["recall_probe"] = {"lure_share": 0.3}
    return document


class World(RuleBasedStateMachine):
    """Two studies of the same people; one exam in both, another there under another id.

    Nothing in it is left to chance but what Hypothesis draws: a story told again goes the same way.
    """

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.travel = time_machine.travel(BEGINS, tick=False)
        self.clock = self.travel.start()
        self.patches = ExitStack()
        for where, name, value in (
            (places, "EVERY", 1),
            (secrets, "token_hex", lambda size: "5e" * size),
            (factories, "_numbers", count(1)),
            (cast, "_numbers", count(1)),
            (predictions, "map_json", lambda *_: {"slices": [], "labels": [], "remarks": []}),
        ):
            self.patches.enter_context(patch.object(where, name, value))
        self.shown: list[Shown] = []
        self.permits: list[Permit] = []
        self.handed_in: list[HandedIn] = []
        self.versions: dict[int, list[tuple[datetime, protocol.Document]]] = defaultdict(list)
        self.away: dict[Any, list[tuple[datetime, datetime]]] = defaultdict(list)
        self.seats: dict[Any, tuple[str, datetime]] = {}
        self.studies: list[Study] = []

    def open_both(self, first: Drawn, second: Drawn) -> None:
        self.coordinator, self.second = cast.coordinator(), cast.coordinator()
        document, other = document_of(first), document_of(second)
        count = max(len(document["readers"]), len(other["readers"]))
        self.people = [self.make_person() for _ in range(count)]
        cases = 4 if first.template == "split-plot" or "recall_probe" in document else 3
        self.exams = [factories.make_exam(slices=1) for _ in range(cases)]
        same = factories.make_exam(slices=1, patient_key=self.exams[0].patient_key)
        known = factories.make_exam(slices=1)
        self.open_one(document, self.exams, known)
        self.open_one(other, [same, self.exams[1], known], factories.make_exam(slices=1))

    def make_person(self) -> User:
        zone = ZONES[User.objects.filter(role="reader").count() % len(ZONES)]
        return cast.reader(time_zone=zone)

    def open_one(self, document: protocol.Document, exams: list[Exam], calibrates: Exam) -> None:
        """calibrates: the exam of its calibration, where the protocol asks for one."""
        study = studies.create_study(actor=self.coordinator, name="In any order", document=document)
        for exam in exams:
            self.map_of(exam)
        studies.set_cases(actor=self.coordinator, study=study, exams=exams)
        readers = self.people[: len(document["readers"])]
        studies.enrol_readers(actor=self.coordinator, study=study, readers=readers)
        if "calibration" in document:
            calibration.add_case(
                actor=self.coordinator,
                study=study,
                exam=calibrates,
                answers=[
                    {**site, "grade": 0, "not_gradable": None} for site in document["question"]["sites"]
                ],
            )
        opened = studies.open_study(actor=self.coordinator, study=Study.objects.get(pk=study.pk))
        self.studies.append(opened)
        self.keep_versions(len(self.studies) - 1)

    def map_of(self, exam: Exam) -> None:
        """Its map and its sham, with names that are the same when the story is told again."""
        if exam.modic_maps.exists():
            return
        path = f"map of {exam.pseudonym}"
        made = factories.make_map(exam, path=path, sha256=hashlib.sha256(path.encode()).hexdigest())
        factories.make_sham(made)

    def keep_versions(self, study: int) -> None:
        """Keep what new versions of the protocol say and from when they hold, as they were signed: one that
        was signed to hold at once does, wherever the clock goes."""
        kept = self.versions[study]
        for row in self.studies[study].protocols.order_by("version")[len(kept) :]:
            kept.append((row.effective_at or ALWAYS, copy.deepcopy(row.document)))

    # --- what the log says ---

    def document(self, study: int) -> protocol.Document:
        """The protocol in force now."""
        return in_force(self.versions[study], clock.now())

    def enrolment(self, study: int, reader: int) -> Enrolment:
        """One of the readers of a study; counted round, those who joined later included."""
        found = Enrolment.objects.select_related("reader", "study", "withdrawal").filter(
            study=self.studies[study]
        )
        return found.order_by("index")[reader % found.count()]

    def study_of(self, enrolment: Enrolment) -> int:
        return next(n for n, study in enumerate(self.studies) if study.pk == enrolment.study_id)

    def session(self, read: Read) -> Session:
        return self.study_of(read.assignment.enrolment), read.assignment.period.number

    def lives(self, person: User) -> Clock:
        return Clock(person.time_zone)

    def note(self, person: User, exam: Exam, session: Session | None) -> None:
        """Keep that this was shown now, or at the latest time that this person had been shown anything."""
        own = [look.at for look in self.shown if look.person == person.pk]
        self.shown.append(Shown(person.pk, exam.patient_key, session, max([clock.now(), *own])))


def key() -> str:
    """Of a submission."""
    return str(uuid.uuid4())


def refused(act: Callable[[], object]) -> Refused | None:
    """Why this was refused; None where it was done."""
    try:
        act()
    except Refused as refusal:
        return refusal
    return None


AIDED = (Arm.ASSISTED, Arm.SECOND_READ, Arm.SHAM)
