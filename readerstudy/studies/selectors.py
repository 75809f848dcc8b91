"""Reading studies: who sees which, what a study is made of, what still keeps it from opening."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from readerstudy.accounts.models import User
from readerstudy.accounts.states import Role
from readerstudy.common import clock
from readerstudy.common.statements import rows
from readerstudy.exams.models import Exam
from readerstudy.exams.states import ExamState
from readerstudy.predictions.models import ModicMap
from readerstudy.studies import policies, readiness
from readerstudy.studies.models import Case, Enrolment, Protocol, Study
from readerstudy.studies.protocol.timeline import Version, waiting
from readerstudy.studies.states import Arm, StudyState

OFFERED = Q(case__withdrawal__isnull=True)
"""Of assignments: those whose case is still in the study."""


def studies_visible_to(user: User) -> QuerySet[Study]:
    """Coordinators and administrators see all; readers their own once open; others what is locked."""
    studies = Study.objects.all()
    if user.role in (Role.COORDINATOR, Role.ADMINISTRATOR):
        return studies
    if user.role == Role.READER:
        return studies.exclude(state=StudyState.DRAFT).filter(enrolments__reader=user)
    return studies.filter(state=StudyState.LOCKED)


def with_counts(studies: QuerySet[Study]) -> QuerySet[Study]:
    """Each study with `case_count` and `reader_count`."""
    return studies.annotate(
        case_count=Count("cases", distinct=True), reader_count=Count("enrolments", distinct=True)
    )


def protocol_of(study: Study) -> Protocol:
    """The study's protocol in force."""
    begun = Q(effective_at__isnull=True) | Q(effective_at__lte=clock.now())
    return study.protocols.filter(begun).order_by("-version")[0]


def versions_of(study: Study) -> list[Version]:
    """All versions of its protocol, in the order of their numbers."""
    held = study.protocols.order_by("version").values_list("version", "document", "effective_at")
    return [Version(*row) for row in held]


def protocols_to_come(study: Study) -> list[Protocol]:
    """The amendments that are signed and take effect later, in the order of their times."""
    coming = [version.number for version in waiting(versions_of(study), clock.now())]
    return [study.protocols.get(version=number) for number in coming]


IN_FORCE = """
studies_protocol f ON f.id = (
    SELECT v.id FROM studies_protocol v
    WHERE v.study_id = s.id AND (v.effective_at IS NULL OR v.effective_at <= %(now)s)
    ORDER BY v.version DESC LIMIT 1)
"""
"""Joined to a study `s`, its protocol in force is `f`."""
OF_PROTOCOL = "f.id, f.sha256, f.frozen_at IS NOT NULL"
_IN_FORCE = f"SELECT {OF_PROTOCOL} FROM studies_study s JOIN {IN_FORCE} WHERE s.id = %(study)s"


def document_in_force(study: Study) -> dict[str, Any]:
    """The document of the protocol in force, for reading only.

    A frozen one never changes, so it is taken from the database once: a large study's holds every case. Which
    is in force is asked once for each study object: one that is fetched anew sees an amendment.
    """
    held: dict[str, Any] | None = getattr(study, "_document_in_force", None)
    if held is not None:
        return held
    hold_protocol(study, *rows(_IN_FORCE, study=study.pk, now=clock.now())[0])
    return getattr(study, "_document_in_force", None) or protocol_of(study).document


def hold_protocol(study: Study, key: int, sha256: str, frozen: bool) -> None:
    """Keep with a study which protocol is in force: what OF_PROTOCOL said together with it."""
    if frozen:
        study._document_in_force = _frozen_document(key, sha256)


@lru_cache(maxsize=64)
def _frozen_document(key: int, sha256: str) -> dict[str, Any]:
    document: dict[str, Any] = Protocol.objects.values_list("document", flat=True).get(pk=key, sha256=sha256)
    return document


def cases_of(study: Study) -> QuerySet[Case]:
    """The cases in their numbering, with exam and frozen map."""
    return study.cases.select_related("exam", "modic_map", "sham_map").order_by("number")


def enrolments_of(study: Study) -> QuerySet[Enrolment]:
    """The readers in their numbering."""
    return study.enrolments.select_related("reader").prefetch_related("periods").order_by("index")


def released_exams() -> QuerySet[Exam]:
    """Exams that can become cases, each with the id of its newest map as `latest_map_id`."""
    newest = ModicMap.objects.filter(exam=OuterRef("pk")).order_by("-created_at").values("pk")[:1]
    return Exam.objects.filter(state=ExamState.RELEASED).annotate(latest_map_id=Subquery(newest))


def people_who_read() -> QuerySet[User]:
    """Persons who can be enrolled as readers."""
    return User.objects.filter(role=Role.READER, is_active=True).order_by("username")


