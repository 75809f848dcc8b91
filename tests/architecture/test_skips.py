"""No test goes missing: none is skipped without leave, none lies where `tests/run` does not look for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TESTS = ROOT / "tests"
FILES = {
    "test_one.py": 'import pytest\ndef test_a():\n    pytest.skip("{reason}")\n',
    "test_file.py": 'import pytest\npytest.skip("{reason}", allow_module_level=True)\n',
    "test_package.py": 'import pytest\npytest.importorskip("no_such_package", reason="{reason}")\n',
    "test_sound.py": "def test_b():\n    pass\n",
}


@pytest.mark.parametrize(("reason", "noted"), [("no GPU", 0), ("not in the mood", 3)])
def test_skips_without_leave_are_failures_wherever_they_happen(reason, noted, tmp_path: Path) -> None:
    for name, code in FILES.items():
        (tmp_path / name).write_text(code.format(reason=reason))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    environment["READERSTUDY_FAIL_ON_SKIP"] = "yes"
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-p", "tests.conftest", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode != 0) is bool(noted), done.stdout + done.stderr
    assert done.stdout.count("SKIPPED WITHOUT LEAVE") == noted


ROOMS = {
    "browser": {"browser", "scenarios"},
    "services": {"scenarios"},
    "both_databases": {"readerstudy", "verification"},
}
"""The folders in which `tests/run` looks for tests with a mark; of verification `make verify` runs all."""


@pytest.mark.parametrize("mark", ROOMS)
def test_marked_tests_lie_where_they_are_looked_for(mark: str) -> None:
    marked = [path for path in TESTS.rglob("test_*.py") if f"mark.{mark}" in path.read_text()]
    assert {path.relative_to(TESTS).parts[0] for path in marked} == ROOMS[mark]
