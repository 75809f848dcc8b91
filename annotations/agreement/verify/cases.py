"""Cases against the library: which figures miss the expected ones, and by how much."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from annotations.agreement.verify import change, many, models, proportions, readers, sizes, two, words
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
    meant = words.statistic_named(statistic, STATISTICS)
    if meant is None:
        return Outcome(name, statistic, 0, ("this statistic is not known here",))
    if not expected:
        return Outcome(name, statistic, 0, ("the case expects nothing",))
    try:
        figures = figures_of(case)
    except Exception as error:  # whatever a foreign file provokes is that case's miss, not the end of the run
        return Outcome(name, statistic, len(expected), (f"{type(error).__name__}: {error}",))
    given = _flat(expected, figures)
    tolerances = case.get("tolerance")
    misses = []
    for key, value in given.items():
        called = words.figure_named(key, figures, meant) or key
        misses.append(missed(called, figures, value, _tolerance(tolerances, key, value)))
    return Outcome(name, statistic, len(given), tuple(filter(None, misses)))


def figures_of(case: Mapping[str, Any]) -> Figures:
    """Every figure of a case's statistic by name. Raises as the library does on data that are none."""
    meant = words.statistic_named(str(case.get("statistic")), STATISTICS)
    assert meant is not None
    params = words.inputs_of(meant, case.get("params") or {})
    params["hint"] = f"{case.get('id', '')} {case.get('source', '')}"
    return STATISTICS[meant](words.inputs_of(meant, case.get("data") or {}), params)


def _flat(expected: Mapping[str, Any], figures: Figures) -> dict[str, Any]:
    """Figures in figures by joined names; an interval as [lo, hi] as its limits, other lists by number."""
    found: dict[str, Any] = {}
    for key, value in expected.items():
        if isinstance(value, Mapping):
            found |= {f"{key}_{inner}": each for inner, each in _flat(value, figures).items()}
        elif isinstance(value, list) and len(value) == 2 and "ci" in words.parts(key):
            found |= {f"{key}_lo": value[0], f"{key}_hi": value[1]}
        elif isinstance(value, list) and key not in figures:
            found |= {f"{key}{i}": each for i, each in enumerate(value, start=1)}
        else:
            found[key] = value
    return found


def run_cases(cases: Iterable[Mapping[str, Any]]) -> list[Outcome]:
    """Every case in turn."""
    return [run_case(case) for case in cases]


def _tolerance(given: Any, key: str, value: Any) -> float:
    chosen = given.get(key) if isinstance(given, Mapping) else given
    if isinstance(given, Mapping) and chosen is None:
        chosen = given.get(
            "default", next((each for name, each in given.items() if key.startswith(name)), None)
        )
    if isinstance(chosen, (list, Mapping)):
        chosen = max(chosen.values() if isinstance(chosen, Mapping) else chosen)
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
    if (
        expected is None
        or (isinstance(expected, float) and not math.isfinite(expected))
        or isinstance(expected, str)
    ):
        return "" if found is None else f"{key}: {found} where it is not estimable"
    if found is None:
        return f"{key}: not estimable, expected {expected}"
    gap = abs(float(found) - float(expected))
    slack = 1e-12 * max(1.0, abs(float(expected)))
    return "" if gap <= tolerance + slack else f"{key}: {found:.10g} for {expected:.10g} within {tolerance:g}"
