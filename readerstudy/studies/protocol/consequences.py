"""What a protocol would mean if it were opened: calendar, hours, precision and warnings. A dry run.

Pure: nothing is read from the database, and the first day is passed in.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import numpy as np

from annotations.agreement.delta import kappa_difference
from annotations.agreement.kappa import clustered_kappa
from annotations.agreement.simulation import Design, simulate, tables
from readerstudy.studies.protocol.document import (
    WASHOUT_HOURS,
    Document,
    arms_read,
    contrast,
    lure_count,
    order_is_fixed,
    sites,
)

SIMULATED_STUDIES = 200
FEW_CASES = 30
_DAY = timedelta(days=1)
_STARTS_AT = time(9, tzinfo=UTC)
_WORKING_DAY = timedelta(hours=8)
_TYPES = (0.30, 0.55, 0.15)
"""How changes are shared out among types 1 to 3 in the simulation."""


@dataclass(frozen=True)
class Assumptions:
    """What the dry run takes for granted; no part of the protocol.

    prevalence: share of halves with a change; before, after: kappa of a pair in the two compared arms; icc:
    correlation of halves within an exam (Design.icc).
    """

    cases: int
    first_day: date
    cases_per_day: int = 10
    minutes_per_case: float = 5.0
    prevalence: float = 0.27
    before: float = 0.52
    after: float = 0.58
    icc: float = 0.2


@dataclass(frozen=True)
class Stretch:
    """One reader's part of one period: from its opening to the last case, days included.

    analysed: False for calibration, which comes before the periods.
    """

    period: str
    cases: int
    opens: date
    ends: date
    analysed: bool = True


@dataclass(frozen=True)
class ReaderPlan:
    """One reader's calendar. hours: of reading, all periods together."""

    reader: int
    baseline: bool
    stretches: tuple[Stretch, ...]
    hours: float

    @property
    def ends(self) -> date:
        """The day of the last case."""
        return self.stretches[-1].ends


@dataclass(frozen=True)
class Precision:
    """Expected half-widths of the 95 % intervals of kappa and its change, means over simulated studies."""

    kappa: float | None
    change: float | None
    lowest: float | None
    highest: float | None


@dataclass(frozen=True)
class Warned:
    """A doubt about a design, why, and where that is written."""

    what: str
    why: str
    reference: str


@dataclass(frozen=True)
class Consequences:
    """What a coordinator sees beside the protocol."""

    readers: tuple[ReaderPlan, ...]
    reads: int
    hours: float
    ends: date
    precision: Precision
    warnings: tuple[Warned, ...]


def consequences(document: Document, assumed: Assumptions) -> Consequences:
    """The dry run of a checked protocol."""
    readers = tuple(_reader_plan(document, reader, assumed) for reader in document["readers"])
    precision = expected_precision(
        _cases_of_one(document, assumed.cases) - _lures_of_one(document, assumed.cases),
        len(sites(document)),
        assumed.prevalence,
        assumed.before,
        assumed.after,
        assumed.icc,
    )
    return Consequences(
        readers=readers,
        reads=sum(part.cases for reader in readers for part in reader.stretches if part.analysed),
        hours=sum(reader.hours for reader in readers),
        ends=max(reader.ends for reader in readers),
        precision=precision,
        warnings=tuple(warnings(document, assumed, readers, precision)),
    )


def _cases_of_one(document: Document, cases: int) -> int:
    """How many cases one reader has in a period."""
    return math.ceil(cases / document["design"]["case_blocks"])


def _lures_of_one(document: Document, cases: int) -> int:
    """How many of them are lures, read in the last of several periods alone."""
    return round(lure_count(document, cases) / document["design"]["case_blocks"])


