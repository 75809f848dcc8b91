"""From a file of grades to a whole report in a folder: `python -m annotations.agreement report FILE --out
DIR`."""
