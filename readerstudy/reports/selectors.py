"""What can be read of studies for their reports."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from readerstudy.accounts.models import User
from readerstudy.common.errors import Conflict, NotThere
from readerstudy.conduct.policies import Standing, exclusion_of
from readerstudy.conduct.states import AnalysisSet
from readerstudy.exams.selectors import MANAGES_EXAMS
from readerstudy.predictions.selectors import labels_of, levels_of, stored
from readerstudy.preparation import calibrating
from readerstudy.reads.models import Grade, Reveal
from readerstudy.reads.states import ReadState
from readerstudy.reports.models import Analysis, Exploration, Truth
from readerstudy.reports.policies import SEES_REPORTS, Slot, check_may_see_results, name_of
from readerstudy.reports.standing import standings_of
from readerstudy.reports.truth import parse_truth
from readerstudy.studies.models import Assignment, Case, CaseWithdrawal, Study
from readerstudy.studies.protocol import lures_of
from readerstudy.studies.selectors import OFFERED, protocol_of
from readerstudy.studies.states import Arm, StudyState


def studies_with_reports(user: User) -> QuerySet[Study]:
    """Open and locked studies, for those who may see reports; what is open shows its completeness only."""
    if user.role not in SEES_REPORTS:
        return Study.objects.none()
    return Study.objects.filter(state__in=[StudyState.OPEN, StudyState.LOCKED])


def study_for(user: User, study_id: UUID) -> Study:
    """The study. Raises NotThere when it is not there or not for this person."""
    study = studies_with_reports(user).filter(pk=study_id).first()
    if study is None:
        raise NotThere
    return study


def analysis_for(user: User, study_id: UUID, number: int | None = None) -> Analysis:
    """The frozen result of the study's latest lock, or of lock `number`.

    Raises NotThere, or Refused while results are sealed, those of earlier locks too.
    """
    study = study_for(user, study_id)
    check_may_see_results(role=user.role, state=study.state)
    analyses = Analysis.objects.filter(lock__study=study).select_related("lock__study", "lock__signed_by")
    if number is not None:
        analyses = analyses.filter(lock__number=number)
    analysis = analyses.order_by("-lock__number").first()
    if analysis is None:
        raise NotThere
    return analysis


def explorations_of(analysis: Analysis) -> QuerySet[Exploration]:
    """What was explored of the lock that the analysis is of, latest first."""
    made = Exploration.objects.filter(lock=analysis.lock).select_related("made_by", "truth")
    return made.order_by("-number")


def exploration_for(user: User, study_id: UUID, number: int) -> Exploration:
    """One exploration of the study's latest lock. Raises as `analysis_for`."""
    found = explorations_of(analysis_for(user, study_id)).filter(number=number).first()
    if found is None:
        raise NotThere
    return found


def slots_of(study: Study) -> list[Slot]:
    """Assigned and submitted reads by reader, period and arm, of the cases that are still in the study.

    Of a reader who has left, what was not read by then is not assigned any more.
    """
    expected = Q(enrolment__withdrawal__isnull=True) | Q(read__state=ReadState.SUBMITTED)
    rows = (
        Assignment.objects.filter(OFFERED, expected, enrolment__study=study)
        .values("enrolment__index", "period__number", "period__name", "arm_name")
        .annotate(
            assigned=Count("pk", distinct=True),
            submitted=Count("pk", filter=Q(read__state=ReadState.SUBMITTED), distinct=True),
        )
        .order_by("enrolment__index", "period__number", "arm_name")
    )
    return [
        Slot(
            reader=name_of(row["enrolment__index"]),
            period=row["period__number"],
            period_name=row["period__name"],
            arm=row["arm_name"],
            assigned=row["assigned"],
            submitted=row["submitted"],
        )
        for row in rows
    ]


