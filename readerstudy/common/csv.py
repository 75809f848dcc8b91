"""CSV that a spreadsheet cannot be made to execute."""

import csv
import io
from collections.abc import Iterable, Sequence

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def escape_cell(value: object) -> str:
    """The value as text; a leading formula character is disarmed by an apostrophe, numbers stay numbers."""
    text = "" if value is None else str(value)
    if text.startswith(_DANGEROUS) and not isinstance(value, int | float):
        return "'" + text
    return text


def render_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """RFC 4180 text with CRLF line ends, every cell formula-safe."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([escape_cell(cell) for cell in header])
    writer.writerows([escape_cell(cell) for cell in row] for row in rows)
    return buffer.getvalue()
