"""Coordinators, readers, clocks, crashes and retries in any order, and what must hold whatever they do.

The machine keeps its own log of what was shown to whom, in the order in which it happened, and judges every
image that is sent by it: by no code of the product. In the end the study's audit export is verified, so that
guard, certificate and verifier are held to the very same facts.
"""

import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from unittest.mock import patch

import time_machine
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from readerstudy.audit.models import Event
from readerstudy.common import clock
from readerstudy.common.errors import Conflict, Refused
from readerstudy.conduct import services as conduct
from readerstudy.conduct.models import NotedDeviation
from readerstudy.conduct.states import Deviation
from readerstudy.exams.models import Exam
from readerstudy.exams.sightings import note_sighting
from readerstudy.exams.states import Occasion
from readerstudy.reads import places, services
from readerstudy.reads.models import Exposure, Grade, Read
from readerstudy.reads.reopening import reopen
from readerstudy.reads.states import Item, ReadState
from readerstudy.studies import casework, protocol
from readerstudy.studies import services as studies
from readerstudy.studies.models import CaseWithdrawal, Enrolment, Study
from readerstudy.studies.states import Arm, WashoutMode, WithdrawalReason
from tests import cast, factories
from tests.readerstudy.oversight.machine_checks import fail, replay, sent_of, verify
from tests.readerstudy.reads.test_next_up import searched

BEGINS = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOURS = 672
WASHOUT = timedelta(hours=HOURS)
REASON = "It was agreed upon by the board."
READERS = st.sampled_from([2, 2, 2, 3])
STUDIES = st.sampled_from([0, 0, 0, 1])
STAYS = {"assignment__case__withdrawal": None}
PERIODS = st.sampled_from([1, 2])
STEPS = st.sampled_from([timedelta(seconds=1), timedelta(hours=1), timedelta(days=9)])


@dataclass(frozen=True)
class Shown:
    """An image was shown to a reader. at: the latest time the server's clock had shown by then."""

    reader: int
    exam: uuid.UUID
    session: tuple[int, int] | None
    at: datetime


