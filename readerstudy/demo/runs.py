"""Simulations that are begun from the protocol editor of a demonstration.

Each runs as processes of its own in a scratch installation and sees of this one the protocol alone. What it
tells and leaves is in a folder of the data directory.
"""

import os
import shutil
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from readerstudy.accounts.models import User
from readerstudy.audit import services as audit
from readerstudy.common import clock
from readerstudy.common.errors import Conflict, NotThere
from readerstudy.demo import policies
from readerstudy.demo.processes import REPOSITORY
from readerstudy.demo.watching import DONE, ENDED, FAILED, PROGRESS, STOP, read, write
from readerstudy.studies.models import Study
from readerstudy.studies.selectors import protocol_of
from readerstudy.studies.states import StudyState

LEFT = ("report.html", "report.json", "readings.csv", "protocol.json", "simulation.json")
"""The files that a simulation leaves, by the names they are handed out under."""
_WISH, _PROCESS, _OUT = "wish.json", "process", "out"


@dataclass(frozen=True)
class Run:
    """One simulation: what was wished, how far it is, and how it ended ("" while it runs)."""

    key: UUID
    folder: Path
    begun_at: str
    wish: dict[str, Any]
    ended: str
    words: str
    stage: str
    done: int
    total: int

    @property
    def running(self) -> bool:
        return not self.ended

    @property
    def summary(self) -> dict[str, Any]:
        """What it left; empty until it is done."""
        return read(self.folder / _OUT / "simulation.json") if self.ended == DONE else {}

    def file(self, name: str) -> bytes:
        """One of the files it left. Raises NotThere."""
        if name not in LEFT or self.ended != DONE:
            raise NotThere
        return (self.folder / _OUT / name).read_bytes()


def _home(study: Study) -> Path:
    return Path(settings.DATA_DIR) / "simulations" / str(study.pk)


def runs_of(study: Study) -> list[Run]:
    """Every simulation of this draft, the latest first."""
    folders = [folder for folder in _home(study).glob("*") if (folder / _WISH).exists()]
    runs = [_run(folder) for folder in folders]
    return sorted(runs, key=lambda run: (run.begun_at, str(run.key)), reverse=True)


def run_of(study: Study, key: UUID) -> Run:
    """One of them. Raises NotThere."""
    folder = _home(study) / str(key)
    if not (folder / _WISH).exists():
        raise NotThere
    return _run(folder)


def _run(folder: Path) -> Run:
    wish, told, end = (read(folder / name) for name in (_WISH, PROGRESS, ENDED))
    if not end and not _is_alive(folder):
        end = read(folder / ENDED) or {"how": FAILED, "words": "Its process is gone: begin it again."}
    return Run(
        key=UUID(folder.name),
        folder=folder,
        begun_at=wish.pop("begun_at"),
        wish=wish,
        ended=end.get("how", ""),
        words=end.get("words", ""),
        stage=told.get("stage", "Preparing a scratch installation"),
        done=told.get("done", 0),
        total=told.get("total", 0),
    )


def _is_alive(folder: Path) -> bool:
    """Whether its process is there; one that is about to be started is."""
    path = folder / _PROCESS
    if not path.exists():
        return True
    number = int(path.read_text())
    try:
        return os.waitpid(number, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return Path(f"/proc/{number}").exists()


@transaction.atomic
def begin(*, actor: User, study: Study, wish: dict[str, Any]) -> UUID:
    """Have robots read a copy of a draft's protocol. wish: cases, accuracy, trust, drop_out, studies, seed.

    Raises Conflict outside a demonstration, for a study that is open, where people are enrolled, and while
    another simulation runs; who begins one waits for whoever else is beginning one.
    """
    audit.hold_chain()
    study = Study.objects.select_for_update().get(pk=study.pk)
    policies.check_can_simulate(
        is_demo=clock.can_be_moved(),
        state=StudyState(study.state),
        people=study.enrolments.count(),
        running=any(run.running for one in Study.objects.all() for run in runs_of(one)),
    )
    key, stated = uuid.uuid4(), protocol_of(study)
    folder = _home(study) / str(key)
    audit.record(
        actor=actor,
        action="simulation.begun",
        target=study,
        study_id=study.pk,
        after={"simulation": str(key), "protocol_sha256": stated.sha256, **wish},
    )
    folder.mkdir(parents=True)
    write(folder / "protocol.json", stated.document)
    write(folder / _WISH, {**wish, "begun_at": clock.now().isoformat()})
    transaction.on_commit(lambda: _start(folder, wish))
    return key


def _start(folder: Path, wish: dict[str, Any]) -> None:
    """As a session of its own, so that it can be ended as a whole and outlives the request."""
    options = [f"--{name.replace('_', '-')}={value}" for name, value in wish.items()]
    command = [sys.executable, str(REPOSITORY / "manage.py"), "simulate", str(folder / "protocol.json")]
    with (folder / "log.txt").open("wb") as log:
        started = subprocess.Popen(
            [*command, *options, f"--out={folder / _OUT}", f"--watch={folder}"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=REPOSITORY,
            start_new_session=True,
        )
    (folder / _PROCESS).write_text(str(started.pid))


@transaction.atomic
def stop(*, actor: User, study: Study, key: UUID) -> None:
    """Ask a simulation to stop: it does before its next case. Raises NotThere, Conflict once it has ended."""
    run = run_of(study, key)
    if not run.running:
        raise Conflict(f"This simulation has ended ({run.ended}).", code="ended")
    (run.folder / STOP).touch()
    audit.record(
        actor=actor,
        action="simulation.stopped",
        target=study,
        study_id=study.pk,
        after={"simulation": str(key), "reads": run.done},
    )


def forget(study: Study) -> None:
    """Delete what simulations of a draft left. Raises Conflict while one runs."""
    if any(run.running for run in runs_of(study)):
        raise Conflict("A simulation of this draft is running: stop it first.", code="running")
    home = _home(study)
    transaction.on_commit(lambda: shutil.rmtree(home, ignore_errors=True))