def latest_maps(exams: Iterable[Exam]) -> dict[str, ModicMap]:
    """The newest Modic map of each exam, by exam id; exams without one are left out."""
    maps = ModicMap.objects.filter(exam__in=list(exams)).select_related("run", "sham").order_by("created_at")
    return {str(modic_map.exam_id): modic_map for modic_map in maps}


def problems_with_opening(study: Study) -> list[str]:
    """What keeps this draft from opening, each with what to do; empty if nothing does."""
    document = protocol_of(study).document
    problems = policies.problems_of_cases(
        facts_of_exams([case.exam for case in cases_of(study)], document),
        assisted=shows_maps(document),
        demo_installation=settings.DEMO,
    )
    enrolled = list(enrolments_of(study))
    if len(enrolled) != len(document["readers"]):
        problems.append(
            f"{len(enrolled)} of {len(document['readers'])} readers are enrolled: name the others."
        )
    problems += [
        f"{enrolment.reader.username} can no longer sign in: enrol another reader."
        for enrolment in enrolled
        if not enrolment.reader.is_active or enrolment.reader.role != Role.READER
    ]
    problems += policies.problems_of_protocol(document, now=clock.now())
    return problems + readiness.lacking(study, document)


def shows_shams(document: dict[str, Any]) -> bool:
    """Whether an arm shows sham maps."""
    return any(arm["kind"] == Arm.SHAM for arm in document["arms"])


def shows_maps(document: dict[str, Any]) -> bool:
    """Whether an arm shows anything of a map."""
    return any(arm["kind"] != Arm.UNAIDED for arm in document["arms"])


def facts_of_exams(exams: Sequence[Exam], document: dict[str, Any]) -> list[policies.CaseFacts]:
    """What opening asks of each exam as a case of this protocol."""
    maps = latest_maps(exams)
    return [_case_facts(exam, maps.get(str(exam.pk)), document) for exam in exams]


def shams_missing(study: Study) -> list[ModicMap]:
    """The maps of a draft's cases whose shams an arm shows and nobody has made yet."""
    if not shows_shams(protocol_of(study).document):
        return []
    maps = latest_maps(case.exam for case in cases_of(study))
    return [modic_map for modic_map in maps.values() if not hasattr(modic_map, "sham")]


def revealed_at_lock(study: Study) -> dict[str, Any]:
    """What a locked study's protocol file says more: the seed, and which maps were sham."""
    shams = [
        {"case": case.number, "sham_map_sha256": case.sham_map_sha256}
        for case in cases_of(study)
        if case.sham_map_sha256
    ]
    return {"seed": study.seed, **({"sham_maps": shams} if shams else {})}


def _rules_of(modic_map: ModicMap) -> dict[str, float]:
    """The thresholds a map's suggestions were made with."""
    rules: dict[str, float] = modic_map.run.provenance.get("settings", {}).get("rules", {})
    return rules


def _case_facts(exam: Exam, modic_map: ModicMap | None, document: dict[str, Any]) -> policies.CaseFacts:
    return policies.CaseFacts(
        name=exam.pseudonym,
        patient=exam.patient_key,
        released=exam.state == ExamState.RELEASED,
        synthetic=exam.synthetic,
        has_levels=bool(exam.confirmed_levels),
        has_map=modic_map is not None,
        map_of_stand_in=modic_map is not None and modic_map.synthetic_model,
        map_fits_protocol=modic_map is not None and _rules_of(modic_map) == document["suggestion"],
        sham_missing=shows_shams(document) and not hasattr(modic_map, "sham"),
    )


def offered_exams(
    study: Study, *, text: str, sex: str, ages: tuple[int | None, int | None]
) -> QuerySet[Exam]:
    """Released exams that are no case of the study yet and fit; ages in years, both ends included."""
    exams = released_exams().exclude(cases__study=study)
    if text:
        exams = exams.filter(pseudonym__icontains=text)
    if sex:
        exams = exams.filter(sex=sex)
    youngest, oldest = ages
    if youngest is not None:
        exams = exams.filter(age_years__gte=youngest)
    if oldest is not None:
        exams = exams.filter(age_years__lte=oldest)
    return exams.order_by("pseudonym")


def strata_of(cases: Iterable[Case]) -> list[tuple[str, int]]:
    """Each stratum with its number of cases, in alphabetical order; those without one under ""."""
    counted: dict[str, int] = {}
    for case in cases:
        counted[case.stratum] = counted.get(case.stratum, 0) + 1
    return sorted(counted.items())


def exams_with(ids: Iterable[UUID]) -> QuerySet[Exam]:
    """Released exams with these ids."""
    return released_exams().filter(pk__in=list(ids))
