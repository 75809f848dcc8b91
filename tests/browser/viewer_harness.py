"""A stand-in for the server, for the viewer's own tests: a synthetic exam behind the reader's HTTP contract.

It answers as the real server does, under the same content security policy, and can be told to misbehave.
"""

import json
import mimetypes
import sys
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import contourpy
import numpy as np
import pydicom
from pydicom.encaps import generate_frames
from pydicom.uid import ExplicitVRLittleEndian

from annotations.vocabulary import MODIC_LABELS, SITES_12, ModicType
from inference.phantom import make_phantom, write_dicom
from readerstudy.reads.policies import shown_of_map

DIST = Path(__file__).parents[2] / "frontend" / "dist"
STATIC = Path(__file__).parents[2] / "readerstudy" / "common" / "static"
CSP = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
REMARK = "The T2 images are fat-suppressed: the map was made for T2 without fat suppression."
REASONS = ["Artefact", "Outside the field", "Fracture", "Hardware", "Focal lesion", "Level uncertain"]


@dataclass(frozen=True)
class SyntheticExam:
    """What one phantom looks like on the wire: metadata and frames per series, names, map."""

    metadata: dict[str, list[dict[str, Any]]]
    frames: dict[str, list[bytes]]
    levels: list[dict[str, Any]]
    map: dict[str, Any]


LANDMARK = 0
"""The seed that stands for a bright box of known place instead of a spine."""
OBLIQUE = -1
"""The same box, its T2 taken 20° off T1 about the head axis; the middle slices cross at y = 0."""


@lru_cache
def synthetic_exam(seed: int) -> SyntheticExam:
    if seed in (LANDMARK, OBLIQUE):
        return _box_exam(oblique=seed == OBLIQUE)
    phantom = make_phantom(seed)
    metadata: dict[str, list[dict[str, Any]]] = {}
    frames: dict[str, list[bytes]] = {}
    with TemporaryDirectory() as folder:
        write_dicom(phantom, Path(folder))
        for kind in ("t1", "t2"):
            datasets = [pydicom.dcmread(path) for path in Path(folder, f"sag_{kind}").iterdir()]
            datasets.sort(key=lambda one: -float(one.ImagePositionPatient[0]))
            frames[kind] = [bytes(one.PixelData) for one in datasets]
            for one in datasets:
                del one.PixelData
            metadata[kind] = [one.to_json_dict() for one in datasets]
    truth = phantom.truth
    levels = [{"level": level.value, "point_mm": list(at)} for level, at in truth.level_points_mm.items()]
    return SyntheticExam(metadata, frames, levels, _true_map(phantom, metadata["t1"]))


def _box_exam(*, oblique: bool) -> SyntheticExam:
    """A box from y -20 to 10 and z -15 to 20 mm on two grids that share nothing but the patient."""
    t1 = _box_series("1.2.3", matrix=256, pixel=1.1, x=[16.0 - 4 * i for i in range(9)], y=0.0, z=0.0)
    x, y, yaw = [15.0 - 5 * i for i in range(7)], (0.0 if oblique else 7.0), (20 if oblique else 0)
    t2 = _box_series("1.2.4", matrix=320, pixel=0.9, x=x, y=y, z=-11.0, yaw=yaw)
    rows, columns = np.nonzero(np.frombuffer(t1[1][0], "<u2").reshape(256, 256) > 500)
    left, right, top, bottom = columns.min() - 0.5, columns.max() + 0.5, rows.min() - 0.5, rows.max() + 0.5
    ring = [[left, top], [right, top], [right, bottom], [left, bottom]]
    regions = [{"type": 2, "rings": [[[float(c), float(r)] for c, r in ring]]}]
    slices = [{"instance": i, "regions": regions} for i in range(9)]
    modic_map = {"slices": slices, "labels": [], "remarks": [], "sha256": "0" * 64, "model": {}}
    return SyntheticExam({"t1": t1[0], "t2": t2[0]}, {"t1": t1[1], "t2": t2[1]}, [], modic_map)


