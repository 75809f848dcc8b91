"""Documents that are made from the code: `python -m tests.architecture.documents` writes them.

docs/flow.md draws the state tables; docs/trust.md lists what must hold and the tests that hold it.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from readerstudy.adjudication.states import ADJUDICATION_TRANSITIONS
from readerstudy.conduct.states import OVERRIDE_TRANSITIONS, READER_PERIOD_TRANSITIONS
from readerstudy.exams.states import EXAM_TRANSITIONS
from readerstudy.predictions.states import RUN_TRANSITIONS
from readerstudy.preparation.states import CALIBRATION_TRANSITIONS
from readerstudy.queries.states import QUERY_TRANSITIONS
from readerstudy.reads.states import READ_TRANSITIONS
from readerstudy.studies.states import STUDY_TRANSITIONS

ROOT = Path(__file__).resolve().parent.parent.parent

TABLES: dict[str, Mapping[StrEnum, tuple[StrEnum, ...]]] = {
    "Exam": EXAM_TRANSITIONS,
    "Run of the mapping pipeline": RUN_TRANSITIONS,
    "Study": STUDY_TRANSITIONS,
    "Read": READ_TRANSITIONS,
    "One reader's period": READER_PERIOD_TRANSITIONS,
    "Override of a washout": OVERRIDE_TRANSITIONS,
    "Calibration of a reader": CALIBRATION_TRANSITIONS,
    "Report of a reader or question to one": QUERY_TRANSITIONS,
    "Adjudication of a lock's disagreements": ADJUDICATION_TRANSITIONS,
}

REQUIREMENTS: dict[int, str] = {
    1: "AI output is unreachable in the unaided arm through every route.",
    2: "What others said is unreachable through every route for who must not know it.",
    3: "An address captured in an assisted read opens for nobody else, and not afterwards.",
    4: "No byte of AI output stays in a reader's browser after a switch of arms.",
    5: "Arm and washout are computed on the server; nothing the client sends changes them.",
    6: "The washout is elapsed time since the last exposure, exact to the second.",
    7: "The order of cases is reproducible and concealed; only the next case is delivered.",
    8: "A protocol is frozen once the study is open.",
    9: "The map that is shown is the one frozen at opening.",
    10: "Readers and cases that leave keep their data, flagged and left out by rule.",
    11: "A submitted read is immutable in the database, also for the application's own role.",
    12: "A correction is a new read with a reason beside the one handed in; both are exported.",
    13: "Of racing submissions exactly one wins; the others are told and lose nothing.",
    14: "The same submission sent twice leaves one record.",
    15: "Autosave survives a killed browser and an ended session; a partial read never counts as complete.",
    16: "A submission cut at any phase is stored once or not at all, and the page says which.",
    17: "Every stored answer survives export and re-import; an export repeats byte for byte.",
    18: "Statistics recomputed from the export by an independent tool equal the report.",
    19: "Audit rows live and die with the change they tell of; raw SQL is caught too.",
    20: "The audit trail is append-only and its hash chain finds edits, deletions, reordering, cut tails.",
    21: "An event tells who, when, from where and what; what was shown of a map bears its time.",
    22: "Refused sign-ins, refused access, downloads and refused uploads are kept; no log holds an answer.",
    23: "A killed worker's job ends exactly once in effect; no half result is visible.",
    24: "A job that always fails ends as failed, and the queue moves on.",
    25: "Reading goes on without the queue; jobs are published later.",
    29: "A model server that is down, slow or wrong fails the job with its reason.",
    33: "Migrations bring forward what was read under an earlier release.",
    35: "Every file of the corpus of bad DICOM gets its verdict, in bounded time and memory.",
    36: "Bombs are refused before anything is allocated.",
    37: "No name or UID from an upload is ever used in a path.",
    38: "Duplicates are no-ops; the same UID with other pixels is refused and noted.",
    39: "Series that contradict themselves or each other are refused with the reason.",
    40: "Hostile text in headers breaks nothing.",
    41: "Emitted segmentations are valid, consistent with their images, and complete.",
    42: "Uploaded bytes never reach a viewer or store unrewritten.",
    43: "None of the planted identifiers survives de-identification, byte by byte.",
    45: "UIDs and pseudonyms are remapped consistently under the installation's key: two installations "
    "can't be linked; studies of one can (docs/adr/0005-pseudonyms.md).",
    46: "Images with declared or undeclared burned-in text wait for a person.",
}


def flow_page() -> str:
    """docs/flow.md as text."""
    parts = ["# States\n\nDrawn from the transition tables in `readerstudy/*/states.py` by `make docs`.\n"]
    for name, table in TABLES.items():
        lines = [f"## {name}\n", "```mermaid", "stateDiagram-v2", f"    [*] --> {_node(next(iter(table)))}"]
        for state, followers in table.items():
            lines += [f"    {_node(state)} --> {_node(follower)}" for follower in followers]
            if not followers:
                lines.append(f"    {_node(state)} --> [*]")
        parts.append("\n".join([*lines, "```\n"]))
    return "\n".join(parts)


def _node(state: StrEnum) -> str:
    return re.sub(r"\W", "_", state.value)


def trust_tests() -> dict[int, list[str]]:
    """Requirement number to the tests that bear it in their names."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for name, number in re.findall(r"def (test_trust_(\d+)_\w+)", path.read_text()):
            found[int(number)].append(f"`{path.relative_to(ROOT)}::{name}`")
    return found


def trust_page() -> str:
    """docs/trust.md as text."""
    found = trust_tests()
    rows = [f"| {n} | {REQUIREMENTS[n]} | {'<br>'.join(found[n])} |" for n in sorted(found)]
    head = (
        "# What must hold, and the tests that hold it\n\nMade from the names of the tests by `make docs`.\n"
    )
    return "\n".join([head, "| | requirement | tests |", "|---|---|---|", *rows]) + "\n"


if __name__ == "__main__":
    (ROOT / "docs/flow.md").write_text(flow_page())
    (ROOT / "docs/trust.md").write_text(trust_page())
