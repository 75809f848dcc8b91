"""Both networks' forward passes against the machine's own limit: `python benchmarks/networks.py`.

The limit is a float32 matrix product of 2048 x 2048. Everything is counted per CPU-second, so that it can be
measured beside other work. Each setting runs in a process of its own on the exported SavedModels; its answers
are compared with those of the setting that ships (oneDNN, batches of 8, one thread).
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from inference.networks.embedded import WEIGHTS  # noqa: E402
from inference.networks.versions import newest  # noqa: E402

SIZE = 2048
PICTURES = 16
INPUTS: dict[str, tuple[str, tuple[int, int, int]]] = {
    "localize": ("image", (288, 288, 1)),
    "detect": ("crop", (100, 100, 2)),
}
"""An exam's slices on the 1 mm grid, and its crops."""


@dataclass(frozen=True)
class Setting:
    """One way to run a network. jit: compiled by XLA. half: bfloat16 inside."""

    model: str
    batch: int = 8
    threads: int = 1
    onednn: bool = True
    jit: bool = False
    half: bool = False

    @property
    def name(self) -> str:
        """What differs from the setting that ships."""
        usual = Setting(self.model)
        changed = [f"{k} {v}" for k, v in asdict(self).items() if v != getattr(usual, k)]
        return ", ".join(changed) or "as it ships"


def settings(model: str) -> list[Setting]:
    """What is tried."""
    changes: list[dict[str, Any]] = [
        *({}, {"batch": 1}, {"batch": 4}, {"batch": 16}, {"threads": 2}),
        *({"onednn": False}, {"jit": True}, {"half": True}),
    ]
    return [Setting(model, **change) for change in changes]


def multiply_adds(model: str) -> float:
    """Of one picture: every convolution's outputs times its kernel, from the networks' own description."""
    from inference.training.export import SHAPES
    from inference.training.inprocess import exported

    members = len(exported(model, WEIGHTS).network.members)
    shape, (height, width, inputs) = SHAPES[model], INPUTS[model][1]
    kernel, n = shape.kernel_size**2, shape.kernels
    sizes = [(height, width)]
    for _ in shape.convolutions:
        sizes.append((-(-sizes[-1][0] // 2), -(-sizes[-1][1] // 2)))
    pixels = [rows * columns for rows, columns in sizes]
    total = pixels[0] * n * (kernel * inputs + shape.outputs) + pixels[-1] * shape.bottom * kernel * n * n
    for level, count in enumerate(shape.convolutions):
        total += pixels[level] * (2 * count + 1) * kernel * n * n
        total += 2 * pixels[level + 1] * 4 * n * n
    return float(total * members)


def run(setting: Setting, out: Path) -> dict[str, float]:
    """CPU- and wall seconds per picture; the answers go to `out`."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(setting.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    name, shape = INPUTS[setting.model]
    pictures = np.random.default_rng(0).normal(size=(PICTURES, *shape)).astype(np.float32)
    answer = _answering(setting, name)
    parts = [tf.constant(pictures[n : n + setting.batch]) for n in range(0, PICTURES, setting.batch)]
    np.save(out, np.concatenate([answer(part) for part in parts]))
    wall, cpu = time.perf_counter(), time.process_time()
    for part in parts:
        answer(part)
    return {
        "wall_s": (time.perf_counter() - wall) / PICTURES,
        "cpu_s": (time.process_time() - cpu) / PICTURES,
    }


def _answering(setting: Setting, name: str) -> Any:
    import tensorflow as tf

    from inference.training.inprocess import exported

    if setting.half:
        network = exported(setting.model, WEIGHTS).network
        probability = tf.function(
            lambda x: tf.cast(network.probabilities(tf.cast(x, tf.bfloat16)), tf.float32)
        )
        return lambda x: probability(x).numpy()
    loaded = tf.saved_model.load(str(newest(WEIGHTS / setting.model)))
    signature = loaded.signatures["serving_default"]
    if setting.jit:
        compiled = tf.function(lambda x: loaded.serve(x)["probability"], jit_compile=True)
        return lambda x: compiled(x).numpy()
    return lambda x: signature(**{name: x})["probability"].numpy()


def limit() -> float:
    """GFLOP per CPU-second of a large float32 matrix product on one thread."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    one = tf.constant(np.random.default_rng(0).normal(size=(SIZE, SIZE)).astype(np.float32))
    tf.linalg.matmul(one, one).numpy()
    cpu = time.process_time()
    for _ in range(5):
        tf.linalg.matmul(one, one).numpy()
    return 5 * 2 * SIZE**3 / (time.process_time() - cpu) / 1e9


def in_a_process(task: dict[str, Any], onednn: bool = True) -> dict[str, float]:
    """The answer of this file's `--task` in a fresh interpreter."""
    environment = os.environ | {"TF_ENABLE_ONEDNN_OPTS": str(int(onednn)), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, __file__, "--task", json.dumps(task)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise RuntimeError(done.stderr[-500:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    best = in_a_process({})["limit"]
    print(f"limit: {best:.0f} GFLOP per CPU-second (float32 matrix product, one thread)\n")
    with tempfile.TemporaryDirectory() as folder:
        for model in INPUTS:
            work = 2 * multiply_adds(model) / 1e9
            print(f"{model}: {work:.2f} GFLOP a picture of {INPUTS[model][1]}")
            print(f"  {'setting':<16} CPU-s  GFLOP/CPU-s  of the limit  largest difference")
            reference = None
            for setting in settings(model):
                out = Path(folder, "answers.npy")
                took = in_a_process({"setting": asdict(setting), "out": str(out)}, setting.onednn)
                answers = np.load(out)
                reference = answers if reference is None else reference
                rate, apart = work / took["cpu_s"], float(np.abs(answers - reference).max())
                row = f"{took['cpu_s']:5.3f} {rate:12.0f} {rate / best:13.2f} {apart:19.1e}"
                print(f"  {setting.name:<16} {row}", flush=True)


if __name__ == "__main__":
    if "--task" in sys.argv:
        task = json.loads(sys.argv[sys.argv.index("--task") + 1])
        found = run(Setting(**task["setting"]), Path(task["out"])) if task else {"limit": limit()}
        print(json.dumps(found))
    else:
        main()
