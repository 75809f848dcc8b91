"""Cases against the library: which figures miss the expected ones, and by how much."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from annotations.agreement.verify import change, many, models, proportions, readers, sizes, two
from annotations.agreement.verify.inputs import Figures, Values

STATISTICS: Mapping[str, Callable[[Values, Values], Figures]] = (
    two.STATISTICS
    | many.STATISTICS
    | change.STATISTICS
    | proportions.STATISTICS
    | readers.STATISTICS
    | models.STATISTICS
    | sizes.STATISTICS
)
DEFAULT_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Outcome:
    """One case: its name, its statistic, how many figures were compared, and what missed."""

    name: str
    statistic: str
    compared: int
    misses: tuple[str, ...]

    def line(self) -> str:
        """One line for the terminal."""
        word = "MISS" if self.misses else "ok"
        head = f"{word:<4}  {self.name}  {self.statistic}  {self.compared} figures"
        return head + "".join(f"; {miss}" for miss in self.misses)


def run_case(case: Mapping[str, Any]) -> Outcome:
    """Compute one case and compare every expected figure; errors are misses, told in words."""
    name, statistic = str(case.get("id", "?")), str(case.get("statistic", "?"))
    expected = case.get("expected") or {}
    if statistic not in STATISTICS:
        return Outcome(name, statistic, 0, ("this statistic is not known here",))
    if not expected:
        return Outcome(name, statistic, 0, ("the case expects nothing",))
    params = dict(case.get("params") or {})
    params["hint"] = f"{name} {case.get('source', '')}"
    try:
        figures = STATISTICS[statistic](case.get("data") or {}, params)
    except Exception as error:  # whatever a foreign file provokes is that case's miss, not the end of the run
        return Outcome(name, statistic, len(expected), (f"{type(error).__name__}: {error}",))
    tolerance = case.get("tolerance")
    misses = [
        miss
        for key, value in expected.items()
        if (miss := missed(key, figures, value, _tolerance(tolerance, key, value)))
    ]
    return Outcome(name, statistic, len(expected), tuple(misses))


def run_cases(cases: Iterable[Mapping[str, Any]]) -> list[Outcome]:
    """Every case in turn."""
    return [run_case(case) for case in cases]


def _tolerance(given: Any, key: str, value: Any) -> float:
    chosen = given.get(key) if isinstance(given, Mapping) else given
    if chosen is not None:
        return float(chosen)
    return DEFAULT_TOLERANCE * max(1.0, abs(value)) if isinstance(value, (int, float)) else DEFAULT_TOLERANCE


def missed(key: str, figures: Figures, expected: Any, tolerance: float) -> str:
    """Why the figure `key` misses; empty where it does not. None and NaN expect "not estimable"."""
    if key not in figures:
        return f"{key}: not among the figures of this statistic"
    found = figures[key]
    if isinstance(expected, list):
        same = isinstance(found, (list, tuple)) and len(found) == len(expected)
        parts = (
            [missed(key, {key: f}, e, tolerance) for f, e in zip(found, expected, strict=True)]
            if same
            else []
        )
        return "; ".join(filter(None, parts)) if same else f"{key}: {found} for {expected}"
    if expected is None or (isinstance(expected, float) and math.isnan(expected)):
        return "" if found is None else f"{key}: {found} where it is not estimable"
    if found is None:
        return f"{key}: not estimable, expected {expected}"
    gap = abs(float(found) - float(expected))
    slack = 1e-12 * max(1.0, abs(float(expected)))
    return "" if gap <= tolerance + slack else f"{key}: {found:.10g} for {expected:.10g} within {tolerance:g}"
