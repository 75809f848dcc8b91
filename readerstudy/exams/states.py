"""The states of an upload and of an exam, and what may follow what."""

from enum import StrEnum


class UploadState(StrEnum):
    RECEIVED = "received"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"


class ExamState(StrEnum):
    RECEIVED = "received"
    RELEASED = "released"
    EXCLUDED = "excluded"
    WITHDRAWN = "withdrawn"


EXAM_TRANSITIONS: dict[ExamState, tuple[ExamState, ...]] = {
    ExamState.RECEIVED: (ExamState.RELEASED, ExamState.EXCLUDED),
    ExamState.RELEASED: (ExamState.WITHDRAWN,),
    ExamState.EXCLUDED: (ExamState.RECEIVED,),
    ExamState.WITHDRAWN: (),
}


class SeriesKind(StrEnum):
    """What a stored series is to the study."""

    T1 = "t1"
    T2 = "t2"


class Exclusion(StrEnum):
    """The paper's exclusions (Gao 2022, section 2.1)."""

    FRACTURE = "fracture"
    POST_OPERATIVE = "post-operative"
    HARDWARE = "extensive hardware"
    PRIMARY_TUMOUR = "primary tumour"
    METASTASIS = "metastasis"
    INFECTION = "infection"
    TRANSITIONAL_ANATOMY = "transitional anatomy"


class Occasion(StrEnum):
    """Where, other than in a read, a person is shown an exam's images."""

    INTAKE = "intake"
    CALIBRATION = "calibration"
    TRUTH_MAKING = "truth-making"
    ADJUDICATION = "adjudication"
    PREVIEW = "preview"
