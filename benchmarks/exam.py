"""One exam from DICOM on disk to all outputs: `python benchmarks/exam.py [T1_DIR T2_DIR]`.

Runs `python -m inference map` against an embedded model server of its own and prints CPU-seconds (user and
system, children included) of each stage, of the model server, which is the networks' forward passes, and of
all together. Then the same exam is mapped and written again in a process that has done so before, as a
worker has. Without arguments it maps a synthetic phantom.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

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


def running_children_cpu_s() -> float:
    """CPU-seconds spent so far by every running child of this process: the model server."""
    return sum(sum(child.cpu_times()[:2]) for child in psutil.Process().children(recursive=True))


def ended_children_cpu_s() -> float:
    """CPU-seconds of every child that has ended, its own children included."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def own_cpu_s() -> float:
    """CPU-seconds of this process alone."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def command(t1: Path, t2: Path, out: Path, address: str) -> tuple[float, float]:
    """CPU-seconds of the command and of the model server meanwhile."""
    server, ended = running_children_cpu_s(), ended_children_cpu_s()
    asked = [sys.executable, "-m", "inference", "map", str(t1), str(t2), "--out", str(out)]
    done = subprocess.run([*asked, "--server", address], cwd=REPOSITORY, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-500:])
    return ended_children_cpu_s() - ended, running_children_cpu_s() - server


def warm(t1: Path, t2: Path, out: Path, address: str) -> tuple[float, float]:
    """The same of mapping and writing alone, in this process, the second time."""
    first, second = load_series(t1), load_series(t2)
    settings = MapSettings.beside(WEIGHTS, t2_fat_suppressed=second.fat_suppressed)
    found = []
    with served_networks(address, deadline_s=600.0, weights=WEIGHTS) as (localizer, detector):
        for _ in range(1 + TIMES):
            server, own = running_children_cpu_s(), own_cpu_s()
            result = map_exam(
                first.volume, second.volume, localizer=localizer, detector=detector, settings=settings
            )
            write_exam(result, out, layout_of(first.volume), first.sources)
            found.append((own_cpu_s() - own, running_children_cpu_s() - server))
    return min(found[1:])


def tell(what: str, own: float, networks: float) -> None:
    print(f"{what:<44} {own:5.2f} + networks {networks:5.2f} = {own + networks:5.2f} CPU-s,", end=" ")
    print(f"{(own + networks) / networks:.2f} times the networks", flush=True)


def main() -> None:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as name, model_server() as address:
        folder = Path(name)
        if len(sys.argv) == 3:
            t1, t2 = Path(sys.argv[1]), Path(sys.argv[2])
        else:
            write_dicom(make_phantom(7), folder)
            t1, t2 = folder / "sag_t1", folder / "sag_t2"
        out = folder / "out"
        own, networks = min(command(t1, t2, out, address) for _ in range(TIMES))
        print("stage          CPU-s   wall s (of the last run)")
        for stage, seconds in json.loads((out / "run.json").read_text())["timings"].items():
            print(f"{stage:<14} {seconds['cpu_s']:5.2f} {seconds['wall_s']:8.2f}")
        tell("the command, from its start to all outputs", own, networks)
        tell("mapped and written in a warm process", *warm(t1, t2, out, address))


if __name__ == "__main__":
    main()
