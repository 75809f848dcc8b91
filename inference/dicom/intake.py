"""From a folder, a zip or a file to de-identified images in a staging folder, and what was refused.

    result = receive(Path("upload.zip"), staging, Keyed(key))

Originals are only read, in a child process; what is left in `staging` holds nothing that identifies.
"""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from inference.dicom.child import Child, ChildLimits
from inference.dicom.facts import Facts
from inference.dicom.uids import Keyed
from inference.dicom.verdicts import Code

_CLUTTER = ("DICOMDIR", ".DS_Store", "Thumbs.db", "desktop.ini")
_ZIP_SECONDS = 240.0
LONGEST_S = 1500.0
"""Bound of a whole upload, in seconds: one file is bounded in the child, thousands of slow ones are not."""
_TELL_EVERY_S = 1.0


@dataclass(frozen=True)
class Refusal:
    """A file that was not taken; `reason` never quotes the file or its name."""

    code: str
    reason: str


@dataclass
class Received:
    """images: facts of each accepted frame. refusals: one a refused file. refused: nothing may be used."""

    images: list[Facts] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    refused: Refusal | None = None

    def summary(self) -> list[str]:
        """Sentences for a coordinator: how many images, and each reason with its count."""
        lines = [f"{len(self.images)} images were read."] if self.images else []
        counted = Counter(refusal.reason for refusal in self.refusals)
        for reason, count in counted.most_common():
            lines.append(f"{count} file{'s' if count > 1 else ''}: {reason}")
        return lines


def receive(
    source: Path,
    staging: Path,
    keyed: Keyed,
    *,
    progress: Callable[[float], None] | None = None,
    limits: ChildLimits | None = None,
    longest_s: float = LONGEST_S,
    child: Child | None = None,
) -> Received:
    """Read everything under `source` in a child; de-identified frames are left in `staging`.

    child: one that runs already, of the same key; without it one of `limits` is started and ended.
    progress: called with 0..1 now and then. A refused archive refuses the whole upload, and so does one that
    takes longer than `longest_s` to read; a refused file does not, unless nothing is left.
    """
    result = Received()
    begun = told = time.monotonic()
    clean, scratch = staging / "clean", staging / "unpacked"
    clean.mkdir(parents=True, exist_ok=True)
    with Child(keyed, limits) if child is None else nullcontext(child) as reader:
        files = _files(source, scratch, reader)
        if isinstance(files, Refusal):
            result.refused = files
            return result
        for number, path in enumerate(files):
            now = time.monotonic()
            if now - begun > longest_s:
                result.refused = _too_long(longest_s)
                return result
            if progress is not None and now - told >= _TELL_EVERY_S:
                told = now
                progress(number / len(files))
            answer = reader.ask(
                {"op": "accept", "path": str(path), "folder": str(clean), "name": f"{number:06d}"}
            )
            if "facts" in answer:
                result.images += [Facts.from_json(facts) for facts in answer["facts"]]
            else:
                result.refusals.append(Refusal(answer["code"], answer["reason"]))
    if not result.images:
        result.refused = _nothing_left(result.refusals)
    return result


def is_clutter(name: str) -> bool:
    """Whether a file of this name comes with every folder and is no image: indexes and what systems leave."""
    last = name.rsplit("/", 1)[-1]
    return last in _CLUTTER or last.startswith("._")


def _files(source: Path, scratch: Path, child: Child) -> list[Path] | Refusal:
    """The plain files to read, in a stable order; links are not followed."""
    if source.is_dir():
        found = sorted(p for p in source.rglob("*") if p.is_file() and not p.is_symlink())
        return [p for p in found if not is_clutter(p.name)]
    with source.open("rb") as opened:
        packed = opened.read(4)[:2] == b"PK"
    if not packed:
        return [source]
    answer = child.ask(
        {"op": "unpack", "path": str(source), "folder": str(scratch)},
        wall_s=_ZIP_SECONDS,
        cpu_s=int(_ZIP_SECONDS),
    )
    if "files" not in answer:
        return Refusal(answer["code"], answer["reason"])
    return [Path(path) for path in answer["files"]]


def _too_long(longest_s: float) -> Refusal:
    return Refusal(
        Code.RESOURCES,
        f"Reading the upload took longer than {longest_s / 60:.0f} minutes. Upload one exam at a time, "
        "without other files.",
    )


def _nothing_left(refusals: list[Refusal]) -> Refusal:
    """One refusal for an upload of which no file was taken: the commonest reason."""
    if not refusals:
        return Refusal(Code.EMPTY, "There are no files in it: DICOM images are needed, or a zip of them.")
    (code, reason), _ = Counter((r.code, r.reason) for r in refusals).most_common(1)[0]
    return Refusal(code, f"No file could be taken. {reason}")
