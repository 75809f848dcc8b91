"""A study's conduct as plain values: what the certificate is made from and the audit export holds.

Readers are their numbers, cases theirs; no name of a person and no answer is among it.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from readerstudy.adjudication.models import Adjudication, KeptInput, Place
from readerstudy.adjudication.selectors import order_key
from readerstudy.adjudication.states import RUNNING
from readerstudy.audit.models import Event
from readerstudy.conduct.models import NotedDeviation, Override, Reopening, Withdrawal
from readerstudy.exams.models import Exam, Sighting
from readerstudy.exams.selectors import known_as_each
from readerstudy.reads.models import Exposure, Read
from readerstudy.reads.models import KeptInput as KeptOfRead
from readerstudy.studies.models import Assignment, CaseWithdrawal, Study
from readerstudy.studies.states import StudyState

SCHEMA = "reader-study-audit/2"
Facts = dict[str, Any]


def facts_of(study: Study) -> Facts:
    """Everything that `verify_study.py` recomputes from, beside the events."""
    versions = list(study.protocols.order_by("version"))
    first = versions[0]
    signed = dict(_events(study, "study.amended").values_list("object_id", "seq"))
    return {
        "schema": SCHEMA,
        "study": {
            "id": str(study.pk),
            "name": study.name,
            "state": study.state,
            "synthetic": study.synthetic,
            "opened_at": _iso(study.opened_at),
            "locked_at": _iso(study.locked_at),
        },
        "seed": study.seed if study.state == StudyState.LOCKED else "",
        "seed_commitment": study.seed_commitment,
        "protocol": {"version": first.version, "sha256": first.sha256, "document": first.document},
        "amendments": [
            {
                "version": later.version,
                "sha256": later.sha256,
                "event": signed.get(str(later.pk), 0),
                "at_once": later.effective_at is None,
                "effective_at": _iso(later.in_force_from),
                "document": later.document,
            }
            for later in versions[1:]
        ],
        "readers": [
            {"index": index, "person": person}
            for index, person in study.enrolments.order_by("index").values_list("index", "reader")
        ],
        "cases": [
            {"number": number, "exam": str(exam)}
            for number, exam in study.cases.order_by("number").values_list("number", "exam")
        ],
        "order": list(_order(study)),
        "reads": list(_reads(study)),
        "exposures": list(_exposures(study)),
        "elsewhere": list(_elsewhere(study)),
        "overrides": list(_overrides(study)),
        "deviations": list(_deviations(study)),
        "kept_inputs": list(_kept_inputs(study)),
        "corrections": list(_corrections(study)),
        "withdrawn": list(_withdrawn(study)),
        "adjudications": list(_adjudications(study)),
    }


def _adjudications(study: Study) -> Iterator[Facts]:
    """Who comes to which case when at an adjudication; the seed once nobody decides there any more."""
    held = Adjudication.objects.filter(lock__study=study).select_related("lock")
    for adjudication in held.order_by("lock__number", "number"):
        kept = KeptInput.objects.filter(opinion__place__seat__adjudication=adjudication).order_by("at", "pk")
        places = Place.objects.filter(seat__adjudication=adjudication).order_by("seat__index", "position")
        yield {
            "id": str(adjudication.pk),
            "number": adjudication.number,
            "lock": adjudication.lock.number,
            "dataset_sha256": adjudication.lock.dataset_sha256,
            "state": adjudication.state,
            "block_size": order_key(adjudication, 0).block_size,
            "seed": "" if adjudication.state in RUNNING else adjudication.seed,
            "seed_commitment": adjudication.seed_commitment,
            "places": [
                {"seat": seat, "position": position, "case": case}
                for seat, position, case in places.values_list("seat__index", "position", "case__number")
            ],
            "kept_inputs": [
                {"seat": seat, "position": position, "why": why, "at": _iso(at)}
                for seat, position, why, at in kept.values_list(
                    "opinion__place__seat__index", "opinion__place__position", "why", "at"
                )
            ],
        }


def _events(study: Study, action: str) -> QuerySet[Event]:
    return Event.objects.filter(study_id=str(study.pk), action=action)


def _iso(moment: Any) -> str:
    return moment.isoformat() if moment else ""


def _order(study: Study) -> Iterator[Facts]:
    rows = Assignment.objects.filter(enrolment__study=study)
    for reader, period, position, part, case, arm in rows.order_by(
        "enrolment__index", "period__number", "position", "part"
    ).values_list("enrolment__index", "period__number", "position", "part", "case__number", "arm_name"):
        yield {
            "reader": reader,
            "period": period,
            "position": position,
            "part": part,
            "case": case,
            "arm": arm,
        }


def _where(prefix: str = "assignment__") -> tuple[str, str, str]:
    return f"{prefix}enrolment__index", f"{prefix}period__number", f"{prefix}case__number"


def _reads(study: Study) -> Iterator[Facts]:
    """Every read, with when its reader answered the recall probe (`recalled_at`) and, from the check of the
    display it was last read on, whether the browser has WebGL 2 (null: not told), what it says draws WebGL,
    and where the images came to rest ("cornerstone" with WebGL, "canvas" without)."""
    rows = Read.objects.filter(assignment__enrolment__study=study).order_by("opened_at", "pk")
    own = ("pk", "number", "state", "opened_at", "submitted_at", "assignment__part", "recall__at")
    display = ("webgl2", "renderer", "drawn_by")
    told = rows.values(*own, *_where(), *(f"attention__{name}" for name in display))
    for row in told:
        reader, period, case = (row[key] for key in _where())
        yield {
            "id": str(row["pk"]),
            "number": row["number"],
            "state": row["state"],
            "opened_at": _iso(row["opened_at"]),
            "submitted_at": _iso(row["submitted_at"]),
            "reader": reader,
            "period": period,
            "case": case,
            "part": row["assignment__part"],
            "recalled_at": _iso(row["recall__at"]),
            **{name: row[f"attention__{name}"] for name in display},
        }


def _exposures(study: Study) -> Iterator[Facts]:
    """What was sent first and last when; event: the number of the one that tells of the first (0: none)."""
    rows = Exposure.objects.filter(read__assignment__enrolment__study=study).order_by("first_at", "pk")
    sent = list(rows.values_list("read", "item", "first_at", "last_at", *_where("read__assignment__")))
    told = {
        (read, after["item"], after["at"]): seq
        for read, after, seq in _events(study, "read.exposed").values_list("object_id", "after", "seq")
    }
    for read, item, first, last, reader, period, case in sent:
        yield {
            "read": str(read),
            "item": item,
            "first_at": _iso(first),
            "last_at": _iso(last),
            "event": told.get((str(read), item, _iso(first)), 0),
            "reader": reader,
            "period": period,
            "case": case,
        }


def _elsewhere(study: Study) -> Iterator[Facts]:
    """What this study's readers were shown of its cases outside its reads, under whatever id."""
    exams = Exam.objects.filter(cases__study=study)
    numbers = dict(study.cases.values_list("exam", "number"))
    cases_of: dict[Any, list[int]] = {}
    for exam, known in known_as_each(exams).items():
        for one in known:
            cases_of.setdefault(one, []).append(numbers[exam])
    readers = dict(study.enrolments.values_list("reader", "index"))
    seen = Sighting.objects.filter(person__in=readers, exam__in=cases_of).order_by("at", "pk")
    looks = [
        (who, exam, where, at, at)
        for who, exam, where, at in seen.values_list("person", "exam", "occasion", "at")
    ]
    sent = Exposure.objects.filter(
        read__assignment__enrolment__reader__in=readers, read__assignment__case__exam__in=cases_of
    ).exclude(read__assignment__enrolment__study=study)
    looks += [
        (who, exam, "another study", first, last)
        for who, exam, first, last in sent.order_by("first_at", "pk").values_list(
            "read__assignment__enrolment__reader", "read__assignment__case__exam", "first_at", "last_at"
        )
    ]
    for who, exam, where, first, last in looks:
        for case in sorted(cases_of[exam]):
            yield {
                "reader": readers[who],
                "case": case,
                "where": where,
                "first_at": _iso(first),
                "last_at": _iso(last),
            }


