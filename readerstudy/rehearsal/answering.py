"""Answers that are heard and not kept: checked as a read's are, and forgotten."""

from typing import Any

from annotations.grades import GradeError
from readerstudy.common.errors import BadInput
from readerstudy.reads import policies
from readerstudy.studies import protocol


def check(document: dict[str, Any], body: dict[str, Any], *, complete: bool) -> None:
    """Raises BadInput as handing in a read does: for what is no answer and, if `complete`, for gaps."""
    question, sites = document["question"], protocol.sites(document)
    sent = policies.Sent(
        lease=str(body["lease"]), version=body["version"], answers=[dict(one) for one in body["answers"]]
    )
    try:
        answers = policies.answers_of(
            sent, sites=sites, bulk_none=question["bulk_none"], confidence=question.get("confidence", False)
        )
    except GradeError as error:
        raise BadInput(str(error), code="answers") from error
    gaps = policies.missing(sites, answers) if complete else []
    if gaps:
        raise BadInput("Some halves are not graded yet: grade them, then submit.", code="gaps", gaps=gaps)
    if complete and policies.lacks_explanation(answers, body["comment"]):
        raise BadInput("Say in the comment why a half is not gradable, then submit.", code="comment")
