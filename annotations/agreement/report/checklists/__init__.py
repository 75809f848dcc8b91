"""Reporting checklists, filled as far as the report knows, gaps marked.

Item titles are in our own words; numbers are those of the sources named in each file.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from annotations.agreement.report.cells import Values, pair_name, sides, with_interval

HERE = Path(__file__).parent
GAP = "GAP: to be written by the authors"
NAMES = ("grras", "claim", "stard-ai")


@dataclass(frozen=True)
class Checklist:
    """title and source, and rows of number, what is asked, and what the report answers or GAP."""

    title: str
    source: str
    rows: tuple[tuple[str, str, str], ...]

    @property
    def gaps(self) -> int:
        """How many items are left to the authors."""
        return sum(answer == GAP for _, _, answer in self.rows)


def checklist(name: str, agreement: Values) -> Checklist:
    """One of NAMES, filled from a result."""
    data, known = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8")), answers(agreement)
    rows = tuple((number, asked, known.get(key, GAP)) for number, asked, key in data["items"])
    return Checklist(data["title"], data["source"], rows)


def as_markdown(found: Checklist) -> str:
    """The checklist as a Markdown table."""
    lines = [
        f"# {found.title}",
        "",
        found.source,
        "",
        f"{found.gaps} of {len(found.rows)} items are gaps.",
        "",
    ]
    lines += ["| Item | Asked | Answer |", "|---|---|---|"]
    lines += [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in found.rows]
    return "\n".join(lines) + "\n"


def answers(agreement: Values) -> dict[str, str]:
    """What a result knows of a study, by key."""
    plan, data, sections = agreement["plan"], agreement["dataset"], agreement["sections"]
    estimates = "; ".join(
        f"{pair_name(pair)} " + " to ".join(with_interval(side["kappa"]) for side in sides(pair))
        for pair in agreement["pairs"][:12]
    )
    missing = sum(row["not_gradable"] + row["not_read"] for row in agreement["readers"])
    known = {
        "counts": f"{len(plan['readers'])} readers, {data['exams']} exams, {data['units']} units; arms: "
        f"{', '.join(plan['arms'])}. Table of grades by reader and arm.",
        "statistics": f"{agreement['primary_test']}. See the methods paragraph.",
        "estimates": f"Kappa with {plan['confidence']:.0%} intervals: {estimates}.",
        "details": "Confusion matrices of every pair; the readings; two scripts that recompute it all.",
        "missing": f"{missing} answers are missing or not gradable; tables tell which units were left out "
        "and why; nothing imputed; two sensitivity analyses of what was left out.",
        "variability": "Between readers: every pair and all at once; within readers: between the arms.",
        "robustness": agreement["sensitivity_analyses"],
        "instrument": f"Grades {', '.join(map(str, plan['categories']))}; one for each "
        f"{', '.join(plan['unit'])}, all slices together.",
        "readers": agreement.get("readers_described", ""),
        "limitations": " ".join(agreement["limits"]),
        "software": f"{agreement['code_version']}; "
        + ", ".join(f"{name} {version}" for name, version in sorted(agreement["software"].items())),
        "failures": "Units behind every cell of disagreement: explain.json.",
    }
    if not sections.get("accuracy", {"left_out": "x"})["left_out"]:
        known["accuracy"] = (
            "Table of accuracy against truth, by reader, arm and type, with clustered intervals."
        )
    return {key: words for key, words in known.items() if words}
