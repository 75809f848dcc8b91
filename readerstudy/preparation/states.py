"""How calibration is judged, and where a reader stands in it."""

from enum import StrEnum


class Measure(StrEnum):
    """What of a reader's answers is compared with the expert's."""

    AGREEMENT = "agreement"
    KAPPA = "kappa"


class CalibrationState(StrEnum):
    """Where one reader stands; made from facts, never stored."""

    TO_DO = "to do"
    PASSED = "passed"
    FAILED = "failed"


CALIBRATION_TRANSITIONS: dict[CalibrationState, tuple[CalibrationState, ...]] = {
    CalibrationState.TO_DO: (CalibrationState.PASSED, CalibrationState.FAILED),
    CalibrationState.FAILED: (CalibrationState.TO_DO,),
    CalibrationState.PASSED: (),
}
