"""How far every reader is with every case, and when what opens: in a constant number of queries.

The facts are those of `selectors.washout_of`, fetched for the whole study at once; the decisions are the
same policies. Never says what was answered.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Q

from readerstudy.exams.models import Exam, Sighting
from readerstudy.exams.selectors import known_as_each
from readerstudy.reads import policies
from readerstudy.reads.models import Exposure, Read
from readerstudy.reads.states import CellState, ReadState
from readerstudy.studies import policies as study_policies
from readerstudy.studies import selectors as studies
from readerstudy.studies.absences import away_in
from readerstudy.studies.models import Assignment, Enrolment, Study
from readerstudy.studies.policies import Exposed
from readerstudy.studies.selectors import OFFERED
from readerstudy.studies.states import WashoutMode


@dataclass(frozen=True)
class Cell:
    """One case of one reader in one period.

    opens_at: when its washout has passed; None if never seen. after_earlier: the reader's period before this
    one is not finished, so that more may be seen until it opens.
    """

    case: int
    state: CellState
    opens_at: datetime | None
    after_earlier: bool

    @property
    def waits_until(self) -> datetime | None:
        """The moment it opens, where that is certain."""
        return self.opens_at if self.state is CellState.WAITING and not self.after_earlier else None


@dataclass(frozen=True)
class Row:
    """One reader in one period, case by case in their numbering."""

    enrolment: Enrolment
    period: int
    period_name: str
    cells: tuple[Cell, ...]
    last_exposed_at: datetime | None

    def count(self, state: CellState) -> int:
        """How many cases stand so."""
        return sum(cell.state is state for cell in self.cells)

    @property
    def counts(self) -> dict[str, int]:
        """How many cases stand in which state."""
        return {state.value: self.count(state) for state in CellState}

    @property
    def has_left(self) -> bool:
        """Whether the reader was withdrawn; what was not read by then is not counted."""
        return hasattr(self.enrolment, "withdrawal")

    @property
    def done(self) -> int:
        return self.count(CellState.DONE)

    @property
    def total(self) -> int:
        return len(self.cells)

    @property
    def opens_at(self) -> datetime | None:
        """The first moment at which anything that waits opens; None where nothing waits for a moment."""
        return min((cell.waits_until for cell in self.cells if cell.waits_until), default=None)


@dataclass(frozen=True)
class Shown:
    """Something of an exam was sent to a reader in one period of one enrolment."""

    reader: int
    exam: UUID
    enrolment: UUID
    period: int
    first_at: datetime
    last_at: datetime


class Facts:
    """What the readers of a study were shown, looked up by reader and case, and by session."""

    def __init__(self, study: Study) -> None:
        exams = Exam.objects.filter(cases__study=study)
        self._known = known_as_each(exams)
        readers = study.enrolments.values("reader")
        self._by_exam: dict[tuple[int, UUID], list[Shown]] = defaultdict(list)
        self._by_session: dict[tuple[UUID, int], list[Shown]] = defaultdict(list)
        self._earlier: dict[tuple[UUID, int], datetime | None] = {}
        for shown in _shown(Q(read__assignment__enrolment__reader__in=readers), self._known.values()):
            self._by_exam[shown.reader, shown.exam].append(shown)
            self._by_session[shown.enrolment, shown.period].append(shown)
        seen = Sighting.objects.filter(person__in=readers).values_list("person", "exam")
        self._sighted = {(who, exam): at for who, exam, at in seen.annotate(at=Max("at")).order_by()}

    def last_of_session(self, enrolment: UUID, period: int) -> datetime | None:
        """When anything was last sent in this reader's period."""
        return max((shown.last_at for shown in self._by_session[enrolment, period]), default=None)

    def exposures(self, row: dict[str, Any], mode: WashoutMode) -> Iterator[Exposed]:
        """As `selectors.exposures_before`, of an assignment's values."""
        enrolment, period, reader = row["enrolment"], row["period__number"], row["enrolment__reader"]
        for exam in self._known[row["case__exam"]]:
            for shown in self._by_exam[reader, exam]:
                if (shown.enrolment, shown.period) != (enrolment, period):
                    yield Exposed(shown.last_at, same_case=True, earlier_period=False)
            if (reader, exam) in self._sighted:
                yield Exposed(self._sighted[reader, exam], same_case=True, earlier_period=False)
        if mode is WashoutMode.PER_SESSION:
            if (enrolment, period) not in self._earlier:
                self._earlier[enrolment, period] = self._last_of_earlier(enrolment, period)
            last = self._earlier[enrolment, period]
            if last is not None:
                yield Exposed(last, same_case=False, earlier_period=True)

    def _last_of_earlier(self, enrolment: UUID, period: int) -> datetime | None:
        """When anything of the earlier periods was last sent before this one was begun."""
        began = min((shown.first_at for shown in self._by_session[enrolment, period]), default=None)
        counted = (
            shown.last_at
            for earlier in range(1, period)
            for shown in self._by_session[enrolment, earlier]
            if began is None or shown.first_at < began
        )
        return max(counted, default=None)


