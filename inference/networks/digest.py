"""What tells one set of weights from another."""

import hashlib
from pathlib import Path

EXTRA = "assets.extra"
"""What a server may want beside a model (warm-up records): no answer depends on it."""
TOLD = "weights-sha256"
"""Trailing metadata of an answer: the digest of the weights that gave it. TensorFlow Serving sends none."""


def model_digest(folder: Path) -> str:
    """SHA-256 (hex) over names and contents of all files of a SavedModel's version folder, sorted by name.

    Its `assets.extra` is left out. "" if there is no such folder (the weights lie on another machine).
    """
    if not folder.is_dir():
        return ""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.relative_to(folder).parts[0] == EXTRA:
            continue
        total.update(path.relative_to(folder).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def code_digest() -> str:
    """SHA-256 (hex) over the sources that read, map and write an exam: the code version of every result."""
    root = Path(__file__).parents[1]
    folders = [root.parent / "annotations", root / "dicom", root / "steps", root / "networks", root]
    total = hashlib.sha256()
    for path in sorted({path for folder in folders for path in folder.glob("*.py")}):
        total.update(path.relative_to(root.parent).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
