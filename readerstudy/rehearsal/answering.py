"""Answers that are heard and not kept: checked as a read's are, and forgotten."""

from typing import Any

from readerstudy.reads import policies


def check(document: dict[str, Any], body: dict[str, Any], *, complete: bool) -> None:
    """Raises BadInput as handing in a read does: for what is no answer and, if `complete`, for gaps."""
    sent = policies.Sent(
        lease=str(body["lease"]), version=body["version"], answers=[dict(one) for one in body["answers"]]
    )
    answers = policies.answers_under(document, sent)
    if complete:
        policies.check_complete(document, answers, body["comment"])
