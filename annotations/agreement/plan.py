"""The statistics plan: what is decided before anyone looks at a grade."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any


class PlanError(ValueError):
    """A plan that cannot be carried out; the message says what to change."""


@dataclass(frozen=True)
class Plan:
    """How agreement is analysed.

    arms: the earlier and the later arm by name, change is later minus earlier; or the only arm.
    readers: in the order of the report.
    baseline: a reader who reads once, in the earlier arm, and is compared in both; None if all read twice.
    pairs: the reader pairs tested, which form the family of Holm's adjustment.
    categories: the fixed grade scale, the first meaning absence. confidence: of intervals; alpha: of tests,
    two-sided. resamples, seed: of the exam-level bootstrap.
    unit: columns that together name a unit. cluster: the column whose units are correlated.
    """

    arms: tuple[str, ...]
    readers: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    baseline: str | None = None
    categories: tuple[int | str, ...] = (0, 1, 2, 3)
    confidence: float = 0.95
    alpha: float = 0.05
    resamples: int = 10_000
    seed: int = 1
    unit: tuple[str, ...] = ("exam", "level", "half")
    cluster: str = "exam"

    def __post_init__(self) -> None:
        if not 1 <= len(self.arms) <= 2 or len(set(self.arms)) != len(self.arms):
            raise PlanError("Name two different arms, the earlier one first, or the only arm.")
        if len(set(self.readers)) != len(self.readers) or len(self.readers) < 2:
            raise PlanError("Name at least two readers, each once.")
        if self.baseline is not None and self.baseline not in self.readers:
            raise PlanError(f"The baseline {self.baseline!r} is not among the readers {list(self.readers)}.")
        for pair in self.pairs:
            if len(pair) != 2 or pair[0] == pair[1] or not set(pair) <= set(self.readers):
                raise PlanError(
                    f"The pair {list(pair)} does not name two of the readers {list(self.readers)}."
                )
        if not self.pairs or len({frozenset(pair) for pair in self.pairs}) != len(self.pairs):
            raise PlanError("Name at least one reader pair, each once.")
        if len(self.categories) < 2 or len(set(map(str, self.categories))) != len(self.categories):
            raise PlanError("The category scale needs at least two categories, each named once.")
        if not (0 < self.confidence < 1 and 0 < self.alpha < 1 and self.resamples >= 1 and self.seed >= 0):
            raise PlanError("Confidence and alpha lie between 0 and 1; resamples from 1, the seed from 0 up.")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Plan":
        """From plain values; `pairs` absent or None means every pair. Raises PlanError saying why not."""
        known = set(cls.__dataclass_fields__)
        if unknown := set(data) - known:
            raise PlanError(f"Unknown settings in the statistics plan: {', '.join(sorted(unknown))}.")
        if missing := {"arms", "readers"} - set(data):
            raise PlanError(f"The statistics plan lacks: {', '.join(sorted(missing))}.")
        values = {key: value for key, value in data.items() if value is not None}
        readers: Sequence[str] = values["readers"]
        pairs = values.get("pairs") or combinations(readers, 2)
        values["pairs"] = tuple((str(pair[0]), str(pair[1])) for pair in (tuple(p) for p in pairs))
        values |= {
            key: tuple(values[key]) for key in ("arms", "readers", "categories", "unit") if key in values
        }
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, every setting present."""
        return {
            "arms": list(self.arms),
            "readers": list(self.readers),
            "pairs": [list(pair) for pair in self.pairs],
            "baseline": self.baseline,
            "categories": list(self.categories),
            "confidence": self.confidence,
            "alpha": self.alpha,
            "resamples": self.resamples,
            "seed": self.seed,
            "unit": list(self.unit),
            "cluster": self.cluster,
        }

    @property
    def key(self) -> tuple[str, ...]:
        """The unit's columns, the cluster among them."""
        return self.unit if self.cluster in self.unit else (self.cluster, *self.unit)

    @property
    def strata(self) -> tuple[str, ...]:
        """Columns of the unit by which agreement is broken down: all but the cluster."""
        return tuple(name for name in self.unit if name != self.cluster)

    @property
    def two_arms(self) -> bool:
        """Whether there is a change to speak of."""
        return len(self.arms) == 2

    def slots(self, reader: str) -> tuple[str, str]:
        """The arms whose reading of `reader` stands in the earlier and in the later comparison."""
        earlier, later = self.arms[0], self.arms[-1]
        return (earlier, earlier) if reader == self.baseline else (earlier, later)
