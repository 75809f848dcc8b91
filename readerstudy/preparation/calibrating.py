"""Reading calibration: which case is next, how an attempt compares with the expert, who has passed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from annotations.grades import NOT_GRADABLE_LABELS, NotGradable
from annotations.vocabulary import Site
from readerstudy.common.errors import NotThere
from readerstudy.exams.models import Instance, Series
from readerstudy.preparation import policies
from readerstudy.preparation.models import Calibration, CalibrationCase, CalibrationRead, FurtherAttempt
from readerstudy.preparation.states import CalibrationState
from readerstudy.reads.states import ReadState
from readerstudy.studies import protocol
from readerstudy.studies.models import Enrolment, Study
from readerstudy.studies.selectors import enrolments_of, protocol_of


def calibration_of(study: Study) -> Calibration | None:
    """What the study asks for before its first period; None where nothing, or where no case is chosen yet."""
    return Calibration.objects.filter(study=study, cases__isnull=False).distinct().first()


@dataclass(frozen=True)
class Comparison:
    """One half: what the expert and the reader said; why, where one of them found it not gradable."""

    site: Site
    expert: int | None
    own: int | None
    expert_words: str
    own_words: str

    @property
    def agrees(self) -> bool:
        return self.expert == self.own


def compared(read: CalibrationRead, sites: Iterable[Site]) -> list[Comparison]:
    """Half by half, in the order asked."""
    expert, own = ({_key(one): one for one in answers} for answers in (read.case.answers, read.draft))
    return [
        Comparison(site, expert[key]["grade"], own[key]["grade"], _words(expert[key]), _words(own[key]))
        for site in sites
        if (key := (site.level, site.half)) in own
    ]


def _key(answer: dict[str, Any]) -> tuple[str, str]:
    return answer["level"], answer["half"]


def _words(answer: dict[str, Any]) -> str:
    if answer["grade"] is None:
        return f"not gradable: {NOT_GRADABLE_LABELS[NotGradable(answer['not_gradable'])]}"
    secondary = answer.get("secondary")
    return f"{answer['grade']} with {secondary}" if secondary else str(answer["grade"])


def _grades(answers: Sequence[dict]) -> dict[tuple[str, str], int | None]:
    return {_key(answer): answer["grade"] for answer in answers}


@dataclass(frozen=True)
class Standing:
    """Where one reader stands: every attempt, and the reads of the current one."""

    enrolment: Enrolment
    calibration: Calibration
    attempts: tuple[policies.Attempt, ...]
    state: CalibrationState
    allowed: int

    @property
    def current(self) -> int:
        """The number of the attempt that is under way, or comes next, or was the last."""
        last = self.attempts[-1] if self.attempts else None
        if last is None:
            return 1
        return last.number + 1 if last.complete and self.state is CalibrationState.TO_DO else last.number

    @property
    def words(self) -> str:
        """In a few words, for a report."""
        scores = [f"{attempt.score:.2f}" for attempt in self.attempts if attempt.score is not None]
        return f"{self.state} ({'; '.join(scores)})" if scores else str(self.state)


def standing_of(enrolment: Enrolment) -> Standing | None:
    """Where this reader stands; None where the study asks for no calibration."""
    calibration = calibration_of(enrolment.study)
    if calibration is None:
        return None
    reads = submitted(enrolment.calibration_reads.all())
    return _standing(enrolment, calibration, reads, calibration.cases.count(), _granted([enrolment.pk]))


def standings_of(study: Study) -> list[Standing]:
    """Where every reader of the study stands; in as many queries however many they are."""
    calibration = calibration_of(study)
    if calibration is None:
        return []
    reads: dict[UUID, list[CalibrationRead]] = defaultdict(list)
    for read in submitted(CalibrationRead.objects.filter(enrolment__study=study)):
        reads[read.enrolment_id].append(read)
    enrolments, cases = list(enrolments_of(study)), calibration.cases.count()
    granted = _granted([enrolment.pk for enrolment in enrolments])
    return [_standing(e, calibration, reads[e.pk], cases, granted) for e in enrolments]


def submitted(reads: QuerySet[CalibrationRead]) -> list[CalibrationRead]:
    """Those handed in, by attempt and case."""
    handed_in = reads.filter(state=ReadState.SUBMITTED)
    return list(handed_in.select_related("case").order_by("attempt", "case__number"))


def _granted(enrolments: Sequence[UUID]) -> dict[UUID, int]:
    granted: dict[UUID, int] = defaultdict(int)
    for enrolment in FurtherAttempt.objects.filter(enrolment__in=enrolments).values_list(
        "enrolment", flat=True
    ):
        granted[enrolment] += 1
    return granted


def _standing(
    enrolment: Enrolment,
    calibration: Calibration,
    reads: Iterable[CalibrationRead],
    cases: int,
    granted: dict[UUID, int],
) -> Standing:
    rule, by_attempt = calibration.rule, defaultdict(list)
    for read in reads:
        by_attempt[read.attempt].append(read)
    attempts = tuple(
        policies.Attempt(number, len(members), cases, policies.score(rule.measure, _pairs(members)))
        for number, members in sorted(by_attempt.items())
    )
    extra = granted[enrolment.pk]
    state = policies.calibration_state(rule, attempts, granted=extra)
    return Standing(enrolment, calibration, attempts, state, rule.attempts + extra)


def _pairs(reads: Iterable[CalibrationRead]) -> list[policies.Pair]:
    pairs: list[policies.Pair] = []
    for read in reads:
        own = _grades(read.draft)
        pairs += [(grade, own[site]) for site, grade in _grades(read.case.answers).items()]
    return pairs


def sites_of(study: Study) -> tuple[Site, ...]:
    """What is graded."""
    return protocol.sites(protocol_of(study).document)


def next_case(standing: Standing) -> CalibrationCase | None:
    """The first case of the current attempt that is not handed in."""
    done = standing.enrolment.calibration_reads.filter(
        attempt=standing.current, state=ReadState.SUBMITTED
    ).values("case")
    return standing.calibration.cases.exclude(pk__in=done).select_related("exam").first()


def unseen_feedback(enrolment: Enrolment) -> CalibrationRead | None:
    """A read whose comparison the reader has not looked at yet."""
    return enrolment.calibration_reads.filter(state=ReadState.SUBMITTED, feedback_at__isnull=True).first()


def series_of(read: CalibrationRead, kind: str) -> Series:
    """The T1 or T2 of the read's exam. Raises NotThere where there is none."""
    series = read.case.exam.series.filter(kind=kind).first()
    if series is None:
        raise NotThere
    return series


def instance_of(read: CalibrationRead, kind: str, index: int) -> Instance:
    """One image of it. Raises NotThere beyond the last."""
    instance = Instance.objects.filter(series__exam=read.case.exam, series__kind=kind, index=index).first()
    if instance is None:
        raise NotThere
    return instance
