"""The demonstration's story: the paper's experiment in miniature, on synthetic exams.

One study was read by simulated readers, waited out its washout and is locked with its report; another is
open in its first period for whoever sits down. The story is lived through the ordinary services while the
demo's clock moves from some weeks ago to now.
"""

import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from annotations.vocabulary import Level
from inference.phantom.phantom import Phantom, make_phantom
from inference.phantom.write import write_dicom
from readerstudy.accounts import services as accounts
from readerstudy.accounts.models import User
from readerstudy.accounts.states import ROLE_LABELS, Role
from readerstudy.common import clock
from readerstudy.common.clock import offset_file as clock_file
from readerstudy.demo.robots import Skill, Truth, read_everything
from readerstudy.exams import services as exams
from readerstudy.exams.models import Exam
from readerstudy.predictions.models import Run
from readerstudy.predictions.states import RunState
from readerstudy.reports import policies as report_policies
from readerstudy.reports import services as reports
from readerstudy.reports.truth import render_truth
from readerstudy.studies import protocol
from readerstudy.studies import services as studies
from readerstudy.studies.models import Study

Say = Callable[[str], object]

PASSWORD = "see-the-endplate"
PEOPLE: tuple[tuple[str, Role], ...] = (
    ("coordinator", Role.COORDINATOR),
    ("reader-1", Role.READER),
    ("reader-2", Role.READER),
    ("reader-3", Role.READER),
    ("adjudicator", Role.ADJUDICATOR),
    ("statistician", Role.STATISTICIAN),
    ("auditor", Role.AUDITOR),
    ("administrator", Role.ADMINISTRATOR),
)
SIGN_INS = tuple((name, ROLE_LABELS[role]) for name, role in PEOPLE)
LOCKED_CASES = 12
OPEN_CASES = 5
BEGINS = timedelta(days=-60)
SKILLS = {
    1: Skill(seen=0.90, invented=0.04, typed=0.90, trust=0.0),
    2: Skill(seen=0.75, invented=0.08, typed=0.80, trust=0.55),
    3: Skill(seen=0.62, invented=0.12, typed=0.70, trust=0.65),
}
"""Of simulated readers 1 to 3; the first is the baseline."""
TRUTH_SOURCE = (
    "The labels that the synthetic exams were drawn with: known because they were made, before anyone read."
)

_BODY_REACH_MM = 12.0
_PATIENCE_S = 900


class NotADemo(RuntimeError):
    """A data directory whose contents are not the demonstration's to remove."""


def is_told() -> bool:
    """Whether this data directory holds the whole story."""
    return _marker().exists()


def begin() -> None:
    """Make this data directory ready for the story, and remove what an interrupted telling left behind.

    Raises NotADemo, and touches nothing, where the directory holds an installation that never was one.
    """
    folder = Path(settings.DATA_DIR)
    kept = [*folder.glob("readerstudy.sqlite3*"), folder / "media", clock_file()]
    left_behind = [*kept, *(folder / "uploads").glob("*")]
    begun = folder / "story-begun"
    if not begun.exists() and any(item.exists() for item in kept):
        raise NotADemo(
            f"{folder} holds an installation that is no demonstration: name another folder with --data-dir."
        )
    for item in left_behind:
        shutil.rmtree(item) if item.is_dir() else item.unlink(missing_ok=True)
    begun.touch()


def tell(say: Say) -> None:
    """Live the story once; a data directory that holds it is left as it is."""
    if is_told():
        return
    began = time.monotonic()
    clock.begin(BEGINS)
    people = {name: _person(name, role) for name, role in PEOPLE}
    robots = [_person(f"simulated-reader-{i}", Role.READER, secrets.token_urlsafe(24)) for i in SKILLS]
    coordinator = people["coordinator"]
    cases = _take_in_exams(coordinator, say)
    truths = {exam.pseudonym: phantom.truth.labels for exam, phantom in cases}
    released = [exam for exam, _ in cases]
    say("Simulated readers read the first study, wait four weeks and read again ...")
    _locked_study(coordinator, released, robots, truths)
    clock.advance(-clock.offset())
    readers = [people[f"reader-{i}"] for i in (1, 2, 3)]
    _open_study(coordinator, released[:OPEN_CASES], readers)
    _marker().touch()
    say(f"Story told in {time.monotonic() - began:.0f} s.")


def _marker() -> Path:
    return Path(settings.DATA_DIR) / "story-told"


