"""A real Orthanc for tests: files go in by STOW-RS and come back by WADO-RS.

    python -m tests.orthanc OUT FILE.dcm…    stores the files, writes what comes back as OUT/<SOP UID>.dcm

Debian's Orthanc (packages orthanc and orthanc-dicomweb) listens on every address: it runs in a network
namespace of its own, with nothing but a loopback, and this client beside it. Where a namespace is not allowed
it is told to answer the loopback alone.
"""

import ctypes
import fcntl
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
STARTS_WITHIN_S = 60.0
_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _UP = 0x8913, 0x8914, 0x1


def program() -> str | None:
    """Orthanc's path, None where it or its DICOMweb plugin is not installed."""
    found = shutil.which("Orthanc", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    return found if found and PLUGIN.exists() else None


def through_orthanc(files: list[Path], out: Path) -> dict[str, Path]:
    """Send DICOM files through an Orthanc of their own; SOP Instance UID -> file that came back."""
    command = [sys.executable, "-m", "tests.orthanc", str(out), *map(str, files)]
    subprocess.run(command, check=True, cwd=Path(__file__).parent.parent, timeout=300)
    return {path.stem: path for path in out.glob("*.dcm")}


def main(out: Path, files: list[Path]) -> None:
    """Store `files` and write what comes back below `out`."""
    _own_network()
    with _orthanc() as address:
        _stow(address, [path.read_bytes() for path in files])
        out.mkdir(parents=True, exist_ok=True)
        for study in _json(f"{address}/studies"):
            uid = study["0020000D"]["Value"][0]
            for instance in _json(f"{address}/studies/{uid}/instances"):
                series, sop = (instance[tag]["Value"][0] for tag in ("0020000E", "00080018"))
                place = f"{address}/studies/{uid}/series/{series}/instances/{sop}"
                (out / f"{sop}.dcm").write_bytes(_wado(place))


def _own_network() -> None:
    """Move this process into a network namespace with a loopback, where that is allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_NET if os.geteuid() == 0 else _NEW_USER | _NEW_NET) != 0:
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        answer = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request)
        flags = struct.unpack("16sh14x", answer)[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _UP))


@contextmanager
def _orthanc() -> Iterator[str]:
    """Address of the DICOMweb root of an Orthanc that ends with the block."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="orthanc-") as folder:
        config = {
            "Name": "test",
            "StorageDirectory": f"{folder}/storage",
            "IndexDirectory": f"{folder}/index",
            "HttpPort": port,
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False,
            "DicomServerEnabled": False,
            "Plugins": [str(PLUGIN)],
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
        }
        path = Path(folder, "orthanc.json")
        path.write_text(json.dumps(config))
        with Path(folder, "log").open("wb") as log:
            server = subprocess.Popen([program() or "Orthanc", str(path)], stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}/dicom-web"
            _wait(address, server, Path(folder, "log"))
            yield address
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            _json(f"{address}/studies")
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise RuntimeError(f"Orthanc did not start: {log.read_text(errors='replace')[-2000:]}")


def _stow(address: str, contents: list[bytes]) -> None:
    """STOW-RS (PS3.18 10.5). Raises RuntimeError unless every instance was accepted."""
    boundary = uuid.uuid4().hex
    head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    body = b"".join(head + content + b"\r\n" for content in contents) + f"--{boundary}--\r\n".encode()
    kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
    headers = {"Content-Type": kind, "Accept": "application/dicom+json"}
    answer = json.loads(_open(urllib.request.Request(f"{address}/studies", body, headers)))
    stored = answer.get("00081199", {}).get("Value", [])
    failed = answer.get("00081198", {}).get("Value", [])
    if failed or len(stored) != len(contents):
        raise RuntimeError(f"Orthanc stored {len(stored)} of {len(contents)}: {failed}")


def _wado(place: str) -> bytes:
    """WADO-RS of one instance (PS3.18 10.4), as it is stored."""
    accept = 'multipart/related; type="application/dicom"; transfer-syntax=*'
    with urllib.request.urlopen(urllib.request.Request(place, headers={"Accept": accept})) as answer:
        head = f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode()
        parts = message_from_bytes(head + answer.read()).get_payload()
    (part,) = parts
    return bytes(part.get_payload(decode=True))


def _json(address: str) -> list[dict[str, dict[str, list[str]]]]:
    request = urllib.request.Request(address, headers={"Accept": "application/dicom+json"})
    return list(json.loads(_open(request) or b"[]"))


def _open(request: urllib.request.Request) -> bytes:
    with urllib.request.urlopen(request) as answer:
        return bytes(answer.read())


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
