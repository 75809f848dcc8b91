"""The child's side of intake: one job a line on standard input, one answer a line on standard output.

    {"op": "unpack", "path": …, "folder": …}        → {"files": […]} or {"code", "reason"}
    {"op": "accept", "path": …, "folder": …, "name"} → {"facts": […]} or {"code", "reason"}

The first line is {"key": hex}. Nothing that a file says is printed, logged or kept but its facts.
"""

import json
import logging
import os
import resource
import sys
import warnings
from pathlib import Path
from typing import Any, TextIO

import pydicom

from inference.dicom.acceptance import accept
from inference.dicom.archive import unpack
from inference.dicom.deidentify import deidentified, save
from inference.dicom.facts import facts_of
from inference.dicom.uids import Keyed
from inference.dicom.verdicts import Code, Limits, RefusedFile


def _answer(job: dict[str, Any], keyed: Keyed) -> dict[str, Any]:
    """Do one job; a refusal is an answer."""
    try:
        if job["op"] == "unpack":
            return {"files": [str(path) for path in unpack(Path(job["path"]), Path(job["folder"]))]}
        return {"facts": _accepted(Path(job["path"]), Path(job["folder"]), job["name"], keyed)}
    except RefusedFile as refused:
        return {"code": refused.code, "reason": refused.reason}
    except MemoryError:
        return {"code": Code.RESOURCES, "reason": "The file needs more memory than it may take."}


def _accepted(path: Path, folder: Path, name: str, keyed: Keyed) -> list[dict[str, Any]]:
    """Accept one file and leave its frames, de-identified, in the folder."""
    if path.stat().st_size > Limits().file_bytes:
        raise RefusedFile(Code.TOO_LARGE, "The file is larger than an MR image can be.")
    found = []
    for index, picture in enumerate(accept(path.read_bytes())):
        facts = facts_of(picture, index, f"{name}-{index:04d}.dcm", keyed)
        save(deidentified(picture, facts, index, keyed), folder / facts.file)
        found.append(facts.to_json())
    return found


def _quiet() -> TextIO:
    """Keep the real standard output for answers; libraries write into the void."""
    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    void = os.open(os.devnull, os.O_WRONLY)
    os.dup2(void, 1)
    os.dup2(void, 2)
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    return answers


def main() -> None:
    """Serve jobs until standard input ends."""
    answers = _quiet()
    settings = json.loads(sys.stdin.readline())
    keyed = Keyed(bytes.fromhex(settings["key"]))
    for line in sys.stdin:
        job = json.loads(line)
        used = resource.getrusage(resource.RUSAGE_SELF)
        seconds = int(used.ru_utime + used.ru_stime) + int(job["cpu_s"]) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
        try:
            answer = _answer(job, keyed)
        except Exception:
            answer = {"code": Code.STRUCTURE, "reason": "The file can't be read; export it again."}
        answers.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
