"""Scripts that recompute a report from its readings, without this program."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MARK = "@@PLAN@@"


def python_script(plan: Mapping[str, Any]) -> str:
    """recompute.py for this plan."""
    text = (HERE / "recompute.py.in").read_text(encoding="utf-8")
    return text.replace(MARK, json.dumps(plan, sort_keys=True).replace('"""', '\\u0022""'))


def r_script(plan: Mapping[str, Any]) -> str:
    """recompute.R for this plan."""
    pairs = ", ".join(_vector(pair) for pair in plan["pairs"])
    lines = [
        *(f"{name} <- {_vector(plan[name])}" for name in ("arms", "unit", "categories")),
        f"cluster <- {_word(plan['cluster'])}",
        f"baseline <- {_word(plan['baseline'] or '')}",
        f"pairs <- list({pairs})",
        *(f"{name} <- {plan[name]!r}" for name in ("confidence", "resamples", "seed")),
    ]
    return (HERE / "recompute.R.in").read_text(encoding="utf-8").replace(MARK, "\n".join(lines))


def _vector(values: Sequence[Any]) -> str:
    return f"c({', '.join(_word(value) for value in values)})"


def _word(value: Any) -> str:
    """An R string: JSON's escapes are R's too, once the solidus is left alone."""
    return json.dumps(str(value), ensure_ascii=False)
