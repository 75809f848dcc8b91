"""A protocol as a file: taken out with its hash, taken in as a protocol that can be worked on."""

import json
from collections.abc import Mapping
from typing import Any

from readerstudy.studies.protocol.checks import ProtocolError, check
from readerstudy.studies.protocol.document import Document, fingerprint, without_cases

MAX_BYTES = 1_000_000


def export_file(document: Document, *, version: int, extra: Mapping[str, Any] | None = None) -> str:
    """The document with its SHA-256, as JSON text that `import_file` reads."""
    body = {"sha256": fingerprint(document), "version": version, "protocol": document, **(extra or {})}
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def import_file(content: bytes) -> Document:
    """The protocol in a file: as exported, or the bare document. Cases and seed of its study stay behind.

    Raises ProtocolError for what is no protocol, contradicts itself, or no longer has the hash it states.
    """
    if len(content) > MAX_BYTES:
        raise ProtocolError(["The file is larger than 1 MB: a protocol is a small JSON file."])
    try:
        body = json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise ProtocolError([f"The file is not JSON ({error}): choose an exported protocol."]) from error
    if not isinstance(body, dict):
        raise ProtocolError(["The file holds no JSON object: choose an exported protocol."])
    document = body.get("protocol", body)
    if not isinstance(document, dict):
        raise ProtocolError(["The file's “protocol” is no JSON object: choose an exported protocol."])
    stated = body.get("sha256") if document is not body else None
    if stated is not None and stated != fingerprint(document):
        raise ProtocolError(
            [
                "The file was changed after it was exported: its protocol does not have the SHA-256 it "
                "states. Take “sha256” out of the file if the change is meant."
            ]
        )
    bare = without_cases(document)
    check(bare)
    return bare


def _no_number(word: str) -> float:
    """JSON knows neither NaN nor infinity, though Python reads them."""
    raise ValueError(f"{word} is no number")
