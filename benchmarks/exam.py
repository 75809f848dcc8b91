"""One exam from DICOM on disk to all outputs: `python benchmarks/exam.py [T1_DIR T2_DIR]`.

Runs `python -m inference map` against an embedded model server of its own and prints CPU-seconds of
each stage and the share of the model server, which is the networks' forward passes. Without arguments
it maps a synthetic phantom.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from inference.networks.embedded import model_server  # noqa: E402
from inference.phantom.phantom import make_phantom  # noqa: E402
from inference.phantom.write import write_dicom  # noqa: E402


def children_cpu_s() -> float:
    """CPU-seconds spent so far by every running child of this process."""
    return sum(sum(child.cpu_times()[:2]) for child in psutil.Process().children(recursive=True))


def ended_children_cpu_s() -> float:
    """CPU-seconds of every child that has ended."""
    usage = psutil.Process().cpu_times()
    return float(usage.children_user + usage.children_system)


def measure(t1: Path, t2: Path, out: Path, address: str) -> None:
    """Map once and print the table."""
    before, ended_before = children_cpu_s(), ended_children_cpu_s()
    command = [sys.executable, "-m", "inference", "map", str(t1), str(t2), "--out", str(out)]
    subprocess.run([*command, "--server", address], cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)
    networks = children_cpu_s() - before
    own = ended_children_cpu_s() - ended_before
    run = json.loads((out / "run.json").read_text())
    print("stage          CPU-s (client)   wall s")
    for stage, seconds in run["timings"].items():
        print(f"{stage:<14} {seconds['cpu_s']:>14.2f} {seconds['wall_s']:>8.2f}")
    print(f"client in all, start and output included {own:.1f} CPU-s")
    print(f"model server (both networks' passes)     {networks:.1f} CPU-s")
    print(f"share of the networks                    {networks / (networks + own):.2f}")


def main() -> None:
    with tempfile.TemporaryDirectory() as name, model_server() as address:
        folder = Path(name)
        if len(sys.argv) == 3:
            t1, t2 = Path(sys.argv[1]), Path(sys.argv[2])
        else:
            write_dicom(make_phantom(7), folder)
            t1, t2 = folder / "sag_t1", folder / "sag_t2"
        for attempt in ("first", "second"):
            print(f"\n{attempt} exam")
            measure(t1, t2, folder / attempt, address)


if __name__ == "__main__":
    main()
