"""The roles a person can have."""

from enum import StrEnum


class Role(StrEnum):
    """Who a person is to a study (study-conduct: blinding follows from it)."""

    COORDINATOR = "coordinator"
    READER = "reader"
    ADJUDICATOR = "adjudicator"
    STATISTICIAN = "statistician"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


ROLE_LABELS: dict[Role, str] = {
    Role.COORDINATOR: "Study coordinator",
    Role.READER: "Reader",
    Role.ADJUDICATOR: "Adjudicator",
    Role.STATISTICIAN: "Statistician",
    Role.ADMINISTRATOR: "Administrator",
    Role.AUDITOR: "Auditor",
}
