"""A folder that appears whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

MARK = "report.json"


class FolderError(ValueError):
    """A folder that must not be written to; the message says what to do."""


def check_target(target: Path) -> None:
    """Raises FolderError where `target` is a file, or a folder that holds something else than a report."""
    if target.is_dir() and any(target.iterdir()) and not (target / MARK).is_file():
        raise FolderError(f"{target} holds other files: name a new folder, or an earlier report to replace.")
    if target.exists() and not target.is_dir():
        raise FolderError(f"{target} is a file: name a folder.")


def write_folder(target: Path, files: Mapping[str, bytes]) -> None:
    """Write the files (relative path to content) beside `target`, then put them there in one move.

    An earlier report is replaced as a whole. Raises FolderError as `check_target` does, and OSError.
    """
    check_target(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
        made, old = Path(scratch) / "new", Path(scratch) / "old"
        for name, content in files.items():
            path = made / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if target.exists():
            os.rename(target, old)
        try:
            os.rename(made, target)
        except OSError:
            if old.exists():
                os.rename(old, target)
            raise
        shutil.rmtree(old, ignore_errors=True)
