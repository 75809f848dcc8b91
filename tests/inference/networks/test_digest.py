"""Which sources are the code version of a result."""

import shutil
from pathlib import Path

import pytest

from inference.networks import digest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def copied(tmp_path, monkeypatch):
    for name in ("annotations", "inference"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=lambda _, names: {"weights"} & set(names))
    monkeypatch.setattr(digest, "__file__", str(tmp_path / "inference/networks/digest.py"))
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "matters"),
    [
        ("inference/dicom/read.py", True),
        ("inference/dicom/output.py", True),
        ("inference/steps/align.py", True),
        ("inference/pipeline.py", True),
        ("annotations/labels.py", True),
        ("inference/training/fit.py", False),
    ],
)
def test_what_reads_maps_and_writes_an_exam_is_its_version(copied, changed, matters):
    before = digest.code_digest()
    assert before == digest.code_digest()
    path = copied / changed
    path.write_text(path.read_text() + "# changed\n")
    assert (digest.code_digest() != before) is matters