def _box_series(
    frame_of_reference: str,
    *,
    matrix: int,
    pixel: float,
    x: list[float],
    y: float,
    z: float,
    yaw: float = 0,
) -> tuple[list[dict[str, Any]], list[bytes]]:
    """Sagittal slices `x` mm to the left, their field of view centred at (y, z), turned by `yaw` degrees."""
    sine, cosine = float(np.sin(np.radians(yaw))), float(np.cos(np.radians(yaw)))
    offsets = (np.arange(matrix) - (matrix - 1) / 2) * pixel
    down = z - offsets
    metadata, pixels = [], []
    for index, left in enumerate(x):
        across = y - left * sine + offsets * cosine
        inside = np.outer((down > -15) & (down < 20), (across > -20) & (across < 10))
        pixels.append(np.where(inside, 1000, 100).astype("<u2").tobytes())
        one = pydicom.Dataset()
        one.SOPClassUID, one.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.4", f"{frame_of_reference}.{index + 1}"
        one.SeriesInstanceUID, one.FrameOfReferenceUID = f"{frame_of_reference}.0", frame_of_reference
        one.Modality, one.InstanceNumber = "MR", index + 1
        corner = left * cosine + float(offsets[0]) * sine
        one.ImagePositionPatient = [corner, float(across[0]), float(down[0])]
        one.ImageOrientationPatient, one.PixelSpacing = [sine, cosine, 0, 0, 0, -1], [pixel, pixel]
        one.Rows = one.Columns = matrix
        one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
        one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 0
        metadata.append(one.to_json_dict())
    return metadata, pixels


_one_encoder = threading.Lock()
"""The encoders' libraries crash when two threads use them."""


@lru_cache
def compressed(pixels: bytes, rows: int, columns: int, syntax: str) -> bytes:
    """One unsigned 16-bit image as one compressed frame."""
    one = pydicom.Dataset()
    one.file_meta = pydicom.dataset.FileMetaDataset()
    one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    one.SOPClassUID, one.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.4", "1.2.3"
    one.Rows, one.Columns, one.SamplesPerPixel, one.PhotometricInterpretation = (
        rows,
        columns,
        1,
        "MONOCHROME2",
    )
    one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 0
    one.PixelData = pixels
    one.compress(syntax)
    return next(generate_frames(one.PixelData, number_of_frames=1))


def _true_map(phantom: Any, t1: list[dict[str, Any]]) -> dict[str, Any]:
    """The planted lesions in the shape of a Modic map; slices found by their x position."""
    lesions = phantom.truth.lesions
    x_of = [float(one["00200032"]["Value"][0]) for one in t1]
    slices = []
    for row, position in enumerate(phantom.t1.positions_mm):
        instance = int(np.argmin(np.abs(np.array(x_of) - position[0])))
        regions = []
        for kind in (1, 2, 3):
            mask = np.pad(lesions[row] == kind, 1).astype(float)
            rings = [(ring - 1).tolist() for ring in contourpy.contour_generator(z=mask).lines(0.5)]
            if rings:
                regions.append({"type": kind, "rings": rings})
        if regions:
            slices.append({"instance": instance, "regions": regions})
    labels = [
        {
            "level": site.level.value,
            "half": site.half.value,
            "types": [int(kind)] if kind else [],
            "suggestion": int(kind),
            "secondary": None,
            "volume_mm3": {str(int(kind)): phantom.truth.volumes_mm3[site]} if kind else {},
            "fraction": 0.2,
            "largest_diameter_mm": 9.0,
            "probability": 0.9 if kind else 0.03,
        }
        for site, kind in phantom.truth.labels.items()
    ]
    model = {"localize": "1", "detect": "1"}
    return {"slices": slices, "labels": labels, "remarks": [REMARK], "sha256": "0" * 64, "model": model}