def dataset_rows(study: Study, document: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    """Rows of the frozen table without its last column, by case, reader, period, read and site.

    An answer counts once its read is submitted; a half without one has an empty grade and reason.
    """
    answers = _answers(study)
    standings = standings_of(study, document)
    suggested, known, asked = _suggestions(study), known_truth(study), _reveals(study)
    lures = lures_of(document)
    for row in _reads_and_gaps(study):
        standing = standings.of(row["pk"], row["enrolment"], row["case"], row["number"])
        for site in document["question"]["sites"]:
            answer = answers.get((row["read__pk"], site["level"], site["half"]), {})
            in_bulk = answer.get("in_bulk")
            yield (
                case_name(row["case__number"]),
                site["level"],
                site["half"],
                name_of(row["enrolment__index"]),
                row["period__number"],
                row["arm_name"],
                row["position"],
                row["number"],
                answer.get("grade"),
                answer.get("not_gradable", ""),
                "" if in_bulk is None else "yes" if in_bulk else "no",
                answer.get("secondary"),
                answer.get("confidence"),
                suggested.get((row["case__number"], site["level"], site["half"])),
                known.get((case_name(row["case__number"]), site["level"], site["half"])),
                iso(None if row["read__state"] == ReadState.AHEAD else row["read__opened_at"]),
                iso(row["read__submitted_at"]),
                _seconds(row["read__attention__active_ms"]),
                *(asked.get(row["read__pk"], (0, "")) if row["arm"] == Arm.ON_DEMAND else ("", "")),
                row["read__comment"] if answer else "",
                "; ".join(kind for kind, _ in standing.deviations),
                *_sets(standing, handed_in=row["read__state"] == ReadState.SUBMITTED),
                row["case__withdrawal__reason"] or "",
                "yes" if row["case__number"] in lures else "",
                row["read__recall__answer"],
                iso(row["read__recall__at"]),
                {None: "", True: "yes", False: "no"}[row["read__attention__webgl2"]],
                row["read__attention__renderer"] or "",
                row["read__attention__drawn_by"] or "",
            )


def _answers(study: Study) -> dict[tuple[UUID, str, str], dict[str, Any]]:
    submitted = Q(read__assignment__enrolment__study=study, read__state=ReadState.SUBMITTED)
    said = ("grade", "not_gradable", "in_bulk", "secondary", "confidence")
    rows = Grade.objects.filter(submitted).values("read", "level", "half", *said)
    return {(row["read"], row["level"], row["half"]): row for row in rows}


def _reads_and_gaps(study: Study) -> Iterator[dict[str, Any]]:
    """Every read handed in, and for an assignment without one whatever there is of it."""
    rows = (
        Assignment.objects.filter(enrolment__study=study)
        .order_by("case__number", "enrolment__index", "period__number", "part", "read__number")
        .values(
            "pk",
            "enrolment",
            "case",
            "case__number",
            "enrolment__index",
            "period__number",
            "arm",
            "arm_name",
            "position",
            "read__pk",
            "read__number",
            "read__state",
            "read__opened_at",
            "read__submitted_at",
            "read__comment",
            "read__attention__active_ms",
            "read__attention__webgl2",
            "read__attention__renderer",
            "read__attention__drawn_by",
            "read__recall__answer",
            "read__recall__at",
            "case__withdrawal__reason",
        )
    )
    for row in rows:
        number = row["read__number"] or 1
        if number == 1 or row["read__state"] == ReadState.SUBMITTED:
            yield {**row, "number": number}


def _reveals(study: Study) -> dict[UUID, tuple[int, str]]:
    """By read: how often its reader asked for the map, and when first."""
    rows = Reveal.objects.filter(read__assignment__enrolment__study=study).values("read").order_by()
    told = rows.annotate(times=Count("pk"), first=Min("at"))
    return {row["read"]: (row["times"], iso(row["first"])) for row in told}


def _sets(standing: Standing, *, handed_in: bool) -> tuple[str, str, str]:
    """(full, per_protocol, excluded) of a row."""
    full, per_protocol = (exclusion_of(standing, one) for one in (AnalysisSet.FULL, AnalysisSet.PER_PROTOCOL))
    inside = "yes" if handed_in else ""
    return "no" if full else inside, "no" if per_protocol else inside, per_protocol


def latest_truth(study: Study) -> Truth | None:
    """The truth stated last, if any."""
    return study.truths.order_by("-number").select_related("stated_by").first()


def known_truth(study: Study) -> dict[tuple[str, str, str], int]:
    """(case's name, level, half) to the true grade by the statement made last; empty where there is none."""
    truth = latest_truth(study)
    return {} if truth is None else parse_truth(truth.table)


def names_of_cases(study: Study) -> dict[str, str]:
    """Every name an exam goes by in this study, its case's name or its pseudonym, to the case's name."""
    cases = study.cases.order_by("number").values_list("number", "exam__pseudonym")
    named = [(case_name(number), pseudonym) for number, pseudonym in cases]
    return {name: name for name, _ in named} | {pseudonym: name for name, pseudonym in named}


def all_halves(study: Study) -> dict[tuple[str, str, str], int | None]:
    """Every half of every case, none of them known."""
    sites = protocol_of(study).document["question"]["sites"]
    names = dict.fromkeys(names_of_cases(study).values())
    return {(name, site["level"], site["half"]): None for name in names for site in sites}


def _seconds(milliseconds: int | None) -> str:
    """With one decimal; empty where no window told."""
    return "" if milliseconds is None else f"{milliseconds / 1000:.1f}"


def _suggestions(study: Study) -> dict[tuple[int, str, str], int]:
    """The type that each case's frozen map suggests for a half; a map with damaged files says nothing."""
    found: dict[tuple[int, str, str], int] = {}
    cases = Case.objects.filter(study=study, modic_map__isnull=False)
    for case in cases.select_related("modic_map", "exam"):
        try:
            labels = labels_of(stored(case.modic_map), levels_of(case.exam))
        except Conflict:
            continue
        found |= {
            (case.number, label.level.value, label.half.value): int(label.suggestion) for label in labels
        }
    return found


def exams_of_cases(study: Study, user: User) -> dict[str, UUID]:
    """Case name in the report to the exam's id, for those who may look at exams; empty for others."""
    if user.role not in MANAGES_EXAMS:
        return {}
    return {case_name(number): exam for number, exam in study.cases.values_list("number", "exam_id")}


def case_name(number: int) -> str:
    """The name a case has in every dataset and report."""
    return f"C{number:03d}"


def iso(moment: datetime | None) -> str:
    """UTC, to the second; empty for none."""
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def withdrawn_cases(study: Study) -> list[dict[str, Any]]:
    """Cases that left the open study, why, and how many reads of them are kept and left out."""
    submitted = Count("case__assignments", filter=Q(case__assignments__read__state=ReadState.SUBMITTED))
    found = CaseWithdrawal.objects.filter(case__study=study).select_related("case")
    return [
        {
            "case": case_name(one.case.number),
            "reason": one.reason,
            "words": one.words,
            "at": iso(one.at),
            "reads": one.reads,
        }
        for one in found.annotate(reads=submitted).order_by("case__number")
    ]


def readers_described(study: Study) -> list[dict[str, Any]]:
    """What each reader stated in the profile, and how calibration went; null where there is none."""
    calibrated = {standing.enrolment.pk: standing.words for standing in calibrating.standings_of(study)}
    enrolments = study.enrolments.select_related("reader__profile").order_by("index")
    return [
        {
            "reader": name_of(enrolment.index),
            "profile": enrolment.reader.profile.described if hasattr(enrolment.reader, "profile") else None,
            "calibration": calibrated.get(enrolment.pk),
        }
        for enrolment in enrolments
    ]


def frozen_maps(study: Study) -> list[dict[str, Any]]:
    """Which Modic map was frozen for each case, by hash, and what made it."""
    cases = Case.objects.filter(study=study, modic_map__isnull=False).select_related("modic_map__run")
    return [
        {
            "exam": case_name(case.number),
            "map_sha256": case.modic_map_sha256,
            "stand_in_model": case.modic_map.synthetic_model,
            "networks": case.modic_map.run.provenance.get("networks"),
        }
        for case in cases
    ]
