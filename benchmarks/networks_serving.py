"""What serving costs: `python benchmarks/networks_serving.py`.

An exam's slices and crops through the embedded server and in process, on the same SavedModels;
in CPU-seconds; how the cost grows with slices; how busy ten exams, asked for at once, keep the cores.
"""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from inference.networks.embedded import WEIGHTS, model_server  # noqa: E402
from inference.networks.serving import served_networks  # noqa: E402

SLICES, CROPS, BATCH, EXAMS = 18, 70, 8, 10
_IN_PROCESS = """
import json, sys, time
import numpy as np
from inference.training.engine import limit_threads
limit_threads(1)
from inference.training.engine import tf
from inference.networks.embedded import WEIGHTS
from inference.networks.versions import newest
from benchmarks.networks_serving import BATCH, exam
calls = []
for model, name, pictures in exam():
    signature = tf.saved_model.load(str(newest(WEIGHTS / model))).signatures["serving_default"]
    calls.append((signature, name, np.array_split(pictures, -(-len(pictures) // BATCH))))
def once():
    for signature, name, parts in calls:
        for part in parts:
            signature(**{name: tf.constant(part)})["probability"].numpy()
once()
cpu = time.process_time()
once()
print(json.dumps(time.process_time() - cpu))
"""


def exam(slices: int = SLICES, crops: int = CROPS) -> list[tuple[str, str, np.ndarray]]:
    """(model, input, pictures) as an exam of so many slices has them."""
    random = np.random.default_rng(0)
    return [
        ("localize", "image", random.normal(size=(slices, 288, 288, 1)).astype(np.float32)),
        ("detect", "crop", random.normal(size=(crops, 100, 100, 2)).astype(np.float32)),
    ]


def all_cpu_s() -> float:
    """CPU-seconds of this process and its running children."""
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def ask(address: str, slices: int = SLICES, crops: int = CROPS) -> None:
    """One exam's requests, in batches as the pipeline makes them."""
    with served_networks(address, deadline_s=600.0, weights=WEIGHTS) as networks:
        for network, (_, _, pictures) in zip(networks, exam(slices, crops), strict=True):
            for part in np.array_split(pictures, -(-len(pictures) // BATCH)):
                network.predict(part)


def measured(address: str, slices: int = SLICES, crops: int = CROPS) -> float:
    before = all_cpu_s()
    ask(address, slices, crops)
    return all_cpu_s() - before


def main() -> None:
    command = [sys.executable, "-c", _IN_PROCESS]
    done = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    inside = float(json.loads(done.stdout.splitlines()[-1]))
    with model_server() as address:
        ask(address)
        through = measured(address)
        print(f"an exam of {SLICES} slices and {CROPS} crops: {inside:.2f} CPU-s in process,")
        print(f"{through:.2f} through the server: {through / inside:.2f} times as much", flush=True)
        for share in (1, 2, 4):
            cost = measured(address, SLICES * share // 2, CROPS * share // 2)
            print(
                f"{SLICES * share // 2} slices: {cost:.2f} CPU-s, {cost / (SLICES * share // 2):.3f} a slice"
            )
        before, began = all_cpu_s(), time.perf_counter()
        threads = [threading.Thread(target=ask, args=(address,)) for _ in range(EXAMS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        used, wall = all_cpu_s() - before, time.perf_counter() - began
        busy = used / wall
        cores = psutil.cpu_count()
        print(f"{EXAMS} exams at once: {used:.1f} CPU-s in {wall:.1f} s, {busy:.2f} of {cores} cores")


if __name__ == "__main__":
    main()