@dataclass
class Study:
    """One reader's way through cases: what was asked, stored and submitted, and how to misbehave."""

    arm: str = "unaided"
    seeds: tuple[int, ...] = (7, 8)
    second_reads: bool = False
    """Every case comes twice in a row: unaided, then with the map."""
    after: str = "waiting"
    shows: tuple[str, ...] = ("map", "labels")
    bulk_none: bool = False
    asks_confidence: bool = False
    syntax: str = ExplicitVRLittleEndian
    """Transfer syntax the frames are sent in."""
    fail: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    """Path ending → status and body to answer with."""
    requests: list[tuple[str, str]] = field(default_factory=list)
    last_body: bytes = b""
    drafts: list[dict[str, Any]] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)
    beats: list[dict[str, Any]] = field(default_factory=list)
    submitted: list[dict[str, Any]] = field(default_factory=list)
    version: int = 0

    def read(self) -> dict[str, Any]:
        number = len(self.submitted)
        case = self.case_of(number)
        base = f"/api/reads/{number}"
        first_part = self.second_reads and number % 2 == 0
        aided = self.arm == "assisted" or (self.second_reads and not first_part)
        return {
            "id": str(number),
            "state": "opened",
            "version": self.version,
            "period": {"number": 1, "name": "Period 1", "arm": self.arm},
            "position": case + 1,
            "total": len(self.seeds),
            "synthetic": True,
            "sites": [{"level": s.level.value, "half": s.half.value} for s in SITES_12],
            "grades": [{"value": int(t), "label": MODIC_LABELS[t]} for t in ModicType],
            "not_gradable_reasons": [{"value": name.lower(), "label": name} for name in REASONS],
            "levels": synthetic_exam(self.seeds[case]).levels,
            "images": self.images(number),
            "part": 2 if self.second_reads and not first_part else 1,
            "map_follows": first_part,
            "reveal_url": f"{base}/map" if self.arm == "on-demand" else None,
            "shows": list(self.shows) if self.arm != "unaided" else None,
            "map_url": f"{base}/map" if aided else None,
            "bulk_none": self.bulk_none,
            "asks_confidence": self.asks_confidence,
            "comment": "",
            "answers": self.submitted[-1]["answers"] if self.second_reads and not first_part else [],
            "lease": f"lease-{number}",
            "draft_url": f"{base}/draft",
            "beat_url": f"{base}/beat",
            "submit_url": f"{base}/submit",
            "reports_url": f"{base}/reports/",
        }

    def counts(self, case: int) -> list[tuple[str, int]]:
        """Each series of a case and how many images it has."""
        return [(kind, len(frames)) for kind, frames in synthetic_exam(self.seeds[case]).frames.items()]

    def case_of(self, number: int) -> int:
        """Which case the read of a number, counted from 0, is of."""
        return number // 2 if self.second_reads else number

    def images(self, number: int) -> dict[str, Any] | None:
        """Where the images of a read are; none beyond the last."""
        if self.case_of(number) >= len(self.seeds):
            return None
        return {kind: self._series(number, kind) for kind in ("t1", "t2")}

    def _series(self, number: int, kind: str) -> dict[str, Any]:
        base = f"/api/reads/{number}"
        count = len(synthetic_exam(self.seeds[self.case_of(number)]).frames[kind])
        return {
            "metadata_url": f"{base}/{kind}/metadata",
            "frame_urls": [f"{base}/{kind}/frames/{index + 1}" for index in range(count)],
            "description": "sagittal",
        }

    def next(self) -> dict[str, Any]:
        if self.case_of(len(self.submitted)) < len(self.seeds):
            return {"status": "reading", "read": self.read()}
        if self.after == "complete":
            return {"status": "complete", "message": "You have read every case of this study. Thank you."}
        message = "The washout runs. Period 2 opens by itself; you need do nothing."
        return {"status": "waiting", "opens_at": "2026-12-24T09:30:00Z", "message": message}

    def answer(self, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, str, bytes]:
        for ending, (status, refusal) in self.fail.items():
            if path.endswith(ending):
                return status, "application/json", json.dumps(refusal).encode()
        if path == "/read/x/":
            return 200, "text/html; charset=utf-8", page("src/pages/reading.tsx", READING_BODY)
        if path.startswith("/static/"):
            return _static(path)
        if path == "/api/next":
            return _json(self.next())
        if path == "/api/journal-keys":
            return _json({"keys": [{"id": "person-1", "key": "A" * 43 + "="}]})
        if body is not None and path.endswith("/beat"):
            self.beats.append(body)
            return _json({"active_ms": body["active_ms"]})
        if path.endswith("/reports/"):
            kinds = [{"value": "incidental-finding", "label": "Incidental finding"}]
            self.reports += [body] if body else []
            return _json({"kinds": kinds, "reports": self.reports})
        if path == "/api/ahead":
            number = len(self.submitted)
            other = self.case_of(number + 1) != self.case_of(number)
            return _json({"images": self.images(number + 1) if other else None})
        if body is not None and path.endswith("/draft"):
            self.drafts.append(body)
            self.version += 1
            return _json({"version": self.version})
        if body is not None and path.endswith("/submit"):
            self.submitted.append(body)
            self.version = 0
            return _json({"status": "submitted", "next": self.next()})
        return self._images(path)

    def _images(self, path: str) -> tuple[int, str, bytes]:
        parts = path.strip("/").split("/")
        if len(parts) < 4 or parts[1] != "reads":
            return 404, "application/json", b'{"detail": "Nothing here."}'
        exam = synthetic_exam(self.seeds[self.case_of(int(parts[2]))])
        if parts[3] == "map":
            return _json(shown_of_map(exam.map, self.shows))
        if parts[4] == "metadata":
            return _json(exam.metadata[parts[3]])
        pixels = exam.frames[parts[3]][int(parts[5]) - 1]
        if self.syntax != ExplicitVRLittleEndian:
            size = (exam.metadata[parts[3]][0][tag]["Value"][0] for tag in ("00280010", "00280011"))
            with _one_encoder:
                pixels = compressed(pixels, *size, self.syntax)
        return 200, f"application/octet-stream; transfer-syntax={self.syntax}", pixels


