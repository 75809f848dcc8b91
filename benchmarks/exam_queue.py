"""Ten queued exams: `python benchmarks/exam_queue.py [T1_DIR T2_DIR] [--exams 10] [--at-once 3]`.

So many `python -m inference map` at a time against one model server until all are mapped; with --application
the exams are taken in instead, and the application's own worker maps them from its own queue (the embedded
ones; `python -m tests.postgres run` before it takes PostgreSQL). Prints how busy the cores were (CPU-seconds
over cores times wall seconds; 1 is all of them all the time, on a machine that does nothing else) and the
most memory that all processes held together (proportional set size, asked four times a second). The first
exam warms the server and is not counted. Without folders every exam is another synthetic phantom.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from benchmarks.exam_copies import copied  # noqa: E402
from inference.networks.embedded import model_server  # noqa: E402
from inference.phantom.phantom import make_phantom  # noqa: E402
from inference.phantom.write import write_dicom  # noqa: E402
from readerstudy.demo.processes import Installation  # noqa: E402

Exam = tuple[Path, Path]


def cpu_s() -> float:
    """CPU-seconds of this process's running and ended children."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    running = psutil.Process().children(recursive=True)
    return ended.ru_utime + ended.ru_stime + sum(sum(child.cpu_times()[:2]) for child in running)


class Use(threading.Thread):
    """CPU-seconds and wall seconds of all children, and the most bytes they held together, in a block."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most, self._over = 0, threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.25):
            held = 0
            for child in psutil.Process().children(recursive=True):
                try:
                    held += child.memory_full_info().pss
                except psutil.Error:
                    continue
            self.most = max(self.most, held)

    def __enter__(self) -> "Use":
        self._cpu, self._began = cpu_s(), time.perf_counter()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu, self.wall = cpu_s() - self._cpu, time.perf_counter() - self._began
        self._over.set()
        self.join()

    def __str__(self) -> str:
        cores = psutil.cpu_count() or 1
        share = f"{self.cpu / (cores * self.wall):.2f} of {cores} cores"
        return f"{self.wall:.1f} s, {self.cpu:.1f} CPU-s, {share}; {self.most / 1e9:.2f} GB at most"


def mapped(series: Exam, out: Path, address: str) -> None:
    """Map one exam by the command."""
    command = [sys.executable, "-m", "inference", "map", *map(str, series), "--out", str(out)]
    done = subprocess.run(
        [*command, "--server", address, "--deadline-s", "600"], cwd=REPOSITORY, capture_output=True, text=True
    )
    if done.returncode or not (out / "run.json").is_file():
        raise RuntimeError(done.stderr[-500:])


def by_commands(queue: list[Exam], folder: Path, at_once: int) -> Use:
    """So many commands at a time."""
    with model_server() as address:
        mapped(queue[0], folder / "first", address)
        with Use() as use, ThreadPoolExecutor(at_once) as pool:
            list(pool.map(lambda n: mapped(queue[n], folder / f"out{n}", address), range(len(queue))))
    return use


def by_application(queue: list[Exam], folder: Path, taken_in: Path) -> Use:
    """Queue, model server and worker of an installation; the worker starts when all exams wait."""
    with Installation(folder / "data") as here:
        os.environ.update(here.environment)
        here.manage("migrate", "--verbosity", "0")
        here.start_queue()
        here.start_model_server()
        mapped(queue[0], folder / "first", here.environment["READERSTUDY_MODEL_SERVER_ADDRESS"])
        here.manage("ingest", str(taken_in))
        with Use() as use:
            here.start_worker()
            wait_until_mapped(len(queue))
    return use


def wait_until_mapped(count: int) -> None:
    """Until the environment's installation has mapped so many exams. Raises RuntimeError if one fails."""
    import django

    django.setup()
    from readerstudy.predictions.models import Run
    from readerstudy.predictions.states import RunState

    if (waiting := Run.objects.count()) != count:
        raise RuntimeError(f"{waiting} exams wait to be mapped where {count} should")
    while Run.objects.filter(state=RunState.DONE).count() < count:
        if failed := Run.objects.filter(state=RunState.FAILED).first():
            raise RuntimeError(failed.error)
        time.sleep(0.5)


def exams(folders: list[Path], count: int, made: Path) -> list[Exam]:
    """T1 and T2 of so many exams: copies of the one given, or phantoms."""
    if folders:
        return [copied((folders[0], folders[1]), made / str(n)) for n in range(count)]
    for seed in range(count):
        write_dicom(make_phantom(seed + 1), made / str(seed))
    return [(made / str(seed) / "sag_t1", made / str(seed) / "sag_t2") for seed in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, metavar="T1_DIR T2_DIR")
    parser.add_argument("--exams", type=int, default=10)
    parser.add_argument("--at-once", type=int, default=3, help="commands")
    parser.add_argument("--application", action="store_true", help="by worker and queue, two at a time")
    options = parser.parse_args()
    if len(options.folders) not in (0, 2):
        parser.error("give T1_DIR and T2_DIR, or neither")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as name:
        folder, made = Path(name), Path(name) / "exams"
        queue = exams(options.folders, options.exams, made)
        if options.application:
            print(f"{len(queue)} exams, the worker's two at a time: {by_application(queue, folder, made)}")
        else:
            use = by_commands(queue, folder, options.at_once)
            print(f"{len(queue)} exams, {options.at_once} at a time: {use}")


if __name__ == "__main__":
    main()
