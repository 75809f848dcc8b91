"""What coordinators do in the play of conduct: overrides, withdrawals, amendments, absences, corrections."""

import copy
from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from readerstudy.common import clock
from readerstudy.common.errors import Conflict
from readerstudy.conduct import services as conduct
from readerstudy.conduct.models import Withdrawal
from readerstudy.reads import amending
from readerstudy.reads.models import Read
from readerstudy.reads.reopening import reopen
from readerstudy.reads.states import ReadState
from readerstudy.studies.models import Assignment, CaseWithdrawal, Protocol
from readerstudy.studies.services import casework
from readerstudy.studies.services.absences import note_absence
from readerstudy.studies.states import StudyState, WithdrawalReason
from tests import cast, factories
from tests.readerstudy.oversight.machine_crashing import Crashing
from tests.readerstudy.oversight.machine_oracle import Permit
from tests.readerstudy.oversight.machine_world import BEGINS, READERS, REASON, WAYS

AMENDED = st.sampled_from(["cap", "break", "nothing stops", "closing", "washout", "morning", "case"])
LATER = st.sampled_from([None, timedelta(hours=5), timedelta(days=10)])


class Coordinating(Crashing):
    """In an open study; what a locked one refuses is in `machine_ending`."""

    def is_open(self, study: int) -> bool:
        self.studies[study].refresh_from_db()
        return self.studies[study].state == StudyState.OPEN

    @rule(study=WAYS, reader=READERS, hours=st.sampled_from([1, 300]), one=st.booleans(), used=st.booleans())
    def override(self, study: int, reader: int, hours: int, one: bool, used: bool) -> None:
        """Asked for and agreed on, for the case that comes next or all of its period; where it is used, by
        who has read on until nothing more comes, and reads under it at once."""
        enrolment = self.enrolment(study, reader)
        if used:
            self.read_some(study, reader, 4)
        coming, now = self.first_unread(enrolment), clock.now()
        if not self.is_open(study) or coming is None:
            return
        made = conduct.request_override(
            actor=self.coordinator,
            enrolment=enrolment,
            period=coming.period,
            case=coming.case if one else None,
            reason=REASON,
            expires_at=now + timedelta(hours=hours),
        )
        conduct.decide_override(actor=self.second, override=made, approve=True, reason=REASON)
        session, number = (study, coming.period.number), coming.case.number if one else None
        self.permits.append(Permit(enrolment.reader_id, session, number, now, made.expires_at))
        if used:
            self.read_some(study, reader, 2)

    @rule(case=st.integers(0, 2), seldom=st.integers(0, 7))
    def withdraw_a_case(self, case: int, seldom: int) -> None:
        """At most one of the first study, so that there is something to read."""
        if seldom or CaseWithdrawal.objects.exists() or not self.is_open(0):
            return
        casework.withdraw_case(
            actor=self.coordinator,
            study=self.studies[0],
            case_id=self.studies[0].cases.get(exam=self.exams[case]).pk,
            reason=WithdrawalReason.IMAGES,
            words=REASON,
        )

    @rule(study=WAYS, reader=READERS, place=st.integers(0, 5))
    def reopen(self, study: int, reader: int, place: int) -> None:
        handed_in = self.enrolment(study, reader).assignments.filter(read__state=ReadState.SUBMITTED)
        assignments = list(handed_in.distinct().order_by("pk"))
        if not assignments:
            return
        try:
            reopen(actor=self.coordinator, assignment=assignments[place % len(assignments)], reason=REASON)
        except Conflict:
            return

    @rule(study=WAYS, reader=READERS, begins=st.integers(-2, 6), days=st.sampled_from([0, 3, 20]))
    def absence(self, study: int, reader: int, begins: int, days: int) -> None:
        enrolment = self.enrolment(study, reader)
        if not self.is_open(study):
            return
        first = self.lives(enrolment.reader).day(clock.now()) + timedelta(days=begins)
        noted = note_absence(
            actor=self.coordinator,
            study=enrolment.study,
            enrolment_id=enrolment.pk,
            first=first,
            last=first + timedelta(days=days),
            reason=REASON,
        )
        lives = self.lives(enrolment.reader)
        ends = lives.midnight_after(first + timedelta(days=days))
        assert (noted.begins_at, noted.ends_at) == (lives.midnight_after(first - timedelta(days=1)), ends)
        self.away[enrolment.pk].append((noted.begins_at, noted.ends_at))

    # --- readers leave and others join ---

    @rule(study=WAYS, reader=READERS, replaced=st.booleans(), seldom=st.integers(0, 2))
    def a_reader_leaves(self, study: int, reader: int, replaced: bool, seldom: int) -> None:
        """At most two of a study; another may take over the part."""
        enrolment = self.enrolment(study, reader)
        gone = Withdrawal.objects.filter(enrolment__study=self.studies[study])
        if seldom or gone.count() > 1 or hasattr(enrolment, "withdrawal") or not self.is_open(study):
            return
        conduct.withdraw(actor=self.coordinator, enrolment=enrolment, reason=REASON)
        for read in self.not_handed_in(study, reader):
            assert self.is_in_hand(read) is False
            self.hand_in(read, "after leaving")
        if replaced:
            self.someone_joins(study)

    @rule(study=WAYS, seldom=st.integers(0, 2))
    def another_joins(self, study: int, seldom: int) -> None:
        gone = Withdrawal.objects.filter(enrolment__study=self.studies[study])
        if not seldom and gone.exists() and self.studies[study].enrolments.count() < 6:
            self.someone_joins(study)

    def someone_joins(self, study: int) -> None:
        """The balance of those who are in the study is restored; nothing that was planned is changed."""
        parts, rows = self._parts(study), self._rows(study)
        vacant = self._vacant(study)
        newcomer = self.make_person()
        if not self._amended(study, self.document(study), readers=[newcomer]):
            return
        after = self._parts(study)
        assert self._rows(study)[: len(rows)] == rows, "nothing of what was is changed"
        if vacant:
            (joined,) = (after - parts).elements()
            assert joined == vacant[0], "the part of who left first"

    def _vacant(self, study: int) -> list[tuple[Any, ...]]:
        """The parts of those who left and whom nobody replaces."""
        readers = self.document(study)["readers"]
        taken = {reader.get("replaces") for reader in readers}
        left = set(
            Withdrawal.objects.filter(enrolment__study=self.studies[study]).values_list(
                "enrolment__index", flat=True
            )
        )
        return [self._part(one) for one in readers if one["index"] in left - taken]

    def _part(self, reader: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(reader["periods"]), reader["sequence"], reader["block"]

    def _parts(self, study: int) -> Counter[tuple[Any, ...]]:
        """How many of those in the study read which part."""
        left = set(
            Withdrawal.objects.filter(enrolment__study=self.studies[study]).values_list(
                "enrolment__index", flat=True
            )
        )
        return Counter(self._part(one) for one in self.document(study)["readers"] if one["index"] not in left)

    def _rows(self, study: int) -> list[tuple[Any, ...]]:
        rows = Assignment.objects.filter(enrolment__study=self.studies[study]).order_by("pk")
        return list(rows.values_list("pk", "enrolment", "period", "case", "position", "part", "arm_name"))

    # --- amendments ---

    @rule(study=WAYS, what=AMENDED, later=LATER)
    def amend(self, study: int, what: str, later: timedelta | None) -> None:
        document = copy.deepcopy(self.document(study))
        exams = []
        match what:
            case "cap":
                document["pacing"] = {"cases_per_day": 1}
            case "break":
                document["pacing"] = {"break_after_cases": 1, "break_minutes": 45}
            case "nothing stops":
                document.pop("pacing", None)
            case "closing":
                moment = clock.now() + timedelta(days=20)
                document["periods"][-1]["closes_at"] = moment.isoformat().replace("+00:00", "Z")
            case "washout":
                for period in document["periods"][1:]:
                    period["washout_hours"] = 500
            case "morning":
                document["opens_at_local_hour"] = 9
            case "case":
                if self.studies[study].cases.count() > 5:
                    return
                exams = [factories.make_exam(slices=1)]
                self.map_of(exams[0])
        at = None if later is None else clock.now() + later
        if self._amended(study, document, exams=exams, effective_at=at) and at:
            for reader in range(self.studies[study].enrolments.count()):
                self.read_some(study, reader, 2)

    def _amended(self, study: int, document: Any, **wishes: Any) -> bool:
        """Whether it was signed. Refused, it changes nothing; nobody is amended under who has a case open."""
        before = (Protocol.objects.count(), self._rows(study))
        mid_case = self._mid_case(study)
        wishes = {"exams": [], "readers": [], "effective_at": None, **wishes}
        try:
            amending.amend(
                actor=self.coordinator,
                study=self.studies[study],
                document={key: value for key, value in document.items() if key not in ("cases", "seed")},
                reason=REASON,
                password=cast.PASSWORD,
                **wishes,
            )
        except Conflict:
            assert (Protocol.objects.count(), self._rows(study)) == before, "refused, it changes nothing"
            return False
        assert wishes["effective_at"] or not mid_case, "amended under who has a case open"
        self.keep_versions(study)
        return True

    def _mid_case(self, study: int) -> bool:
        """Whether somebody was shown a case within this hour that is not handed in."""
        lately = clock.now() - timedelta(minutes=59)
        open_now = Read.objects.filter(
            assignment__enrolment__study=self.studies[study],
            assignment__enrolment__withdrawal=None,
            assignment__case__withdrawal=None,
            state__in=(ReadState.OPENED, ReadState.DRAFT),
        )
        return clock.now() >= BEGINS and any(
            read.exposures.filter(last_at__gt=lately).exists() for read in open_now
        )
