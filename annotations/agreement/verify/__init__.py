"""Published cases run through the library: `python -m annotations.agreement verify CASES.json`.

`inputs` reads a case's data; `two`, `many`, `change`, `proportions`, `readers`, `models` and `sizes` map the
names of statistics to functions of (data, params) that give every figure by name; `cases` compares.
"""