def _reader_plan(document: Document, reader: Document, assumed: Assumptions) -> ReaderPlan:
    cases, a_day = _cases_of_one(document, assumed.cases), _cases_a_day(document, assumed)
    opens = ends = datetime.combine(assumed.first_day, _STARTS_AT)
    stretches = []
    before = document.get("calibration", {}).get("cases", 0)
    if before:
        ends = opens + _lasting(before, a_day)
        stretches.append(Stretch("Calibration", before, opens.date(), ends.date(), analysed=False))
        opens = _next_morning(ends)
    for place, number in enumerate(reader["periods"]):
        period = document["periods"][number - 1]
        if place:
            counted = opens if document["washout_mode"] == "per-case" else ends
            washed_out = counted + timedelta(hours=period["washout_hours"])
            opens = _next_morning(max(washed_out, ends))
        is_last = 0 < place == len(reader["periods"]) - 1
        given = cases if is_last else cases - _lures_of_one(document, assumed.cases)
        ends = opens + _lasting(given, a_day)
        stretches.append(Stretch(period["name"], given, opens.date(), ends.date()))
    given = sum(stretch.cases for stretch in stretches if stretch.analysed)
    looks = given * _answers_per_case(document, reader) + before
    hours = looks * assumed.minutes_per_case / 60
    return ReaderPlan(reader["index"], reader["baseline"], tuple(stretches), hours)


def _lasting(cases: int, a_day: float) -> timedelta:
    return timedelta(days=max(1, math.ceil(cases / a_day)) - 1) + _WORKING_DAY


def _cases_a_day(document: Document, assumed: Assumptions) -> float:
    """As assumed, or as many as the protocol's caps let a reader read."""
    pacing = document.get("pacing", {})
    by_time = pacing.get("hours_per_day", math.inf) * 60 / assumed.minutes_per_case
    most: float = min(assumed.cases_per_day, pacing.get("cases_per_day", math.inf), max(1, by_time))
    return most


def _next_morning(moment: datetime) -> datetime:
    morning = datetime.combine(moment.date(), _STARTS_AT)
    return morning if morning >= moment else morning + _DAY


def _answers_per_case(document: Document, reader: Document) -> float:
    """Mean number of answers that a case takes from this reader: two in a second read."""
    reads = arms_read(document)
    sequence = document["design"]["sequences"][reader["sequence"] - 1]
    counts = [len(reads[arm]) for number in reader["periods"] for arm in sequence[number - 1]]
    return sum(counts) / len(counts)


@lru_cache(maxsize=256)
def expected_precision(
    exams: int, units: int, prevalence: float, before: float, after: float, icc: float
) -> Precision:
    """By simulation of pairs with exams as clusters; the same arguments give the same figures."""
    if exams < 2:
        return Precision(None, None, None, None)
    margins = (1 - prevalence, *(prevalence * share for share in _TYPES))
    design = Design(exams, units, margins, before, after, icc)
    generator = np.random.default_rng(1)
    kappas, changes = [], []
    for _ in range(SIMULATED_STUDIES):
        old, new = tables(simulate(design, generator))
        one, change = clustered_kappa(old), kappa_difference(old, new)
        if one.lo is not None and one.hi is not None:
            kappas.append((one.hi - one.lo) / 2)
        if change.lo is not None and change.hi is not None:
            changes.append((change.hi - change.lo) / 2)
    if not changes or not kappas:
        return Precision(None, None, None, None)
    lowest, highest = (float(value) for value in np.percentile(changes, [2.5, 97.5]))
    return Precision(float(np.mean(kappas)), float(np.mean(changes)), lowest, highest)


def warnings(
    document: Document, assumed: Assumptions, readers: tuple[ReaderPlan, ...], precision: Precision
) -> Iterator[Warned]:
    """Every doubt about the design, each with its reason and a reference."""
    yield from _of_order(document)
    yield from _of_washout(document)
    yield from _of_training_labels(document)
    yield from _of_size(assumed, precision)
    yield from _of_calendar(document, readers)


