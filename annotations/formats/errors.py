"""What is wrong with a file, in words that name its lines."""

from collections.abc import Iterable


class FormatError(ValueError):
    """A file that cannot be read as a table of grades; the message names the lines and what to do."""


def lines(numbers: Iterable[int]) -> str:
    """Line numbers as prose: at most ten, and how many more."""
    known = sorted(set(numbers))
    word = "line" if len(known) == 1 else "lines"
    more = f" and {len(known) - 10} more" if len(known) > 10 else ""
    return f"{word} {', '.join(map(str, known[:10]))}{more}"
