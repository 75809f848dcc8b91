"""Files that a killed process left behind."""

import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path


def untouched(folder: Path, *, age: timedelta) -> Iterator[Path]:
    """What lies directly in `folder` and in which nothing was written for `age`.

    By the machine's own time, as files are: a demonstration's clock may stand weeks ahead of them.
    """
    limit = time.time() - age.total_seconds()
    for entry in folder.iterdir() if folder.is_dir() else ():
        inside = entry.rglob("*") if entry.is_dir() else ()
        try:
            newest = max(path.lstat().st_mtime for path in (entry, *inside))
        except FileNotFoundError:
            continue
        if newest < limit:
            yield entry


def remove(entry: Path) -> None:
    """Remove a file or a folder with all it holds; one that is gone already is no error."""
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry, ignore_errors=True)
    else:
        entry.unlink(missing_ok=True)
