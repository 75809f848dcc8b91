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


class InvitationState(StrEnum):
    """Where an invitation stands. Only an open one can be taken up."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Specialty(StrEnum):
    """What a reader works as (GRRAS 12: characteristics of raters)."""

    MUSCULOSKELETAL = "musculoskeletal radiology"
    NEURORADIOLOGY = "neuroradiology"
    GENERAL = "general radiology"
    TRAINEE = "radiology in training"
    SPINE_SURGERY = "spine surgery"
    OTHER = "other"


class Layout(StrEnum):
    """How T1 and T2 lie on a reader's screen."""

    SIDE_BY_SIDE = "side"
    STACKED = "stacked"
    SINGLE = "single"


LAYOUT_WORDS: dict[Layout, str] = {
    Layout.SIDE_BY_SIDE: "side by side",
    Layout.STACKED: "T1 over T2",
    Layout.SINGLE: "one at a time",
}


class Orientation(StrEnum):
    """The shape of a reader's window."""

    LANDSCAPE = "landscape"
    PORTRAIT = "portrait"


class Bounded(StrEnum):
    """What may be tried only so often."""

    SIGN_IN = "sign-in"
    INVITATION = "invitation"
