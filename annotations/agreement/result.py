"""The one shape of every statistic: a figure with its interval and test, or the reason why there is none."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import Any

NO_CLUSTERS = "fewer than two clusters: the spread between them cannot be estimated"


@dataclass(frozen=True)
class Result:
    """A statistic. Whatever is None could not be estimated, and `reason` says why; nothing is ever NaN.

    estimate, se: the figure and its standard error, both in the statistic's own unit.
    lo, hi: limits of the two-sided interval of level `confidence`, made as `ci_method` says; not truncated.
    statistic, df, p: of the two-sided test named in `test`.
    n_units, n_clusters: what it rests on; n_clusters is None where clustering plays no part.
    left_out: how many units (or readings) do not enter the figure, by reason in words.
    details: further figures of the same computation by name.
    reference: where the method is defined.
    """

    estimate: float | None = None
    se: float | None = None
    lo: float | None = None
    hi: float | None = None
    confidence: float | None = None
    ci_method: str = ""
    statistic: float | None = None
    df: float | None = None
    p: float | None = None
    test: str = ""
    n_units: int = 0
    n_clusters: int | None = None
    reason: str = ""
    warnings: tuple[str, ...] = ()
    reference: str = ""
    left_out: Mapping[str, int] = field(default_factory=dict)
    details: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        figures = (self.estimate, self.se, self.lo, self.hi, self.statistic, self.df, self.p)
        if not all(figure is None or isfinite(figure) for figure in (*figures, *self.details.values())):
            raise ValueError("A result holds finite figures or None with a reason, never NaN or infinity.")
        if (self.estimate is None and self.p is None) and not self.reason:
            raise ValueError("A result without an estimate or a test needs a reason.")

    @property
    def estimable(self) -> bool:
        """Whether there is a point estimate."""
        return self.estimate is not None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, every field present."""
        return asdict(self) | {
            "warnings": list(self.warnings),
            "left_out": dict(self.left_out),
            "details": dict(self.details),
        }