def _shown(of_readers: Q, known: Iterable[set[UUID]]) -> Iterator[Shown]:
    exams = set().union(*known)
    rows = Exposure.objects.filter(of_readers, read__assignment__case__exam__in=exams).values_list(
        "read__assignment__enrolment__reader",
        "read__assignment__case__exam",
        "read__assignment__enrolment",
        "read__assignment__period__number",
        "first_at",
        "last_at",
    )
    return (Shown(*row) for row in rows)


def overview_of(study: Study, *, now: datetime) -> list[Row]:
    """A row for every reader and period, in this order."""
    document, facts, away = studies.protocol_of(study).document, Facts(study), away_in(study)
    people = study.enrolments.select_related("reader", "withdrawal")
    enrolments = {enrolment.pk: enrolment for enrolment in people}
    sessions: dict[tuple[UUID, int], list[dict[str, Any]]] = defaultdict(list)
    for (key, period, _), parts in groupby(_assignments(study), key=itemgetter(*_ONE_CASE)):
        sessions[key, period].append(_as_one(list(parts)))
    names = {row["number"]: row["name"] for row in document["periods"]}
    unfinished: set[UUID] = set()
    made = []
    for (key, period), rows in sessions.items():
        if hasattr(enrolments[key], "withdrawal"):
            rows = [row for row in rows if row["done"]]
        closed = period in study_policies.closed_periods(document, now=now, away=away[key])
        cells = tuple(_cell(row, document, facts, now, closed, key not in unfinished) for row in rows)
        if any(cell.state in (CellState.OPEN, CellState.WAITING) for cell in cells):
            unfinished.add(key)
        last = facts.last_of_session(key, period)
        made.append(Row(enrolments[key], period, names[period], cells, last))
    return made


_ONE_CASE = ("enrolment", "period__number", "case__number")


def _as_one(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The parts of one case as one: done when all of them are handed in."""
    return {**parts[0], "done": all(part["done"] for part in parts)}


def _assignments(study: Study) -> Iterable[dict[str, Any]]:
    handed_in = Read.objects.filter(assignment=OuterRef("pk"), state=ReadState.SUBMITTED)
    return (
        Assignment.objects.filter(OFFERED, enrolment__study=study)
        .annotate(done=Exists(handed_in))
        .order_by("enrolment__index", "period__number", "case__number")
        .values(
            "enrolment",
            "enrolment__reader",
            "period__number",
            "case__number",
            "case__exam",
            "done",
        )
    )


def _cell(
    row: dict[str, Any],
    document: dict[str, Any],
    facts: Facts,
    now: datetime,
    closed: bool,
    earlier_done: bool,
) -> Cell:
    period, opens_at = row["period__number"], None
    if not row["done"]:
        washout, mode = study_policies.washout_before(document, period)
        exposures = facts.exposures(row, mode)
        opens_at = study_policies.reading_opens_at(washout=washout, mode=mode, exposures=exposures)
    state = policies.cell_state(
        done=row["done"],
        closed=closed,
        washed_out=study_policies.washout_has_passed(now=now, opens_at=opens_at),
        earlier_done=earlier_done,
    )
    return Cell(row["case__number"], state, opens_at, after_earlier=not earlier_done)
