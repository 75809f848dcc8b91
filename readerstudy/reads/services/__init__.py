"""What a reader does: take the next case, look at it, save a draft, hand it in."""

from readerstudy.reads.services.answering import answers_digest, save_draft, submit
from readerstudy.reads.services.coming import next_after, next_case, send_ahead
from readerstudy.reads.services.outcomes import Asked, Complete, Next, Nothing, Waiting
from readerstudy.reads.services.seeing import see

__all__ = [
    "Asked",
    "Complete",
    "Next",
    "Nothing",
    "Waiting",
    "answers_digest",
    "next_after",
    "next_case",
    "save_draft",
    "see",
    "send_ahead",
    "submit",
]
