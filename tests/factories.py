"""Exams, maps and studies made straight in the database, without the pipeline."""

import hashlib
import uuid
from datetime import UTC, datetime
from itertools import count
from typing import Any

from readerstudy.accounts.models import User
from readerstudy.exams.models import Exam, Instance, Series
from readerstudy.exams.states import ExamState, SeriesKind
from readerstudy.predictions.models import ModicMap, Run, ShamMap
from readerstudy.predictions.states import RunState
from readerstudy.preparation.services import calibration
from readerstudy.studies import protocol, services
from readerstudy.studies.models import Study
from tests import cast

LONG_AGO = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
LEVELS = [
    {"level": level, "body": body, "point_mm": [0.0, -10.0, 100.0 - 30.0 * body]}
    for body, level in enumerate(["L1", "L2", "L3", "L4", "L5", "S1"], start=1)
]
_numbers = count(1)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def make_exam(*, released: bool = True, synthetic: bool = True, slices: int = 2, **fields: Any) -> Exam:
    """An exam with rows for its T1 and T2 images; no files."""
    number = next(_numbers)
    exam = Exam.objects.create(
        **{
            "pseudonym": f"EX-{number:05d}",
            "patient_key": digest(f"patient {number}"),
            "study_key": digest(f"study {number}"),
            "state": ExamState.RELEASED if released else ExamState.RECEIVED,
            "synthetic": synthetic,
            "proposed_levels": LEVELS,
            "confirmed_levels": LEVELS if released else [],
            "created_at": LONG_AGO,
            "released_at": LONG_AGO if released else None,
            **fields,
        }
    )
    for kind in SeriesKind:
        series = Series.objects.create(
            exam=exam, kind=kind, description=f"Sagittal {kind.upper()}", reason="made", slices=slices
        )
        for index in range(slices):
            make_instance(series, index)
    return exam


def make_instance(series: Series, index: int) -> Instance:
    name = f"{series.exam_id}/{series.kind}/{index}"
    return Instance.objects.create(
        series=series,
        index=index,
        sop_uid=f"2.25.{int(digest(name)[:24], 16)}",
        source_key=digest(f"source {name}"),
        path=f"exams/{name}.dcm",
        sha256=digest(f"file {name}"),
        pixel_sha256=digest(f"pixels {name}"),
    )


def make_map(exam: Exam, *, canary: str = "", **fields: Any) -> ModicMap:
    """A finished run with its map; `canary` marks every text that comes from the networks."""
    run = Run.objects.create(
        exam=exam,
        state=RunState.DONE,
        provenance={"settings": {"rules": {"min_diameter_mm": 5.0, "secondary_fraction": 0.2}}},
        created_at=LONG_AGO,
        finished_at=LONG_AGO,
    )
    key = uuid.uuid4()
    return ModicMap.objects.create(
        **{
            "run": run,
            "exam": exam,
            "path": f"maps/{key}{canary}",
            "sha256": digest(f"map {key}"),
            "body_labels": [{"body": 1, "half": "upper", "note": canary}],
            "synthetic_model": True,
            "created_at": LONG_AGO,
            **fields,
        }
    )


def make_sham(true: ModicMap) -> ShamMap:
    """A row for a sham of it; no files."""
    key = uuid.uuid4()
    return ShamMap.objects.create(
        true=true, path=f"maps/{key}", sha256=digest(f"sham {key}"), seed=1, created_at=LONG_AGO
    )


def make_draft(
    *,
    cases: int = 2,
    actor: User | None = None,
    readers: list[User] | None = None,
    document: protocol.Document | None = None,
    slices: int = 2,
) -> Study:
    """A draft of the paper's template, or of `document`, with synthetic exams, their maps and its readers."""
    actor, document = actor or cast.coordinator(), document or protocol.make()
    study = services.create_study(actor=actor, name="A study in miniature", document=document)
    exams = [make_exam(slices=slices) for _ in range(cases)]
    for exam in exams:
        make_map(exam)
    services.set_cases(actor=actor, study=study, exams=exams)
    readers = readers or [cast.reader() for _ in document["readers"]]
    services.enrol_readers(actor=actor, study=study, readers=readers)
    if "calibration" in document:
        _add_calibration_cases(study)
    return Study.objects.get(pk=study.pk)


def _add_calibration_cases(study: Study) -> None:
    """As many as the protocol states, without a Modic change in any half."""
    document = study.protocols.get().document
    none = [{**site, "grade": 0, "not_gradable": None} for site in document["question"]["sites"]]
    for _ in range(document["calibration"]["cases"]):
        calibration.add_case(actor=study.created_by, study=study, exam=make_exam(), answers=none)


def make_study(*, bulk_none: bool = False, confidence: bool = False, **wishes: Any) -> Study:
    """The same, opened. bulk_none: its protocol lets a key grade all remaining halves as none. confidence:
    it asks how sure the reader is."""
    study = make_draft(**wishes)
    if bulk_none or confidence:
        stated = study.protocols.get()
        stated.document["question"] |= {"bulk_none": bulk_none, "confidence": confidence}
        stated.sha256 = protocol.fingerprint(stated.document)
        stated.save()
    return services.open_study(actor=study.created_by, study=study)
