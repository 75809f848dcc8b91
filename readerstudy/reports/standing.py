"""Which reads an analysis takes in, and why it leaves out the others."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from readerstudy.conduct.models import Withdrawal
from readerstudy.conduct.policies import Standing, exclusion_of
from readerstudy.conduct.selectors import deviations_by_read, deviations_of
from readerstudy.conduct.states import AnalysisSet, Deviation
from readerstudy.reads.models import Read
from readerstudy.reads.selectors import kept_inputs_of
from readerstudy.reads.states import KEPT_WORDS, Kept, ReadState
from readerstudy.reports.policies import name_of
from readerstudy.studies.models import Assignment, CaseWithdrawal, Study
from readerstudy.studies.protocol import primary_read


@dataclass(frozen=True)
class Standings:
    """What decides on every read of a study.

    primary: assignment to the number of its primary read; deviations by assignment and number.
    """

    primary: dict[int, int]
    readers_gone: set[Any]
    cases_gone: set[Any]
    deviations: dict[tuple[int, int], list[Any]]

    def of(self, assignment: int, enrolment: Any, case: Any, number: int) -> Standing:
        """Of one read; a case that was never handed in counts as its first read."""
        return Standing(
            primary=self.primary.get(assignment, 1) == number,
            reader_withdrawn=enrolment in self.readers_gone,
            case_withdrawn=case in self.cases_gone,
            deviations=tuple(
                (noted.kind, noted.verdict) for noted in self.deviations.get((assignment, number), [])
            ),
        )


def standings_of(study: Study, document: dict[str, Any]) -> Standings:
    """The facts of a study. The plan says whether originals or corrections are primary."""
    handed_in = Read.objects.filter(
        assignment__enrolment__study=study, state=ReadState.SUBMITTED
    ).values_list("assignment", "number")
    latest = primary_read(document) == "correction"
    primary: dict[int, int] = {}
    for assignment, number in handed_in.order_by("number"):
        if latest or assignment not in primary:
            primary[assignment] = number
    return Standings(
        primary,
        set(Withdrawal.objects.filter(enrolment__study=study).values_list("enrolment", flat=True)),
        set(CaseWithdrawal.objects.filter(case__study=study).values_list("case", flat=True)),
        deviations_by_read(study),
    )


def exclusions(study: Study, document: dict[str, Any]) -> list[dict[str, Any]]:
    """Reads handed in and left out of an analysis set, counted by reader, arm, reason and set."""
    standings = standings_of(study, document)
    found: Counter[tuple[int, str, str, str]] = Counter()
    reads = Assignment.objects.filter(enrolment__study=study, read__state=ReadState.SUBMITTED)
    for pk, enrolment, case, number, index, arm in reads.values_list(
        "pk", "enrolment", "case", "read__number", "enrolment__index", "arm_name"
    ):
        standing = standings.of(pk, enrolment, case, number)
        for analysis_set in AnalysisSet:
            if reason := exclusion_of(standing, analysis_set):
                found[index, arm, reason, analysis_set] += 1
    return [
        {"reader": name_of(index), "arm": arm, "reason": reason, "set": analysis_set, "reads": reads}
        for (index, arm, reason, analysis_set), reads in sorted(found.items())
    ]


def deviations_counted(study: Study) -> list[dict[str, Any]]:
    """Deviations by kind and decision; what was read under an override is left out by rule."""
    found: Counter[tuple[str, str]] = Counter()
    for noted in deviations_of(study):
        rule = "excluded by rule" if noted.kind is Deviation.OVERRIDE else "undecided"
        found[noted.kind, noted.verdict or rule] += 1
    return [{"kind": kind, "verdict": verdict, "reads": n} for (kind, verdict), n in sorted(found.items())]


def kept_inputs_counted(study: Study) -> list[dict[str, Any]]:
    """Input of readers that came and did not become answers, by reader and why; never what it said."""
    rows = kept_inputs_of(study).values_list("read__assignment__enrolment__index", "why")
    found = Counter(rows)
    return [
        {"reader": name_of(index), "why": KEPT_WORDS[Kept(why)], "inputs": n}
        for (index, why), n in sorted(found.items())
    ]
