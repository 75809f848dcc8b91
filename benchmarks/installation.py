"""A running installation with a study to read, for the benchmarks of the reading room.

Run as a program it fills the installation of its environment: `python benchmarks/installation.py CASES`.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))
PASSWORD = "see-the-endplate"
READERS = ("reader-1", "reader-2", "reader-3")


@dataclass(frozen=True)
class Running:
    """Its address without a slash at the end, and what to sign in with."""

    url: str
    readers: tuple[str, ...] = READERS
    password: str = PASSWORD


@contextmanager
def reading_study(cases: int) -> Iterator[Running]:
    """The product's own web server with an open study of so many synthetic cases and three readers."""
    from readerstudy.demo.processes import Installation

    with tempfile.TemporaryDirectory(prefix="bench-") as folder, Installation(Path(folder) / "data") as here:
        here.manage("migrate", "--verbosity", "0")
        here.start_queue()
        subprocess.run(
            [sys.executable, __file__, str(cases)],
            env=os.environ | here.environment,
            check=True,
            cwd=REPOSITORY,
        )
        here.start_web()
        yield Running(here.url.rstrip("/"))


def fill(cases: int) -> None:
    """People, exams and an open study; maps are rows only, as the unaided first period asks for none."""
    import django

    django.setup()
    from inference.phantom import make_phantom, write_dicom
    from readerstudy.accounts.services import create_person
    from readerstudy.accounts.states import Role
    from readerstudy.exams import services as exams
    from readerstudy.studies import services as studies
    from tests import factories

    coordinator = create_person(username="coordinator", password=PASSWORD, role=Role.COORDINATOR)
    readers = [create_person(username=name, password=PASSWORD, role=Role.READER) for name in READERS]
    taken = []
    for seed in range(1, cases + 1):
        phantom = make_phantom(seed)
        with tempfile.TemporaryDirectory() as folder:
            write_dicom(phantom, Path(folder))
            exam = exams.ingest_path(path=Path(folder), actor=coordinator, synthetic=True).exams.get()
        points = phantom.truth.level_points_mm
        levels = [{"level": at.value, "body": None, "point_mm": list(points[at])} for at in points]
        exams.release_exam(
            actor=coordinator, exam_id=exam.pk, levels=levels, exclusions=[], looked_at_all=True
        )
        factories.make_map(exam)
        taken.append(exam)
    study = studies.create_study(actor=coordinator, name="A study to measure with")
    studies.set_cases(actor=coordinator, study=study, exams=taken)
    studies.enrol_readers(actor=coordinator, study=study, readers=readers)
    studies.open_study(actor=coordinator, study=study)


if __name__ == "__main__":
    fill(int(sys.argv[1]))
