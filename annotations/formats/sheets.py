"""CSV that a spreadsheet cannot be made to execute (OWASP: CSV injection)."""

import csv
import io
from collections.abc import Iterable, Sequence

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: object) -> object:
    """The value; text that a spreadsheet would take for a formula is led by an apostrophe."""
    return "'" + value if isinstance(value, str) and value.startswith(_DANGEROUS) else value


def render_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """RFC 4180 text with CRLF line ends, every cell safe, floats in full precision, empty for None."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([safe_cell(cell) for cell in header])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return buffer.getvalue()
