"""A protocol as a plain document: templates, schema, checks, difference, and how it travels as a file.

The document is JSON; `protocol.schema.json` states its shape and `checks` what no schema can say. A study
carries it hashed, and frozen once it opens.
"""

from readerstudy.studies.protocol.checks import ProtocolError, check
from readerstudy.studies.protocol.consequences import Assumptions, Consequences, consequences
from readerstudy.studies.protocol.difference import differences
from readerstudy.studies.protocol.document import (
    SCHEMA_ID,
    WASHOUT_HOURS,
    Document,
    arm_named,
    arms_read,
    cells_by_period,
    contrast,
    fingerprint,
    level_rows,
    lure_count,
    lures_of,
    order_is_fixed,
    primary_read,
    sites,
    with_washout,
    without_cases,
)
from readerstudy.studies.protocol.editing import edited, pacing_fields, pairs_text, with_pacing
from readerstudy.studies.protocol.files import MAX_BYTES, export_file, import_file
from readerstudy.studies.protocol.schema import SCHEMA_FILE
from readerstudy.studies.protocol.templates import PAPER, TEMPLATES, Template, make

__all__ = [
    "MAX_BYTES",
    "PAPER",
    "SCHEMA_FILE",
    "SCHEMA_ID",
    "TEMPLATES",
    "WASHOUT_HOURS",
    "Assumptions",
    "Consequences",
    "Document",
    "ProtocolError",
    "Template",
    "arm_named",
    "arms_read",
    "cells_by_period",
    "check",
    "consequences",
    "contrast",
    "differences",
    "edited",
    "export_file",
    "fingerprint",
    "import_file",
    "level_rows",
    "lure_count",
    "lures_of",
    "make",
    "order_is_fixed",
    "pacing_fields",
    "pairs_text",
    "primary_read",
    "sites",
    "with_pacing",
    "with_washout",
    "without_cases",
]
