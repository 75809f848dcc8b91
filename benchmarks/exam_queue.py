"""Ten queued exams: `python benchmarks/exam_queue.py [T1_DIR T2_DIR] [--exams 10] [--at-once 3]`.

So many `python -m inference map` at a time against one model server until all are mapped. Prints how busy
the cores were (CPU-seconds over cores times wall seconds; 1 is all of them all the time) and the most memory
that server and commands held together (proportional set size, asked four times a second). Without folders
every exam is another synthetic phantom. The first exam warms the server and is not counted.
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

from inference.networks.embedded import model_server  # noqa: E402
from inference.phantom.phantom import make_phantom  # noqa: E402
from inference.phantom.write import write_dicom  # noqa: E402


def cpu_s() -> float:
    """CPU-seconds of this process's running and ended children."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    running = psutil.Process().children(recursive=True)
    return ended.ru_utime + ended.ru_stime + sum(sum(child.cpu_times()[:2]) for child in running)


class Memory(threading.Thread):
    """The most bytes that all children held together, until `stop`."""

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

    def stop(self) -> int:
        self._over.set()
        self.join()
        return self.most


def mapped(series: tuple[Path, Path], out: Path, address: str) -> None:
    """Map one exam by the command."""
    command = [sys.executable, "-m", "inference", "map", *map(str, series), "--out", str(out)]
    done = subprocess.run(
        [*command, "--server", address, "--deadline-s", "600"], cwd=REPOSITORY, capture_output=True, text=True
    )
    if done.returncode or not (out / "run.json").is_file():
        raise RuntimeError(done.stderr[-500:])


def exams(folders: list[Path], count: int, made: Path) -> list[tuple[Path, Path]]:
    """T1 and T2 of every exam: the one given, so many times, or phantoms."""
    if folders:
        return [(folders[0], folders[1])] * count
    for seed in range(count):
        write_dicom(make_phantom(seed + 1), made / str(seed))
    return [(made / str(seed) / "sag_t1", made / str(seed) / "sag_t2") for seed in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="T1_DIR T2_DIR")
    parser.add_argument("--exams", type=int, default=10)
    parser.add_argument("--at-once", type=int, default=3)
    options = parser.parse_args()
    if len(options.folders) not in (0, 2):
        parser.error("give T1_DIR and T2_DIR, or neither")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as name, model_server() as address:
        folder = Path(name)
        queue = exams(options.folders, options.exams, folder)
        mapped(queue[0], folder / "first", address)
        memory = Memory()
        memory.start()
        before, began = cpu_s(), time.perf_counter()
        with ThreadPoolExecutor(options.at_once) as pool:
            list(pool.map(lambda n: mapped(queue[n], folder / f"out{n}", address), range(len(queue))))
        used, wall = cpu_s() - before, time.perf_counter() - began
        most, cores = memory.stop(), psutil.cpu_count() or 1
    print(f"{len(queue)} exams, {options.at_once} at a time: {wall:.1f} s, {used:.1f} CPU-s,", end=" ")
    print(f"{used / (cores * wall):.2f} of {cores} cores; {most / 1e9:.2f} GB at most")


if __name__ == "__main__":
    main()
