"""The whole report as one RO-Crate (researchobject.org, 1.1): a ZIP that says what each of its files is."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from annotations.agreement.report.archive import zipped

METADATA = "ro-crate-metadata.json"
MEDIA = {
    "csv": "text/csv",
    "html": "text/html",
    "imrmc": "text/plain",
    "json": "application/json",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "py": "text/x-python",
    "R": "text/x-r",
    "svg": "image/svg+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
DESCRIPTIONS = {
    "report.json": "The result: every figure, in full precision, with plan, seed and hashes",
    "report.schema.json": "JSON Schema of report.json",
    "study.json": "The frozen result of a locked study: protocol, conduct, lock, and report.json within it",
    "explain.json": "The units behind every cell, disagreement by site, and kappa without each exam",
    "readings.csv": "The answers as analysed, one row an answer",
    "recompute.py": "Recomputes the figures from readings.csv (Python)",
    "recompute.R": "Recomputes the figures from readings.csv (base R)",
    "report.html": "The report as a page",
    "report.pdf": "The report as a document",
    "tables.xlsx": "The tables as printed, and the figures in full precision",
    "figures.csv": "Every estimate and test of the pairs, one row each",
    "methods.md": "Methods, ready to be pasted",
    "readings.imrmc": "The readings for iMRMC",
    "mrmcaov.csv": "The readings for R's MRMCaov",
}


def crate(files: Mapping[str, bytes], *, title: str, notice: str, made_on: date, version: str) -> bytes:
    """A ZIP of the files and their metadata; the same bytes for the same arguments. made_on: the date stated
    as that of publication."""
    metadata = _graph(files, title=title, notice=notice, made_on=made_on, version=version)
    text = json.dumps(metadata, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    return zipped({**files, METADATA: text.encode()})


def _graph(
    files: Mapping[str, bytes], *, title: str, notice: str, made_on: date, version: str
) -> dict[str, Any]:
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Agreement report: {title}",
        "description": notice,
        "datePublished": made_on.isoformat(),
        "license": {"@id": "#licence"},
        "hasPart": [{"@id": name} for name in sorted(files)],
        "mentions": [{"@id": "#analysis"}],
    }
    analysis = {
        "@id": "#analysis",
        "@type": "CreateAction",
        "name": "Agreement analysis",
        "instrument": {"@id": "#software"},
        "object": {"@id": "readings.csv"},
        "result": {"@id": "report.json"},
    }
    return {
        "@context": "https://w3id.org/ro/crate/1.1/context",
        "@graph": [
            {
                "@id": METADATA,
                "@type": "CreativeWork",
                "about": {"@id": "./"},
                "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            },
            root,
            {
                "@id": "#licence",
                "@type": "CreativeWork",
                "name": "Not stated",
                "description": "The owner of the readings decides on their licence.",
            },
            {
                "@id": "#software",
                "@type": "SoftwareApplication",
                "name": "annotations.agreement",
                "version": version,
            },
            analysis,
            *(_file(name, files[name]) for name in sorted(files)),
        ],
    }


def _file(name: str, content: bytes) -> dict[str, Any]:
    entity: dict[str, Any] = {
        "@id": name,
        "@type": "File",
        "name": name,
        "contentSize": str(len(content)),
        "encodingFormat": MEDIA[name.rsplit(".", 1)[-1]],
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    if name in DESCRIPTIONS:
        entity["description"] = DESCRIPTIONS[name]
    return entity