def _person(name: str, role: Role, password: str = PASSWORD) -> User:
    return accounts.create_person(username=name, password=password, role=role)


def _take_in_exams(coordinator: User, say: Say) -> list[tuple[Exam, Phantom]]:
    """Draw phantoms, take them in as DICOM, let the worker map them, release them."""
    taken = []
    for number in range(1, LOCKED_CASES + 1):
        say(f"Synthetic exam {number} of {LOCKED_CASES}: drawing and taking in ...")
        phantom = make_phantom(seed=number)
        with tempfile.TemporaryDirectory() as folder:
            write_dicom(phantom, Path(folder))
            upload = exams.ingest_path(path=Path(folder), actor=coordinator, synthetic=True)
        exam = upload.exams.first()
        if exam is None:
            raise RuntimeError(f"The synthetic exam was refused: {' '.join(upload.findings)}")
        taken.append((exam, phantom))
    for number, (exam, phantom) in enumerate(taken, start=1):
        _wait_for_map(exam)
        _release(coordinator, exam, phantom)
        say(f"Exam {number} of {LOCKED_CASES}: mapped and released.")
    return taken


def _wait_for_map(exam: Exam) -> None:
    """Until the worker has mapped the exam; raises RuntimeError with its reason if it can't."""
    for _ in range(_PATIENCE_S * 2):
        run = Run.objects.filter(exam=exam).first()
        if run is not None and run.state == RunState.DONE:
            return
        if run is not None and run.state in (RunState.FAILED, RunState.CANCELLED):
            raise RuntimeError(f"The mapping of {exam.pseudonym} {run.state}: {run.error}")
        time.sleep(0.5)
    raise RuntimeError(f"The mapping of {exam.pseudonym} did not end in {_PATIENCE_S} s: see the logs.")


def _release(coordinator: User, exam: Exam, phantom: Phantom) -> None:
    """Confirm the names that are known because the exam was made."""
    exam.refresh_from_db()
    levels = [
        {"level": level.value, "body": _body_at(exam, point), "point_mm": list(point)}
        for level, point in sorted(
            phantom.truth.level_points_mm.items(), key=lambda item: list(Level).index(item[0])
        )
    ]
    exams.release_exam(actor=coordinator, exam_id=exam.pk, levels=levels, exclusions=[], looked_at_all=True)


def _body_at(exam: Exam, point: tuple[float, float, float]) -> int | None:
    """The number of the found body whose centre lies within reach of `point` (patient mm), if any."""
    for found in exam.proposed_levels:
        _, y, z = found["point_mm"]
        if abs(y - point[1]) < _BODY_REACH_MM and abs(z - point[2]) < _BODY_REACH_MM:
            return int(found["body"])
    return None


def _locked_study(
    coordinator: User, released: list[Exam], robots: list[User], truths: dict[str, Truth]
) -> Study:
    study = _opened(coordinator, "Simulated readers, 12 synthetic exams", released, robots)
    for period in (1, 2):
        for enrolment in study.enrolments.select_related("reader").all():
            clock.advance(timedelta(hours=3))
            read_everything(enrolment=enrolment, skill=SKILLS[enrolment.index], truths=truths, seed=20220301)
        if period == 1:
            clock.advance(timedelta(days=29))
    clock.advance(timedelta(days=1))
    reports.state_truth(
        study_id=study.pk, person=coordinator, data=_truth_file(truths).encode(), source=TRUTH_SOURCE
    )
    reports.lock_study(
        study_id=study.pk, person=coordinator, password=PASSWORD, meaning=report_policies.MEANINGS[0]
    )
    return study


def _truth_file(truths: dict[str, Truth]) -> str:
    """The phantoms' own labels as a coordinator would hand them in."""
    told = {
        (exam, site.level.value, site.half.value): int(label)
        for exam, labels in truths.items()
        for site, label in labels.items()
    }
    return render_truth(told)


def _open_study(coordinator: User, released: list[Exam], readers: list[User]) -> Study:
    return _opened(coordinator, "Read me: five synthetic exams", released, readers)


def _opened(coordinator: User, name: str, cases: list[Exam], readers: list[User]) -> Study:
    study = studies.set_up_study(
        actor=coordinator,
        study=None,
        name=name,
        exams=cases,
        readers=readers,
        document=protocol.make(),
    )
    return studies.open_study(actor=coordinator, study=study)
