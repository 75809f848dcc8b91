"""An embedded model server for as long as a block of code needs one."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inference.networks.base import NetworkError
from inference.networks.versions import versions

WEIGHTS = Path(__file__).parent.parent / "weights"
_CONFIG = Path(__file__).parent.parent / "modelserver" / "config"


@contextmanager
def model_server(weights: Path = WEIGHTS, *, patience_s: float = 600.0) -> Iterator[str]:
    """Address of a model server in a child process, on a socket of its own; it ends with the block.

    The child also ends if this process dies. Raises NetworkError if `weights` lack a network, and, with what
    the server said, if it does not start or is not ready within `patience_s`.
    """
    if missing := [model for model in ("localize", "detect") if not versions(weights / model)]:
        raise NetworkError(
            f"{weights} holds no version of {' and '.join(missing)}: "
            "name the folder that `export` wrote to by --weights."
        )
    with tempfile.TemporaryDirectory(prefix="modelserver-") as folder:
        ready, log = Path(folder) / "ready.json", Path(folder) / "log"
        command = [
            *(sys.executable, "-m", "inference.modelserver", "--stop-with-stdin", "--poll-seconds", "0"),
            *("--socket", f"{folder}/grpc", "--ready-file", str(ready), "--model-root", str(weights)),
            *("--model-config", str(_CONFIG / "models.config")),
            *("--batching-config", str(_CONFIG / "batching.config")),
        ]
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
        with log.open("wb") as output:
            child = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=output, stderr=output, env=environment
            )
        try:
            yield _wait_until_ready(child, ready, log, time.monotonic() + patience_s)
        finally:
            child.terminate()
            child.communicate()


def _wait_until_ready(child: "subprocess.Popen[bytes]", ready: Path, log: Path, until: float) -> str:
    while not ready.exists():
        late = time.monotonic() > until
        if late or child.poll() is not None:
            what = "was not ready in time: is the machine too busy?" if late else "did not start"
            said = " ".join(log.read_text(errors="replace").split())[-500:]
            raise NetworkError(f"The embedded model server {what}. It said: {said or 'nothing'}")
        time.sleep(0.05)
    return str(json.loads(ready.read_text())["address"])
