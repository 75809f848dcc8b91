"""The published JSON Schema of a protocol, and what it finds in a document."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

SCHEMA_FILE = Path(__file__).parent / "protocol.schema.json"


@cache
def _validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


def problems_of_shape(document: Any) -> Iterator[str]:
    """Every place where the document departs from the schema, with what would be right there."""
    errors = _validator().iter_errors(document)
    for error in sorted(errors, key=lambda found: [str(step) for step in found.absolute_path]):
        place = " / ".join(str(step) for step in error.absolute_path) or "The protocol"
        yield f"{place}: {_remedy(error)}"


def _remedy(error: jsonschema.ValidationError) -> str:
    """A sentence of the schema's own where it has one, else the validator's."""
    meant = error.schema.get("description") if isinstance(error.schema, dict) else None
    said = error.message[:300]
    if error.validator in ("required", "additionalProperties") or not meant:
        return f"{said}."
    return f"{said}. Here belongs: {meant}"