def _of_order(document: Document) -> Iterator[Warned]:
    earlier, later = contrast(document)
    if order_is_fixed(document):
        yield Warned(
            f"Order and arm are confounded: {earlier} always comes before {later}.",
            "A change may come from learning, from fatigue or from time as well as from what was shown. Let "
            "half of the readers, or half of the cases, begin with the other arm.",
            "Jones and Kenward, Design and Analysis of Cross-Over Trials, 2014; FDA, guidance on CADe reader "
            "studies (randomised reading)",
        )
    counts = [0] * len(document["design"]["sequences"])
    for reader in document["readers"]:
        counts[reader["sequence"] - 1] += not reader["baseline"]
    if len(set(counts)) > 1:
        yield Warned(
            f"The sequences are not followed by equally many readers ({', '.join(map(str, counts))}).",
            "What comes first then weighs more in one arm than in the other. Take a number of readers that "
            f"{len(counts)} divides.",
            "Williams, Aust J Sci Res A 1949;2:149",
        )


def _of_washout(document: Document) -> Iterator[Warned]:
    short = [p for p in document["periods"][1:] if p["washout_hours"] < WASHOUT_HOURS]
    if short:
        hours = min(period["washout_hours"] for period in short)
        yield Warned(
            f"The washout is shorter than 28 days ({hours / 24:g} days).",
            "Readers remember cases: after 4 weeks they still recalled 31 % of them. Take 28 days or more.",
            "Campbell et al. 2015; FDA, guidance on CADe reader studies (sessions at least 4 weeks apart)",
        )


def _of_training_labels(document: Document) -> Iterator[Warned]:
    stated = {reader["index"]: reader.get("labelled_training_data") for reader in document["readers"]}
    labelled = [f"R{index}" for index, said in stated.items() if said]
    unstated = [f"R{index}" for index, said in stated.items() if said is None]
    why = (
        "A model learns the habits of those who labelled its training data; the same person agrees with it "
        "more than another reader would. Take readers who did not label, or report them apart."
    )
    reference = "Gao et al., JOR Spine 2022, limitations; CLAIM 2024"
    if labelled:
        yield Warned(f"{', '.join(labelled)} also labelled the model's training data.", why, reference)
    if unstated:
        yield Warned(
            f"Nobody has stated whether {', '.join(unstated)} also labelled the model's training data.",
            why,
            reference,
        )


def _of_size(assumed: Assumptions, precision: Precision) -> Iterator[Warned]:
    expected = abs(assumed.after - assumed.before)
    if precision.change is None:
        yield Warned(
            "Too few cases for any interval.",
            "Exams are the independent units; with fewer than two there is nothing to compare.",
            "Vanbelle, Biom J 2017;59:1016",
        )
    elif precision.change > expected:
        yield Warned(
            f"Too few cases: the interval of the change is expected to reach ± {precision.change:.2f}, more "
            f"than the change of {expected:.2f} itself.",
            "A change as large as expected would not be told from none. Take more cases, or say beforehand "
            "that the study only estimates.",
            "Vanbelle, Biom J 2017;59:1016; Connor, Biometrics 1987;43:207",
        )
    elif assumed.cases < FEW_CASES:
        yield Warned(
            f"Few cases: {assumed.cases} exams are {assumed.cases} clusters, however many halves they have.",
            "The clustered tests rest on the number of exams and are rough below about 30 of them.",
            "Vanbelle, Biom J 2017;59:1016",
        )


def _of_calendar(document: Document, readers: tuple[ReaderPlan, ...]) -> Iterator[Warned]:
    closes = {period["name"]: period.get("closes_at") for period in document["periods"]}
    for reader in readers:
        for stretch in reader.stretches:
            latest = closes.get(stretch.period)
            if latest and stretch.ends > datetime.fromisoformat(latest).date():
                yield Warned(
                    f"R{reader.reader} would end {stretch.period} on {stretch.ends}, after it closes.",
                    "Cases not begun when a period closes stay unread. Close it later, or begin earlier.",
                    "This protocol's own dates",
                )
