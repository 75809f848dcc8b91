"""What the cases hand over, in whatever of the usual forms, as tables, ratings and weights."""

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from annotations.agreement.ratings import encode
from annotations.agreement.result import Result
from annotations.agreement.table import Counts, Floats, TableError
from annotations.agreement.weights import agreement_weights, from_disagreement

Values = Mapping[str, Any]
Figures = dict[str, Any]
WEIGHT_NAMES = {
    "": None,
    "none": None,
    "identity": None,
    "nominal": None,
    "unweighted": None,
    "equal": "linear",
    "cicchetti-allison": "linear",
    "squared": "quadratic",
    "fleiss-cohen": "quadratic",
    "absolute": "linear",
    "wl": "linear",
    "wq": "quadratic",
    "w1": "linear",
    "w2": "quadratic",
}
MOST_ALPHA = 0.5
MISSING_WORDS = ("", "na", "n/a", "nan", "null", "*", ".", "missing")
READER_PAIRS = (
    ("rater1", "rater2"),
    ("reader1", "reader2"),
    ("r1", "r2"),
    ("first", "second"),
    ("before", "after"),
    ("x", "y"),
)


def first_of(data: Values, params: Values, *names: str, default: Any = None) -> Any:
    """The first of `names` found among data or params."""
    for name in names:
        for source in (data, params):
            if source.get(name) is not None:
                return source[name]
    return default


def confidence(data: Values, params: Values) -> float:
    """The level of intervals, 0.95 unless the case names one."""
    level = first_of(data, params, "confidence")
    alpha = first_of({}, params, "alpha")
    if level is None and isinstance(alpha, float) and 0 < alpha < MOST_ALPHA:
        level = 1 - alpha
    return float(level) / 100 if level is not None and level > 1 else float(level or 0.95)


def scale(data: Values, params: Values) -> list[Hashable] | None:
    """The fixed categories the case names; None: those that occur."""
    named = first_of(data, params, "categories", "labels")
    if named is not None:
        return list(named)
    count = first_of(data, params, "k", "n_categories")
    return list(range(int(count))) if count is not None else None


def ratings(data: Values, params: Values) -> np.ndarray[Any, Any]:
    """Ratings of shape (n, R) with None where missing."""
    if data.get("ratings") is not None:
        return _objects(data["ratings"])
    by_rater = first_of(data, {}, "ratings_by_rater")
    if by_rater is not None:
        return _objects(by_rater).T
    for names in READER_PAIRS:
        if all(data.get(name) is not None for name in names):
            return _objects([data[name] for name in names]).T
    if "table" in data:
        cells = np.asarray(data["table"], dtype=np.int64)
        named = scale(data, params) or list(range(len(cells)))
        pairs = [(named[i], named[j]) for (i, j), count in np.ndenumerate(cells) for _ in range(count)]
        return _objects(pairs)
    raise TableError("The case holds no ratings.")


def _objects(rows: Any) -> np.ndarray[Any, Any]:
    array = np.empty((len(rows), len(rows[0])), dtype=object)
    for i, row in enumerate(rows):
        array[i, :] = [None if str(each).strip().lower() in MISSING_WORDS else each for each in row]
    return array


def table(data: Values, params: Values) -> tuple[Counts, list[Hashable]]:
    """The table of two readers (k, k) and its categories; units that only one of them rated are left out."""
    square = data.get("counts")
    if data.get("table") is None and square is not None and len(square) == len(square[0]):
        data = {**data, "table": square}
    if data.get("table") is not None:
        cells = np.asarray(data["table"]).astype(np.int64)
        cells = np.pad(cells, (0, 1)) if cells.shape == (1, 1) else cells
        return cells, scale(data, params) or list(range(len(cells)))
    if all(name in data for name in "abcd"):
        return np.array([[data["a"], data["b"]], [data["c"], data["d"]]], dtype=np.int64), [0, 1]
    codes, categories = encode(ratings(data, params)[:, :2], scale(data, params))
    k = max(len(categories), 2)
    both = codes[(codes >= 0).all(axis=1)]
    counted: Counts = np.bincount(both[:, 0] * k + both[:, 1], minlength=k * k).reshape(k, k)
    return counted, list(categories)


def counts(data: Values) -> Counts | None:
    """Counts per unit and category (n, k), k >= 2; None where the case holds ratings."""
    found = first_of(data, {}, "counts")
    if found is None:
        return None
    cells = np.asarray(found).astype(np.int64)
    return np.pad(cells, ((0, 0), (0, 1))) if cells.ndim == 2 and cells.shape[1] == 1 else cells


def weights(data: Values, params: Values, k: int, values: Sequence[float] | None = None) -> Floats:
    """Agreement weights (k, k): by name, or a matrix of agreement or of disagreement."""
    agreement = first_of(data, params, "agreement_weights")
    if agreement is not None:
        return agreement_weights(k, agreement)
    distance = first_of(data, params, "disagreement_weights")
    if distance is not None:
        return from_disagreement(distance)
    named = first_of(data, params, "weights")
    if named is None or isinstance(named, (str, bool)):
        word = str(named or "").lower().strip().removesuffix(" weights").removesuffix("-weighted")
        return agreement_weights(k, WEIGHT_NAMES.get(word, word), values)
    matrix = np.asarray(named, dtype=np.float64)
    return from_disagreement(matrix) if not np.diag(matrix).any() else agreement_weights(k, matrix)


def flat(name: str, result: Result) -> Figures:
    """Estimate, standard error, limits and test of a result under `name` and its suffixes."""
    parts = {"se": result.se, "lo": result.lo, "hi": result.hi, "p": result.p, "df": result.df}
    parts |= {"z": result.statistic, "t": result.statistic}
    return {name: result.estimate} | {f"{name}_{part}": value for part, value in parts.items()}


def bare(result: Result) -> Figures:
    """Standard error, limits, test and size of a result without a name."""
    return {
        "se": result.se,
        "lo": result.lo,
        "hi": result.hi,
        "z": result.statistic,
        "p": result.p,
        "n": result.n_units,
    }


def cut(text: Any) -> tuple[str, float] | None:
    """A cut such as "rating>=3" or 3 as comparison and value."""
    if text is None:
        return None
    found = re.search(r"(>=|>|<=|<)?\s*(-?\d+(?:\.\d+)?)", str(text))
    if found is None:
        raise TableError(f"No cut can be read from {text!r}.")
    return found.group(1) or ">=", float(found.group(2))
