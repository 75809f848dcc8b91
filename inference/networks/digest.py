"""What tells one set of weights from another."""

import hashlib
from pathlib import Path


def model_digest(folder: Path) -> str:
    """SHA-256 (hex) over names and contents of all files below a SavedModel's version folder, sorted by name.

    "" if there is no such folder (the weights lie on another machine).
    """
    if not folder.is_dir():
        return ""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
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