def _json(body: object) -> tuple[int, str, bytes]:
    return 200, "application/json", json.dumps(body).encode()


def _static(path: str) -> tuple[int, str, bytes]:
    name = path.removeprefix("/static/")
    file = (STATIC if name.startswith("common/") else DIST) / name
    if not file.is_file():
        return 404, "text/plain", b"missing"
    return 200, mimetypes.guess_type(file.name)[0] or "application/octet-stream", file.read_bytes()


READING_CONFIG = {
    "enrolment": "x",
    "next_url": "/api/next",
    "ahead_url": "/api/ahead",
    "home_url": "/read/",
    "pictures": [
        {kind: f"/static/common/modic-types/{n}-{kind}.png" for kind in ("t1", "t2")} for n in range(4)
    ],
    "layout": None,
    "layouts": {},
    "layout_url": "/api/layout",
    "reader": "reader-1",
    "person": "person-1",
    "sign_in_url": "/accounts/sign-in/",
    "journal_keys_url": "/api/journal-keys",
}
READING_BODY = (
    f'<script id="reading-config" type="application/json">{json.dumps(READING_CONFIG)}</script>'
    '<div id="reading-room"></div>'
)


def page(entry: str, body: str) -> bytes:
    """An HTML page that loads one entry of the built front end, as django-vite words it."""
    manifest = json.loads((DIST / "manifest.json").read_text())
    imported = [manifest[chunk] for chunk in manifest[entry].get("imports", [])]
    css = {sheet: None for chunk in [manifest[entry], *imported] for sheet in chunk.get("css", [])}
    links = "".join(f'<link rel="stylesheet" href="/static/{sheet}">' for sheet in css)
    links += "".join(f'<link rel="modulepreload" crossorigin href="/static/{c["file"]}">' for c in imported)
    script = f'<script type="module" crossorigin src="/static/{manifest[entry]["file"]}"></script>'
    head = f'<meta charset="utf-8"><title>Reading room</title>{links}{script}'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'.encode()


class QuietServer(ThreadingHTTPServer):
    """A browser that goes away in the middle of an answer is no news."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Harness:
    """Serves a Study on a free port of 127.0.0.1."""

    def __init__(self, study: Study) -> None:
        self.study = study
        harness = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length)
                is_json = "json" in (self.headers.get("Content-Type") or "")
                body = json.loads(raw) if raw and is_json else None
                harness.study.requests.append((self.command, self.path))
                harness.study.last_body = raw or harness.study.last_body
                status, kind, content = harness.study.answer(self.command, self.path, body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Content-Security-Policy", CSP)
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = handle_any

            def log_message(self, *args: object) -> None:
                pass

        self.server = QuietServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
