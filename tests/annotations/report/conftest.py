"""The synthetic study, and the command as a person types it."""

from pathlib import Path

import pytest

from annotations.agreement.__main__ import main

TABLE = Path(__file__).parent.parent / "data" / "table3_like.csv"
OPTIONS = (
    "--unit exam,level,endplate --cluster exam --reader reader --arm phase --arms initial,assisted "
    "--grade grade --categories 0,1,2,3 --baseline 1"
)


@pytest.fixture
def report(tmp_path):
    """report(text or bytes or path, options) -> exit code; the folder is tmp_path / "out"."""

    def write(table, options=OPTIONS, more=""):
        path = table
        if not isinstance(table, Path):
            path = tmp_path / "grades.csv"
            path.write_bytes(table.encode() if isinstance(table, str) else table)
        return main(["report", str(path), "--out", str(tmp_path / "out"), *options.split(), *more.split()])

    return write
