"""Files of grades, read into one shape of table and written from it.

`text` decodes and splits delimited files, `columns` says which column is what, `wide`, `mdai` and `imrmc`
turn other shapes into one row per answer, `load` picks by name, `sheets` writes CSV that no spreadsheet
executes."""

from annotations.formats.columns import Columns
from annotations.formats.errors import FormatError
from annotations.formats.load import Table, load

__all__ = ["Columns", "FormatError", "Table", "load"]
