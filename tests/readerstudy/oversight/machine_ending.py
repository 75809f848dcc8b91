"""Locks, exports, unlocks and adjudications in the play of conduct, and what must hold at each."""

import csv
import io
import json
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from readerstudy.accounts.states import Role
from readerstudy.adjudication import services as adjudication
from readerstudy.adjudication.models import Adjudication
from readerstudy.adjudication.selectors import disagreements
from readerstudy.conduct import services as conduct
from readerstudy.conduct.models import NotedDeviation
from readerstudy.conduct.selectors import undecided
from readerstudy.conduct.states import Verdict
from readerstudy.reads.models import Grade
from readerstudy.reads.policies import Sent
from readerstudy.reads.states import Item
from readerstudy.reports import services as reports
from readerstudy.reports.models import Lock
from readerstudy.reports.policies import MEANINGS, UNLOCK_MEANING
from readerstudy.reports.services.unlocking import unlock_study
from readerstudy.studies.models import Assignment, Study
from readerstudy.studies.states import StudyState
from tests import cast
from tests.readerstudy.oversight.machine_checks import verify
from tests.readerstudy.oversight.machine_coordinating import Coordinating
from tests.readerstudy.oversight.machine_world import REASON, WAYS, key, refused


class Ending(Coordinating):
    """Nothing is seen of results before a lock, and nothing is read after it."""

    @rule(study=WAYS, seldom=st.integers(0, 5), exclude=st.booleans())
    def lock(self, study: int, seldom: int, exclude: bool) -> None:
        """Seldom before the end, so that there is something to lock; then nothing more is read."""
        if seldom or not self.is_open(study):
            return
        self.lock_now(study, exclude)
        for reader in range(self.studies[study].enrolments.count()):
            self.open_next(self.enrolment(study, reader))
            for read in self.not_handed_in(study, reader):
                self.show(read, Item.PIXELS)
                self.hand_in(read, key())

    def lock_now(self, study: int, exclude: bool) -> None:
        """Every deviation decided, signed; the export verified and the data set judged. Refused where nothing
        is left to analyse."""
        row = self.studies[study]
        for noted in NotedDeviation.objects.filter(assignment__enrolment__study=row):
            verdict = Verdict.EXCLUDE if exclude else Verdict.KEEP
            conduct.decide_deviation(actor=self.coordinator, deviation=noted, verdict=verdict, reason=REASON)
        assert not undecided(row)
        signed = {"person": self.coordinator, "password": cast.PASSWORD, "meaning": MEANINGS[0]}
        refusal = refused(lambda: reports.lock_study(study_id=row.pk, reason=REASON, **signed))
        if not self._left_to_analyse(study):
            assert refusal is not None, "nothing was analysed"
            assert refusal.code == "nothing-analysed"
            assert self.is_open(study)
            return
        assert refusal is None, f"a lock is refused: {refusal.code}"
        self.studies[study] = Study.objects.get(pk=row.pk)
        verify(self.studies[study], self.coordinator)
        self.judge_data_set(study)

    def _left_to_analyse(self, study: int) -> bool:
        """Whether a reader who stays has a case that stays, and is no lure, in an arm that is compared."""
        document = self.document(study)
        stays = Assignment.objects.filter(
            enrolment__study=self.studies[study],
            enrolment__withdrawal=None,
            case__withdrawal=None,
            arm_name__in=document["statistics"]["arms"],
        )
        lures = [case["number"] for case in document["cases"] if case.get("lure")]
        return stays.exclude(case__number__in=lures).exists()

    def judge_data_set(self, study: int) -> None:
        """Every grade that was handed in is in it once, as it was said."""
        lock = Lock.objects.filter(study=self.studies[study]).latest("number")
        rows = list(csv.DictReader(io.StringIO(lock.dataset)))
        said = [self._said(row) for row in rows if row["submitted_at"]]
        grades = Grade.objects.filter(read__assignment__enrolment__study=self.studies[study])
        stored = [
            (f"C{case:03}", level, half, f"R{reader}", str(period), arm, str(number), str(grade))
            for case, level, half, reader, period, arm, number, grade in grades.values_list(
                "read__assignment__case__number",
                "level",
                "half",
                "read__assignment__enrolment__index",
                "read__assignment__period__number",
                "read__assignment__arm_name",
                "read__number",
                "grade",
            )
        ]
        assert sorted(said) == sorted(stored), "nothing lost, nothing twice"
        document = self.document(study)
        lures = {f"C{case['number']:03}" for case in document["cases"] if case.get("lure")}
        assert {row["exam"] for row in rows if row["lure"]} == lures
        self._judge_left_out(study, rows)
        self._judge_analysis(lock, rows, document, lures)

    def _said(self, row: dict[str, str]) -> tuple[str, ...]:
        names = ("exam", "level", "half", "reader", "period", "arm", "read", "grade")
        return tuple(row[name] for name in names)

    def _judge_left_out(self, study: int, rows: list[dict[str, str]]) -> None:
        left = {
            f"R{one.index}"
            for one in self.studies[study].enrolments.select_related("withdrawal")
            if hasattr(one, "withdrawal")
        }
        for row in rows:
            if row["submitted_at"] and row["reader"] in left:
                assert row["full"] == "no", "who left is in no analysis"
            if "override" in row["deviations"]:
                assert row["per_protocol"] == "no", "never per protocol"

    def _judge_analysis(
        self, lock: Lock, rows: list[dict[str, str]], document: dict[str, Any], lures: set[str]
    ) -> None:
        """It takes in the halves of the compared arms, and neither a lure nor who or what left the study."""
        compared = [
            row["exam"]
            for row in rows
            if row["arm"] in document["statistics"]["arms"]
            and row["full"] != "no"
            and not row["withdrawn"]
            and row["exam"] not in lures
        ]
        counted = json.loads(lock.analysis.result)["agreement"]["dataset"]
        assert (counted["rows"], counted["exams"]) == (len(compared), len(set(compared)))

    @precondition(lambda self: any(study.state == StudyState.LOCKED for study in self.studies))
    @rule(study=WAYS)
    def unlock(self, study: int) -> None:
        if self.is_open(study):
            return
        unlock_study(
            study_id=self.studies[study].pk,
            person=self.coordinator,
            password=cast.PASSWORD,
            meaning=UNLOCK_MEANING,
            reason=REASON,
        )
        self.studies[study] = Study.objects.get(pk=self.studies[study].pk)

    # --- adjudication ---

    @precondition(lambda self: any(study.state == StudyState.LOCKED for study in self.studies))
    @rule(study=WAYS, grades=st.sampled_from([(1, 1), (1, 2)]), stopped=st.booleans())
    def adjudicate(self, study: int, grades: tuple[int, int], stopped: bool) -> None:
        """Two persons decide, alone and then together; what comes of it is stated as truth."""
        row, panel = self.studies[study], [cast.person(Role.ADJUDICATOR) for _ in grades]
        wishes = {"study_id": row.pk, "adjudicators": panel, "takes_agreed": True}
        is_open = self.is_open(study)
        refusal = refused(lambda: adjudication.open_adjudication(actor=self.coordinator, **wishes))
        if refusal is not None:
            assert is_open or not self._differing(study) or self._under_way(study)
            return
        assert not is_open, "only once reading is locked"
        opened = Adjudication.objects.filter(lock__study=row).latest("opened_at", "number")
        for person, grade in zip(panel, grades, strict=True):
            self._decide(opened, person, grade, together=False)
        if stopped and grades[0] != grades[1]:
            adjudication.stop(actor=self.coordinator, adjudication=opened, reason=REASON)
            return
        self._decide(opened, panel[0], 3, together=True)
        adjudication.state_outcome(actor=self.coordinator, adjudication=opened)
        verify(Study.objects.get(pk=row.pk), self.coordinator)

    def _differing(self, study: int) -> bool:
        return bool(disagreements(Lock.objects.filter(study=self.studies[study]).latest("number")).differing)

    def _under_way(self, study: int) -> bool:
        latest = Lock.objects.filter(study=self.studies[study]).latest("number")
        return Adjudication.objects.filter(lock=latest).exclude(state__in=("stated", "stopped")).exists()

    def _decide(self, opened: Adjudication, person: Any, grade: int, *, together: bool) -> None:
        """Every case that comes at the seat, or at the table, in the stored order."""
        while opinion := adjudication.next_opinion(
            person=person, adjudication_id=opened.pk, together=together
        ):
            asked = opinion.place.seat.adjudication.questions.filter(case=opinion.place.case)
            said = [
                {"level": one.level, "half": one.half, "grade": grade, "not_gradable": None} for one in asked
            ]
            sent = Sent(lease=str(opinion.lease), version=opinion.version, answers=said)
            adjudication.see(person=person, opinion_id=opinion.pk, item=Item.PIXELS)
            adjudication.submit(person=person, opinion_id=opinion.pk, sent=sent, idempotency_key=key())