class Conduct(RuleBasedStateMachine):
    """Two studies of the same three readers, one exam in both.

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
            (studies.secrets, "token_hex", lambda size: "5e" * size),
            (factories, "_numbers", count(1)),
            (cast, "_numbers", count(1)),
        ):
            self.patches.enter_context(patch.object(where, name, value))
        self.shown: list[Shown] = []
        self.permits: list[tuple[int, int, int, datetime, datetime]] = []

    @initialize(mode=st.sampled_from(WashoutMode), read=st.sampled_from([0, 3, 3]))
    def open_studies(self, mode: WashoutMode, read: int) -> None:
        self.coordinator, self.second = cast.coordinator(), cast.coordinator()
        readers = [cast.reader() for _ in range(3)]
        self.exams = [factories.make_exam(slices=1) for _ in range(3)]
        self.studies = [self._open(cases, readers, mode) for cases in (self.exams, [self.exams[0]])]
        self.read_some(study=0, reader=2, cases=read)

    def _open(self, exams: list[Exam], readers: list[Any], mode: WashoutMode) -> Study:
        document = protocol.make("gao-2022", washout_hours=HOURS, washout_mode=mode)
        study = studies.create_study(actor=self.coordinator, name="In any order", document=document)
        for exam in exams:
            path = f"{exam.pseudonym} among {len(exams)}"
            factories.make_map(exam, path=path, sha256=factories.digest(path))
        studies.set_cases(actor=self.coordinator, study=study, exams=exams)
        studies.enrol_readers(actor=self.coordinator, study=study, readers=readers)
        return studies.open_study(actor=self.coordinator, study=Study.objects.get(pk=study.pk))

    @rule(by=STEPS)
    def time_passes(self, by: timedelta) -> None:
        self.clock.shift(by)

    @rule(short=st.sampled_from([timedelta(0), timedelta(seconds=1)]))
    def four_weeks_pass(self, short: timedelta) -> None:
        self.clock.shift(WASHOUT - short)

    @rule(by=STEPS)
    def the_clock_steps_back(self, by: timedelta) -> None:
        self.clock.shift(-min(by, clock.now() - BEGINS))

    @rule(study=STUDIES, reader=READERS, cases=st.integers(1, 3))
    def read_some(self, study: int, reader: int, cases: int) -> None:
        for _ in range(cases):
            if self.open_next(study, reader):
                self.look(study, reader, Item.PIXELS)
                self.look(study, reader, Item.MODIC_MAP)
                self.submit(study, reader, twice=False)

    @rule(study=STUDIES, reader=READERS)
    def look_and_leave(self, study: int, reader: int) -> None:
        if self.open_next(study, reader):
            self.look(study, reader, Item.PIXELS)

    def open_next(self, study: int, reader: int) -> bool:
        enrolment = self._enrolment(study, reader)
        in_order = searched(enrolment, closed=[])
        answer = services.next_case(reader=enrolment.reader, enrolment_id=enrolment.pk)
        if isinstance(answer, Read):
            assert answer.number > 1 or answer.assignment_id == in_order[0], "the stored order"
            self._judge(study, answer)
        return isinstance(answer, Read)

    @rule(study=STUDIES, reader=READERS, item=st.sampled_from([Item.PIXELS, Item.MODIC_MAP]))
    def look(self, study: int, reader: int, item: Item) -> None:
        read = self._under_way(study, reader)
        if read is None:
            return
        before = Exposure.objects.count()
        try:
            services.see(reader=read.assignment.enrolment.reader, read_id=read.pk, item=item)
        except Refused:
            assert Exposure.objects.count() == before, "a refused call sends nothing"
            return
        assert item is Item.PIXELS or read.assignment.arm != Arm.UNAIDED, "no map in an unaided read"
        self._judge(study, read)
        self._note(read.assignment.enrolment.index, read.assignment.case.exam, self._session(study, read))

    @rule(study=STUDIES, reader=READERS, twice=st.booleans())
    def submit(self, study: int, reader: int, twice: bool) -> None:
        key = str(uuid.uuid4())

        def hand_in(user: Any, read: Read) -> None:
            version = services.save_draft(reader=user, read_id=read.pk, sent=sent_of(read, 7))
            sent = replace(sent_of(read, 12), version=version)
            for _ in range(1 + twice):
                services.submit(reader=user, read_id=read.pk, sent=sent, idempotency_key=key)
            assert Grade.objects.filter(read=read).count() == 12

        self._hand(study, reader, hand_in)

    @rule(study=STUDIES, reader=READERS)
    def crash_while_handing_in(self, study: int, reader: int) -> None:
        """The machine fails at the last write: as if nothing had been sent."""
        read = self._under_way(study, reader)
        if read is None:
            return
        before = (read.state, read.version, Grade.objects.count(), Event.objects.count())
        user = read.assignment.enrolment.reader
        try:
            with transaction.atomic(), patch.object(services.noticing, "note_deviations", fail):
                services.submit(
                    reader=user, read_id=read.pk, sent=sent_of(read, 12), idempotency_key=str(uuid.uuid4())
                )
        except OSError:
            read.refresh_from_db()
            assert (read.state, read.version, Grade.objects.count(), Event.objects.count()) == before
        except Refused:
            return

    @rule(reader=READERS, case=st.integers(0, 2), occasion=st.sampled_from(Occasion), tries=st.booleans())
    def seen_elsewhere(self, reader: int, case: int, occasion: Occasion, tries: bool) -> None:
        """One of the cases; or, where the reader then tries to read, the one that comes next."""
        enrolment = self._enrolment(0, reader)
        unread = enrolment.assignments.exclude(read__state=ReadState.SUBMITTED)
        coming = unread.order_by("period__number", "position").first()
        exam = coming.case.exam if tries and coming else self.exams[case]
        note_sighting(person=enrolment.reader, exam=exam, occasion=occasion)
        self._note(reader, exam, None)
        if tries:
            self.look_and_leave(study=0, reader=reader)

    @rule(study=STUDIES, reader=READERS, period=PERIODS, hours=st.sampled_from([1, 300]), used=st.booleans())
    def override(self, study: int, reader: int, period: int, hours: int, used: bool) -> None:
        """Asked for and agreed on; and, where it is used, read under at once."""
        enrolment, now = self._enrolment(study, reader), clock.now()
        made = conduct.request_override(
            actor=self.coordinator,
            enrolment=enrolment,
            period=enrolment.study.periods.get(number=period),
            case=None,
            reason=REASON,
            expires_at=now + timedelta(hours=hours),
        )
        conduct.decide_override(actor=self.second, override=made, approve=True, reason=REASON)
        self.permits.append((study, reader, period, now, made.expires_at))
        if used:
            self.look_and_leave(study=study, reader=reader)

    @rule(case=st.integers(0, 2), seldom=st.integers(0, 7))
    def withdraw_a_case(self, case: int, seldom: int) -> None:
        """At most one of the three, so that there is something to read."""
        if seldom or CaseWithdrawal.objects.exists():
            return
        casework.withdraw_case(
            actor=self.coordinator,
            study=self.studies[0],
            case_id=self.studies[0].cases.get(exam=self.exams[case]).pk,
            reason=WithdrawalReason.IMAGES,
            words=REASON,
        )

    @rule(study=STUDIES, reader=READERS, place=st.integers(0, 5))
    def reopen(self, study: int, reader: int, place: int) -> None:
        handed_in = self._enrolment(study, reader).assignments.filter(read__state=ReadState.SUBMITTED)
        assignments = list(handed_in.distinct().order_by("pk"))
        if not assignments:
            return
        try:
            reopen(actor=self.coordinator, assignment=assignments[place % len(assignments)], reason=REASON)
        except Conflict:
            return

    @invariant()
    def one_case_at_a_time_beside_corrections(self) -> None:
        under_way = Read.objects.exclude(state=ReadState.SUBMITTED).filter(number=1, **STAYS)
        owners = list(under_way.values_list("assignment__enrolment", flat=True))
        assert len(owners) == len(set(owners))

    def teardown(self) -> None:
        try:
            if hasattr(self, "studies"):
                replay()
                for study in self.studies:
                    verify(study, self.coordinator)
        finally:
            self.travel.stop()
            self.patches.close()
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def _judge(self, study: int, read: Read) -> None:
        """By the log alone: nothing of this case was shown to this reader within the washout, but in this
        very session, unless two persons agreed."""
        enrolment, exam = read.assignment.enrolment, read.assignment.case.exam_id
        session, now = self._session(study, read), clock.now()
        elsewhere = [
            shown.at
            for shown in self.shown
            if (shown.reader, shown.exam) == (enrolment.index, exam) and shown.session != session
        ]
        if not elsewhere or now - max(elsewhere) >= WASHOUT:
            return
        assert any(
            permit[:3] == (study, enrolment.index, session[1]) and permit[3] <= now < permit[4]
            for permit in self.permits
        ), f"R{enrolment.index} was given case {read.assignment.case.number} after {now - max(elsewhere)}"
        flags = NotedDeviation.objects.filter(assignment=read.assignment, kind=Deviation.OVERRIDE)
        assert flags.filter(read_number=read.number).exists(), "flagged for ever"

    def _note(self, reader: int, exam: Exam, session: tuple[int, int] | None) -> None:
        own = [shown.at for shown in self.shown if shown.reader == reader]
        self.shown.append(Shown(reader, exam.pk, session, max([clock.now(), *own])))

    def _hand(self, study: int, reader: int, act: Callable[[Any, Read], object]) -> None:
        read = self._under_way(study, reader)
        if read is None:
            return
        try:
            act(read.assignment.enrolment.reader, read)
        except Refused:
            return

    def _enrolment(self, study: int, reader: int) -> Enrolment:
        return Enrolment.objects.select_related("reader", "study").get(
            study=self.studies[study], index=reader
        )

    def _under_way(self, study: int, reader: int) -> Read | None:
        reads = Read.objects.filter(assignment__enrolment=self._enrolment(study, reader), **STAYS)
        related = ("assignment__case__exam", "assignment__enrolment__reader", "assignment__period")
        return (
            reads.exclude(state=ReadState.SUBMITTED).select_related(*related).order_by("assignment").first()
        )

    def _session(self, study: int, read: Read) -> tuple[int, int]:
        return study, read.assignment.period.number
