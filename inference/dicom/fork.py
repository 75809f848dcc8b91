"""The reading child as a fork of a program that has nothing to hide and one thread.

A fresh interpreter spends as much on its imports as on an exam. A web server or worker never forks: it has
threads, and secrets in memory.
"""

import os
import resource
import signal
import sys

from inference.dicom import worker


class Fork:
    """A process that serves `worker.main` on its pipes; as much of a `Popen` as `Child` needs."""

    def __init__(self, memory_bytes: int) -> None:
        jobs, stdin = os.pipe()
        stdout, answers = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _serve(jobs, answers, memory_bytes)
        os.close(jobs)
        os.close(answers)
        self.stdin, self.stdout = os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb")

    def kill(self) -> None:
        """End it at once."""
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> None:
        """Until it has ended."""
        os.waitpid(self.pid, 0)


def _serve(jobs: int, answers: int, memory_bytes: int) -> None:
    """In the child: limits first, nothing open but the pipes, no environment; never returns."""
    try:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.dup2(jobs, 0)
        os.dup2(answers, 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.environ.clear()
        sys.stdin = os.fdopen(0, encoding="utf-8")
        worker.main()
    finally:
        os._exit(0)
