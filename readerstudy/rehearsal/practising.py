"""A practice case as the reading room gets it: in a read's shape, of no study."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.urls import reverse

from readerstudy.common.errors import NotThere
from readerstudy.reads.serializers import ReadSerializer
from readerstudy.rehearsal.phantoms import PracticeExam, practice_exam
from readerstudy.rehearsal.policies import PRACTICE, PracticeCase, practice_case
from readerstudy.studies import protocol
from readerstudy.studies.states import Arm

DONE = "These were all practice cases. Nothing of it was kept."


def practice_document() -> protocol.Document:
    """What practice asks: the paper's question, with every key there is to try."""
    document = protocol.make()
    question = {**document["question"], "bulk_none": True, "confidence": True}
    return {**document, "question": question}


def case_of(number: int) -> PracticeCase:
    """The practice case of this number. Raises NotThere for none."""
    case = practice_case(number)
    if case is None:
        raise NotThere
    return case


def exam_of(number: int) -> PracticeExam:
    """Its exam. Raises NotThere for none."""
    return practice_exam(case_of(number).seed)


def map_of(number: int, *, arm: Arm) -> dict[str, Any]:
    """Its map, in a practice case of this arm. Raises NotThere in any other."""
    if case_of(number).arm is not arm:
        raise NotThere
    return exam_of(number).map


def next_message(number: int) -> dict[str, Any]:
    """The answer to "next case": the one of this number, or that all are done."""
    case = practice_case(number)
    if case is None:
        return {"status": "complete", "message": DONE}
    return {"status": "reading", "read": read_message(case)}


def read_message(case: PracticeCase) -> dict[str, Any]:
    """ReadSerializer's fields; what a practice case has not is null."""
    exam, question = practice_exam(case.seed), practice_document()["question"]
    key = str(uuid5(NAMESPACE_URL, f"practice {case.number}"))
    return dict.fromkeys(ReadSerializer().fields) | {
        "id": key,
        "state": "opened",
        "version": 0,
        "period": {"number": 0, "name": case.words, "arm": case.arm.value},
        "position": case.number,
        "total": len(PRACTICE),
        "synthetic": True,
        **{name: question[name] for name in ("sites", "grades", "not_gradable_reasons", "bulk_none")},
        "asks_confidence": question["confidence"],
        "comment": "",
        "levels": exam.levels,
        "images": {kind: _images(case, exam, kind) for kind in ("t1", "t2")},
        "part": 1,
        "map_follows": False,
        "map_url": _url("map", case) if case.arm is Arm.ASSISTED else None,
        "reveal_url": _url("reveal", case) if case.arm is Arm.ON_DEMAND else None,
        "shows": None if case.arm is Arm.UNAIDED else ["map", "labels"],
        "answers": [],
        "lease": key,
        "draft_url": _url("draft", case),
        "submit_url": _url("submit", case),
    }


def _images(case: PracticeCase, exam: PracticeExam, kind: str) -> dict[str, Any]:
    return {
        "metadata_url": _url("metadata", case, kind),
        "frame_urls": [_url("frame", case, kind, index) for index in range(len(exam.frames[kind]))],
        "description": exam.metadata[kind][0]["0008103E"]["Value"][0],
    }


def _url(name: str, case: PracticeCase, *more: object) -> str:
    return reverse(f"rehearsal:practice-{name}", args=[case.number, *more])