def _overrides(study: Study) -> Iterator[Facts]:
    rows = Override.objects.filter(enrolment__study=study).select_related(
        "enrolment", "period", "case", "decision"
    )
    for override in rows.order_by("requested_at", "pk"):
        decision = getattr(override, "decision", None)
        yield {
            "id": str(override.pk),
            "reader": override.enrolment.index,
            "period": override.period.number,
            "case": override.case.number if override.case else None,
            "reason": override.reason,
            "requested_at": _iso(override.requested_at),
            "decided_at": _iso(decision.at) if decision else "",
            "approved_at": _iso(decision.at) if decision and decision.approved else "",
            "expires_at": _iso(override.expires_at),
        }


def _deviations(study: Study) -> Iterator[Facts]:
    rows = NotedDeviation.objects.filter(assignment__enrolment__study=study).prefetch_related("decisions")
    for row in rows.select_related("assignment__enrolment", "assignment__period", "assignment__case"):
        yield {
            "reader": row.assignment.enrolment.index,
            "period": row.assignment.period.number,
            "case": row.assignment.case.number,
            "read": row.read_number,
            "kind": row.kind,
            "detail": row.detail,
            "at": _iso(row.at),
            "decisions": [
                {"verdict": decision.verdict, "reason": decision.reason, "at": _iso(decision.at)}
                for decision in row.decisions.all()
            ],
        }


def _kept_inputs(study: Study) -> Iterator[Facts]:
    """Input that did not become answers: when it came and why it did not count, not what it says."""
    rows = KeptOfRead.objects.filter(read__assignment__enrolment__study=study).order_by("at", "pk")
    for read, why, entered, at, reader, period, case in rows.values_list(
        "read", "why", "entered_at", "at", *_where("read__assignment__")
    ):
        yield {
            "reader": reader,
            "period": period,
            "case": case,
            "read": str(read),
            "why": why,
            "entered_at": _iso(entered),
            "at": _iso(at),
        }


def _corrections(study: Study) -> Iterator[Facts]:
    rows = Reopening.objects.filter(assignment__enrolment__study=study).order_by("at", "pk")
    for number, reason, at, reader, period, case in rows.values_list("number", "reason", "at", *_where()):
        yield {
            "reader": reader,
            "period": period,
            "case": case,
            "read": number,
            "reason": reason,
            "at": _iso(at),
        }


def _withdrawn(study: Study) -> Iterator[Facts]:
    readers = Withdrawal.objects.filter(enrolment__study=study)
    for index, reason, at in readers.values_list("enrolment__index", "reason", "at"):
        yield {"reader": index, "reason": reason, "at": _iso(at)}
    cases = CaseWithdrawal.objects.filter(case__study=study)
    for number, reason, at in cases.values_list("case__number", "reason", "at"):
        yield {"case": number, "reason": reason, "at": _iso(at)}
