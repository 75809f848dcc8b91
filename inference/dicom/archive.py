"""Unpack an uploaded zip: names of our own, every bound checked, nothing followed."""

import stat
import zipfile
from pathlib import Path, PurePosixPath

from inference.dicom.verdicts import ArchiveLimits, Code, RefusedFile

_CHUNK = 2**20
_CLUTTER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


def unpack(archive: Path, folder: Path, limits: ArchiveLimits | None = None) -> list[Path]:
    """Write the archive's files to `folder` as 000000, 000001, … and return their paths.

    Raises RefusedFile for paths that leave the archive, links, encryption, doubled names, nested archives,
    damaged entries, and for more entries, bytes or a higher ratio than the limits allow. On refusal nothing
    of it should be used; the caller removes the folder.
    """
    bounds = limits or ArchiveLimits()
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = _checked(opened.infolist(), bounds)
            return _written(opened, entries, folder, bounds)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise RefusedFile(Code.ARCHIVE, "The zip archive is damaged; make it again.") from None


def _refuse(sentence: str) -> RefusedFile:
    return RefusedFile(Code.ARCHIVE, sentence)


def _checked(entries: list[zipfile.ZipInfo], limits: ArchiveLimits) -> list[zipfile.ZipInfo]:
    """The entries that are files, after all that the directory states has been checked."""
    if len(entries) > limits.entries:
        raise _refuse(f"The archive has more than {limits.entries} entries; upload one exam at a time.")
    names: set[str] = set()
    for entry in entries:
        _check_name(entry)
        folded = entry.filename.casefold()
        if folded in names:
            raise _refuse("The archive holds two entries of the same name; make it again.")
        names.add(folded)
    files = [entry for entry in entries if not entry.is_dir() and not _is_clutter(entry.filename)]
    if sum(1 for entry in files if entry.file_size == 0) > limits.empty_entries:
        raise _refuse("The archive is full of empty entries; upload the exam itself.")
    total = sum(entry.file_size for entry in files)
    packed = sum(entry.compress_size for entry in files)
    if total > limits.unpacked_bytes:
        raise _refuse(f"The archive unpacks to more than {limits.unpacked_bytes // 2**30} GB.")
    for size, small in [(total, packed), *((entry.file_size, entry.compress_size) for entry in files)]:
        if size > limits.ratio_from_bytes and size > limits.ratio * max(small, 1):
            raise _refuse("The archive unpacks to far more than it holds (a zip bomb); it is not opened.")
    return files


def _check_name(entry: zipfile.ZipInfo) -> None:
    """No path out of the archive, no links or devices, no encryption."""
    name = entry.orig_filename
    parts = PurePosixPath(name).parts
    if name.startswith("/") or "\\" in name or ".." in parts or (len(name) > 1 and name[1] == ":"):
        raise _refuse("The archive holds a path that leads out of it; make it again from the exam's folder.")
    if any(ord(character) < 32 for character in name):
        raise _refuse("The archive holds a name with control characters; make it again.")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refuse("The archive holds a link or a device; make it again with plain files.")
    if entry.flag_bits & 0x1:
        raise _refuse("The archive is encrypted; upload it without a password.")


def _is_clutter(name: str) -> bool:
    """Files that operating systems leave behind."""
    parts = PurePosixPath(name).parts
    return any(part in _CLUTTER or part.startswith("._") for part in parts)


def _written(
    opened: zipfile.ZipFile, entries: list[zipfile.ZipInfo], folder: Path, limits: ArchiveLimits
) -> list[Path]:
    """Unpack chunk by chunk, counting what really comes out; the CRC is checked at each entry's end."""
    folder.mkdir(parents=True, exist_ok=True)
    paths, total = [], 0
    for number, entry in enumerate(entries):
        path = folder / f"{number:06d}"
        with opened.open(entry) as source, path.open("wb") as target:
            first = True
            while chunk := source.read(_CHUNK):
                if first and chunk[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
                    raise _refuse("The archive holds another archive; unpack it and upload the exam itself.")
                first = False
                total += len(chunk)
                if total > limits.unpacked_bytes:
                    raise _refuse("The archive unpacks to more than it states; it is not opened.")
                target.write(chunk)
        paths.append(path)
    return paths
