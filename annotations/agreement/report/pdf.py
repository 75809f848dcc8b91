"""The report typeset by Typst, which carries its compiler and fonts: the same bytes on every machine."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import typst

from annotations.agreement.report.document import Document

TEMPLATE = Path(__file__).parent / "typst" / "report.typ"


def render_pdf(document: Document, pictures: Mapping[str, str], made_at: datetime) -> bytes:
    """PDF with embedded fonts. pictures: name to SVG text. made_at: the only time that stands in the file."""
    inputs = {"report": json.dumps(document.to_json())}
    inputs |= {f"figure-{name}": svg for name, svg in pictures.items()}
    made = typst.compile(
        TEMPLATE.read_bytes(), format="pdf", sys_inputs=inputs, ignore_system_fonts=True, timestamp=made_at
    )
    assert isinstance(made, bytes)
    return made
