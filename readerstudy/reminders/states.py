"""What a reader is reminded of, and how the reminder went out."""

from enum import StrEnum


class Occasion(StrEnum):
    OPENED = "opened"
    CLOSING = "closing"
    IDLE = "idle"


class Channel(StrEnum):
    """By mail where it is set up and the reader gave an address; else into the log."""

    MAIL = "mail"
    LOG = "log"
