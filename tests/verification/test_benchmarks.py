"""The benchmarks of conduct at scale run: in miniature, on the database of the environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IN_MINIATURE = {
    "eligibility.py": ("--readers=2 --cases=20 --periods=2 --repeats=3", "2 readers x 20 cases x 2 periods"),
    "simulated_study.py": ("--readers=2 --cases=2", "8 reads in"),
}


@pytest.mark.parametrize("benchmark", IN_MINIATURE)
def test_a_benchmark_runs(benchmark: str) -> None:
    options, said = IN_MINIATURE[benchmark]
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / benchmark), *options.split()],
        env=os.environ | {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
