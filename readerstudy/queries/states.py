"""What a reader and the coordinator write to each other about, and whose turn it is."""

from enum import StrEnum


class QueryKind(StrEnum):
    """A reader raises the first four from a read; the coordinator asks the last (a data query)."""

    WRONG_PATIENT = "wrong-patient"
    INCIDENTAL_FINDING = "incidental-finding"
    IMAGE_PROBLEM = "image-problem"
    OTHER = "other"
    QUESTION = "question"


KIND_LABELS: dict[QueryKind, str] = {
    QueryKind.WRONG_PATIENT: "Wrong patient or mixed-up images",
    QueryKind.INCIDENTAL_FINDING: "Incidental finding",
    QueryKind.IMAGE_PROBLEM: "Problem with the images",
    QueryKind.OTHER: "Something else",
    QueryKind.QUESTION: "Question of the coordinator",
}


class QueryState(StrEnum):
    WITH_COORDINATOR = "with-coordinator"
    WITH_READER = "with-reader"
    CLOSED = "closed"


QUERY_TRANSITIONS: dict[QueryState, tuple[QueryState, ...]] = {
    QueryState.WITH_COORDINATOR: (QueryState.WITH_READER, QueryState.CLOSED),
    QueryState.WITH_READER: (QueryState.WITH_COORDINATOR, QueryState.CLOSED),
    QueryState.CLOSED: (),
}
