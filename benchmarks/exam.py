"""One exam from DICOM on disk to all outputs: `python benchmarks/exam.py [T1_DIR T2_DIR] [--slices 9 18 36]`.

Runs `python -m inference map` against an embedded model server of its own and prints CPU-seconds (user and
system, children included) of each stage, of the model server, which is the networks' forward passes, and of
all together, and the most memory that command and server held. Then the same exam is mapped and written again
in a process that has done so before, as a worker has; then copies of it with so many slices, left out or
repeated, by the command. Without arguments it maps a synthetic phantom.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from benchmarks.exam_copies import copied  # noqa: E402
from inference.dicom.load import load_series  # noqa: E402
from inference.export import write_exam  # noqa: E402
from inference.networks.embedded import WEIGHTS, model_server  # noqa: E402
from inference.networks.serving import served_networks  # noqa: E402
from inference.nifti import layout_of  # noqa: E402
from inference.phantom.phantom import make_phantom  # noqa: E402
from inference.phantom.write import write_dicom  # noqa: E402
from inference.pipeline import MapSettings, map_exam  # noqa: E402

TIMES = 3
"""The least of so many is told: the others were disturbed."""


@dataclass(frozen=True, order=True)
class Cost:
    """CPU-seconds besides the networks, of the networks, and the most bytes the command held at once."""

    own: float
    networks: float
    peak: int = 0


def server_cpu_s() -> float:
    """CPU-seconds spent so far by every running child of this process: the model server."""
    return sum(sum(child.cpu_times()[:2]) for child in psutil.Process().children(recursive=True))


def server_peak() -> int:
    """The most bytes that the model server has held so far."""
    (server,) = psutil.Process().children()
    (line,) = (s for s in Path(f"/proc/{server.pid}/status").read_text().splitlines() if "VmHWM" in s)
    return int(line.split()[1]) * 1024


def own_cpu_s() -> float:
    """CPU-seconds of this process alone."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def command(exam: tuple[Path, Path], out: Path, address: str) -> Cost:
    """What the command costs, the child that reads DICOM included."""
    before = server_cpu_s()
    asked = [sys.executable, "-m", "inference", "map", *map(str, exam), "--out", str(out)]
    with tempfile.TemporaryFile() as said:
        running = subprocess.Popen([*asked, "--server", address], cwd=REPOSITORY, stdout=said, stderr=said)
        _, status, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
        if running.returncode:
            said.seek(0)
            raise RuntimeError(said.read()[-500:].decode())
    return Cost(usage.ru_utime + usage.ru_stime, server_cpu_s() - before, usage.ru_maxrss * 1024)


def warm(exam: tuple[Path, Path], out: Path, address: str) -> Cost:
    """The same of mapping and writing alone, in this process, the second time."""
    first, second = (load_series(folder) for folder in exam)
    settings = MapSettings.beside(WEIGHTS, t2_fat_suppressed=second.fat_suppressed)
    found = []
    with served_networks(address, deadline_s=600.0, weights=WEIGHTS) as (localizer, detector):
        for _ in range(1 + TIMES):
            server, own = server_cpu_s(), own_cpu_s()
            result = map_exam(
                first.volume, second.volume, localizer=localizer, detector=detector, settings=settings
            )
            write_exam(result, out, layout_of(first.volume), first.sources)
            found.append(Cost(own_cpu_s() - own, server_cpu_s() - server))
    return min(found[1:])


def tell(what: str, cost: Cost) -> None:
    both = cost.own + cost.networks
    print(f"{what:<44} {cost.own:5.2f} + networks {cost.networks:5.2f} = {both:5.2f} CPU-s,", end=" ")
    print(f"{both / cost.networks:.2f} times the networks", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, metavar="T1_DIR T2_DIR")
    parser.add_argument("--slices", nargs="*", type=int, default=(), help="copies with so many slices too")
    options = parser.parse_args()
    if len(options.folders) not in (0, 2):
        parser.error("give T1_DIR and T2_DIR, or neither")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as name, model_server() as address:
        folder = Path(name)
        if options.folders:
            exam = options.folders[0], options.folders[1]
        else:
            write_dicom(make_phantom(7), folder)
            exam = folder / "sag_t1", folder / "sag_t2"
        out = folder / "out"
        cost = min(command(exam, out, address) for _ in range(TIMES))
        print("stage          CPU-s   wall s (of the last run)")
        for stage, seconds in json.loads((out / "run.json").read_text())["timings"].items():
            print(f"{stage:<14} {seconds['cpu_s']:5.2f} {seconds['wall_s']:8.2f}")
        tell("the command, from its start to all outputs", cost)
        print(f"most memory: command {cost.peak / 1e9:.2f} GB, model server {server_peak() / 1e9:.2f} GB")
        tell("mapped and written in a warm process", warm(exam, out, address))
        for slices in options.slices:
            copy = copied(exam, folder / f"slices{slices}", slices)
            cost = min(command(copy, out, address) for _ in range(TIMES))
            tell(f"the command, {slices} + {slices} slices", cost)
            each = (cost.own + cost.networks) / slices
            print(f"{each:.3f} CPU-s a slice, networks {cost.networks / slices:.3f}; most memory:", end=" ")
            print(f"command {cost.peak / 1e9:.2f} GB, model server {server_peak() / 1e9:.2f} GB", flush=True)


if __name__ == "__main__":
    main()
