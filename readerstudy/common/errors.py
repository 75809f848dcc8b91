"""What a service or policy refuses: one family, turned into a page or JSON in one place."""

from typing import Any


class Refused(Exception):
    """A request that a rule forbids. `detail` says what to do; `code` names the rule."""

    status = 403

    def __init__(self, detail: str, *, code: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.extra = extra


class Conflict(Refused):
    """The thing changed meanwhile, or its state does not allow this."""

    status = 409


class BadInput(Refused):
    """What was sent can't be used as it is."""

    status = 400


class NotThere(Refused):
    """Not there, or not for this person: the two are never told apart."""

    status = 404

    def __init__(self) -> None:
        super().__init__("There is nothing here for you.", code="not-found")
