"""`evaluate report`: annotated exams, or phantoms, through the pipeline into one report."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from annotations.agreement.report.folder import check_target, write_folder
from inference.networks.base import Network, NetworkError
from inference.networks.digest import code_digest
from inference.pipeline import MapError, MapSettings
from inference.training.exams import AnnotatedExam, read_exams
from inference.training.judge.compare import Compared, compare
from inference.training.judge.document import report_files
from inference.training.judge.figures import figures
from inference.training.phantoms import phantom_exams
from inference.training.splits import Learned, learned


@dataclass(frozen=True)
class Wish:
    """What to judge and where to put it. exams: a folder, None for phantoms of the seeds.

    second: phantoms of the second appearance. runs, weights: where it is recorded from whom the networks
    learned; those patients are not judged.
    """

    out: Path
    exams: Path | None
    phantoms: range
    runs: Path | None
    made_on: date
    weights: Path | None = None
    second: bool = False


def write_report(
    wish: Wish,
    localizer: Network,
    detector: Network,
    settings: MapSettings,
    say: Callable[[str], None],
) -> None:
    """Judge all exams and write the report. ValueError where none is left or the folder holds other files."""
    check_target(wish.out)
    left_out: dict[str, str] = {}
    judged: list[Compared] = []
    synthetic = False
    known = learned(wish.runs, wish.weights)
    for exam in _allowed(wish, known, left_out):
        synthetic |= exam.synthetic
        try:
            judged.append(compare(exam, localizer, detector, settings))
        except (MapError, NetworkError, ValueError) as error:
            left_out[exam.name] = str(error).rstrip(".")
        say(f"{exam.name}: {left_out.get(exam.name, 'judged')}")
    found = figures(judged)
    facts = {
        f"{network.name} {network.version}": f"SHA-256 {network.digest}" for network in (localizer, detector)
    }
    facts |= {"Centroids": settings.centroids.source, "Code": f"SHA-256 {code_digest()}"}
    if wish.exams is None:
        which, seeds = "second" if wish.second else "first", wish.phantoms
        facts["Exams"] = f"phantoms of the {which} appearance, seeds {seeds[0]} to {seeds[-1]}"
    facts["Learned from"] = _told(known)
    say(facts["Learned from"])
    files = report_files(
        judged, found, left_out, facts, settings.centroids, wish.made_on, synthetic=synthetic
    )
    write_folder(wish.out, files)
    say(f"written to {wish.out}")


def _told(known: Learned) -> str:
    if not known.records:
        return "no record of training was found: whether a network has seen these patients is not known"
    return f"{len(known.persons)} persons, by {known.records} record(s); whoever of them is here is left out"


def _allowed(wish: Wish, known: Learned, left_out: dict[str, str]) -> Iterator[AnnotatedExam]:
    """The exams of whom nothing has learned; the others are noted."""
    exams: Sequence[AnnotatedExam] | Iterator[AnnotatedExam]
    exams = read_exams(wish.exams) if wish.exams else phantom_exams(wish.phantoms, second=wish.second)
    for exam in exams:
        if exam.person in known:
            left_out[exam.name] = "a network, or the centroids, learned from this patient"
        else:
            yield exam
