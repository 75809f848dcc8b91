"""What has to come next for a reader and what may be shown, by the machine's own log and the tables."""

from datetime import datetime, timedelta
from typing import Any

from readerstudy.common import clock
from readerstudy.conduct.models import NotedDeviation, Reopening
from readerstudy.conduct.states import Deviation
from readerstudy.preparation.models import CalibrationRead
from readerstudy.reads import gates, seats, services
from readerstudy.reads.models import Exposure, Read, Recall
from readerstudy.reads.services import Nothing
from readerstudy.reads.states import Item, ReadState
from readerstudy.studies.models import Assignment, Enrolment
from readerstudy.studies.states import Arm, StudyState
from tests.readerstudy.oversight import machine_oracle as oracle
from tests.readerstudy.oversight.machine_world import AIDED, World

TICK = timedelta(milliseconds=1)
"""A look elsewhere is stamped a little later than what came before it."""
AT_THE_DESK = timedelta(minutes=30)
RELATED = ("assignment__case__exam", "assignment__enrolment__reader", "assignment__period")
BEING_READ = (ReadState.OPENED, ReadState.DRAFT)


class Judge(World):
    """Two-sided: nothing is given that may not be given, and nothing held back that may."""

    def due(self, assignment: Assignment) -> datetime | None:
        """From when the log lets this case be seen; None if always."""
        enrolment = assignment.enrolment
        study = self.study_of(enrolment)
        return oracle.reads_from(
            self.document(study),
            person=enrolment.reader_id,
            clock=self.lives(enrolment.reader),
            patient=assignment.case.exam.patient_key,
            session=(study, assignment.period.number),
            shown=self.shown,
        )

    def permitted(self, assignment: Assignment) -> bool:
        """Whether two persons agreed on it, for now."""
        session = (self.study_of(assignment.enrolment), assignment.period.number)
        return any(
            permit.person == assignment.enrolment.reader_id
            and permit.session == session
            and permit.case in (None, assignment.case.number)
            and permit.since <= clock.now() < permit.until
            for permit in self.permits
        )

    def open_to(self, assignment: Assignment) -> bool | None:
        """Whether the washout lets it through; None within the tick of which the log can't be sure."""
        due = self.due(assignment)
        if due is None or clock.now() >= due + TICK or self.permitted(assignment):
            return True
        return None if clock.now() >= due else False

    def closed(self, enrolment: Enrolment, period: int) -> bool:
        """Whether the period has ended for this reader."""
        document = self.document(self.study_of(enrolment))
        ends = oracle.closes(document, period, self.away[enrolment.pk])
        return ends is not None and clock.now() >= ends

    def stop(self, enrolment: Enrolment, *more: oracle.HandedIn) -> datetime | None:
        """Until when a break or cap holds; more: as if this were handed in as well."""
        study = self.study_of(enrolment)
        own = [one for one in self.handed_in if (one.person, one.study) == (enrolment.reader_id, study)]
        lives = self.lives(enrolment.reader)
        return oracle.stopped_until(self.document(study), [*own, *more], now=clock.now(), clock=lives)

    # --- what comes next ---

    def unread(self, enrolment: Enrolment) -> list[Assignment]:
        """What was never handed in and is still in the study, in the stored order."""
        rows = Assignment.objects.filter(enrolment=enrolment, case__withdrawal=None)
        rows = rows.exclude(read__state=ReadState.SUBMITTED).select_related(
            "case__exam", "period", "enrolment__reader", "enrolment__study"
        )
        return list(rows.order_by("period__number", "position", "part"))

    def looked_at(self, assignment: Assignment) -> bool:
        reads = Read.objects.filter(assignment=assignment, state__in=BEING_READ)
        return any(read.state == ReadState.DRAFT or read.exposures.exists() for read in reads)

    def first_unread(self, enrolment: Enrolment) -> Assignment | None:
        """The next of the stored order: of a period that has ended, only what was looked at."""
        return next(
            (
                one
                for one in self.unread(enrolment)
                if not self.closed(enrolment, one.period.number) or self.looked_at(one)
            ),
            None,
        )

    def corrections(self, enrolment: Enrolment) -> list[tuple[Assignment, int]]:
        """What was asked to be read once more and was not, with the read's number."""
        asked = Reopening.objects.filter(assignment__enrolment=enrolment, assignment__case__withdrawal=None)
        asked = asked.select_related(
            "assignment__case__exam", "assignment__period", "assignment__enrolment__reader"
        ).order_by("assignment__period__number", "assignment__position", "assignment__part")
        done = set(
            Read.objects.filter(assignment__enrolment=enrolment, state=ReadState.SUBMITTED).values_list(
                "assignment", "number"
            )
        )
        return [(one.assignment, one.number) for one in asked if (one.assignment_id, one.number) not in done]

    def to_be_asked(self, enrolment: Enrolment) -> set[Any]:
        """Reads of the last of several periods, of lures and of cases seen before, not answered yet."""
        study = self.study_of(enrolment)
        document, numbers = self.document(study), sorted(enrolment.periods.values_list("number", flat=True))
        if "recall_probe" not in document or len(numbers) < 2:
            return set()
        lures = {case["number"] for case in document["cases"] if case.get("lure")}
        rows = Read.objects.filter(
            assignment__enrolment=enrolment,
            assignment__period__number=numbers[-1],
            number=1,
            state=ReadState.SUBMITTED,
        ).select_related(*RELATED)
        last_parts = {
            (one.case_id, one.part) for one in enrolment.assignments.filter(period__number=numbers[-1])
        }
        answered = set(Recall.objects.filter(read__in=rows).values_list("read", flat=True))
        return {
            read.pk
            for read in rows
            if (read.assignment.case_id, read.assignment.part + 1) not in last_parts
            and read.pk not in answered
            and (read.assignment.case.number in lures or self._seen_earlier(study, read))
        }

    def _seen_earlier(self, study: int, read: Read) -> bool:
        person, exam = read.assignment.enrolment.reader_id, read.assignment.case.exam
        return any(
            look.person == person
            and look.patient == exam.patient_key
            and look.session is not None
            and look.session[0] == study
            and look.session[1] < read.assignment.period.number
            and look.at < read.submitted_at
            for look in self.shown
        )

    def expected(self, enrolment: Enrolment, device: str) -> tuple[Any, ...] | None:
        """What this device is to be told next; None where the log can't be sure to the microsecond."""
        if enrolment.study.state == StudyState.LOCKED:
            return ("complete", Nothing.LOCKED)
        if hasattr(enrolment, "withdrawal"):
            return ("complete", Nothing.WITHDRAWN)
        asked = self.to_be_asked(enrolment)
        if self.sits_elsewhere(enrolment, device, asked):
            return ("elsewhere",)
        if asked:
            return ("asked", asked)
        first, again = self.first_unread(enrolment), self.corrections(enrolment)
        own = [(first, 1)] if first else []
        cases = [*own, *again] if first and self.looked_at(first) else [*again, *own]
        if not cases:
            return ("complete", Nothing.CLOSED if self.unread(enrolment) else Nothing.READ)
        if self.is_calibrating(enrolment):
            return ("gate", "calibration")
        lets = [self.open_to(case) for case, _ in cases]
        if None in lets:
            return None
        stop = self.stop(enrolment) if any(lets) else None
        for (case, number), let in zip(cases, lets, strict=True):
            if let and (stop is None or self.goes_on(case)):
                return ("read", case.pk, number)
        return ("waiting", stop or min(self.due(case) for case, _ in cases))

    def goes_on(self, case: Assignment) -> bool:
        """Whether a break or a cap does not stop it: it is open, or its first part was handed in."""
        reads = Read.objects.filter(assignment=case)
        handed_in = reads.filter(state=ReadState.SUBMITTED).exists()
        return reads.filter(state__in=BEING_READ).exists() or (case.part == 2 and not handed_in)

    def is_calibrating(self, enrolment: Enrolment) -> bool:
        """Whether the one case of a calibration is still to be handed in."""
        if "calibration" not in self.document(self.study_of(enrolment)):
            return False
        return not CalibrationRead.objects.filter(enrolment=enrolment, state=ReadState.SUBMITTED).exists()

    def sits_elsewhere(self, enrolment: Enrolment, device: str, asked: set[Any]) -> bool:
        """Whether another device has the study: heard of lately, with a case open or a question to answer."""
        seat = self.seats.get(enrolment.pk)
        if seat is None or seat[0] == device or clock.now() - seat[1] >= AT_THE_DESK:
            return False
        open_now = Read.objects.filter(assignment__enrolment=enrolment, state__in=BEING_READ).exists()
        return open_now or bool(asked)

    def judge(self, expected: tuple[Any, ...] | None, told: Any) -> None:
        """Raises where a reader is told something else than what has to come."""
        if expected is None:
            return
        kind, *rest = expected
        where = f"{expected} was due at {clock.now()}, and {told!r} came"
        match told:
            case Read():
                assert (kind, *rest) == ("read", told.assignment_id, told.number), where
            case services.Waiting():
                assert kind == "waiting", where
                assert rest[0] <= told.opens_at <= rest[0] + TICK, where
            case services.Complete():
                assert (kind, *rest) == ("complete", told.why), where
            case services.Asked():
                assert kind == "asked", where
                assert told.read.pk in rest[0], where
            case gates.Closed():
                assert (kind, *rest) == ("gate", told.code), where
            case seats.Elsewhere():
                assert kind == "elsewhere", where

    # --- what may be shown and written ---

    def is_in_hand(self, read: Read) -> bool | None:
        """Whether a read that is open may go on: the study is, nobody left, and the washout has passed."""
        read = Read.objects.select_related(*RELATED, "assignment__enrolment__study").get(pk=read.pk)
        enrolment, case = read.assignment.enrolment, read.assignment.case
        if read.state == ReadState.SUBMITTED or enrolment.study.state != StudyState.OPEN:
            return False
        if hasattr(enrolment, "withdrawal") or hasattr(case, "withdrawal") or self.missed(read):
            return False
        return self.open_to(read.assignment)

    def missed(self, read: Read) -> bool:
        """Whether its period ended before anything of it was seen or entered; never so of a correction."""
        begun = read.state == ReadState.DRAFT or (read.state == ReadState.OPENED and read.exposures.exists())
        closed = self.closed(read.assignment.enrolment, read.assignment.period.number)
        return read.number == 1 and closed and not begun

    def may_be_shown(self, read: Read, item: Item) -> bool | None:
        """Whether this item of it may leave the server now; None where the log can't be sure."""
        maps = {Item.PIXELS: tuple(Arm), Item.MODIC_MAP: AIDED, Item.MAP_ON_DEMAND: (Arm.ON_DEMAND,)}
        if read.assignment.arm not in maps[item]:
            return False
        if read.state == ReadState.AHEAD:
            return None if item is Item.PIXELS and self.is_in_hand(read) is not False else False
        return self.is_in_hand(read)

    def judge_flag(self, read: Read) -> None:
        """Shown before its washout has passed, by two persons' leave: flagged for ever."""
        due = self.due(read.assignment)
        if due is None or clock.now() >= due:
            return
        assert self.permitted(read.assignment), f"shown {due - clock.now()} too early"
        flags = NotedDeviation.objects.filter(assignment=read.assignment, kind=Deviation.OVERRIDE)
        assert flags.filter(read_number=read.number).exists(), "flagged for ever"

    def sent(self, read: Read) -> int:
        return Exposure.objects.filter(read=read).count()
