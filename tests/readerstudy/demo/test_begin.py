"""A demonstration begins in a folder of its own and removes nothing that isn't its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from readerstudy.common import clock
from readerstudy.demo import story
from readerstudy.demo.processes import REPOSITORY


@pytest.fixture
def folder(settings, tmp_path: Path) -> Path:
    settings.DEMO, settings.DATA_DIR = True, tmp_path
    return tmp_path


def test_what_an_interrupted_telling_left_is_removed(folder: Path) -> None:
    story.begin()
    (folder / "readerstudy.sqlite3").write_text("half a story")
    (folder / "media").mkdir()
    clock.offset_file().write_text("-5000")
    story.begin()
    assert [item.name for item in folder.iterdir()] == ["story-begun"]


def test_the_folder_that_settings_have_just_made_is_a_fresh_one(folder: Path) -> None:
    (folder / "secret_key.txt").touch()
    (folder / "uploads" / "arriving").mkdir(parents=True)
    story.begin()
    assert (folder / "story-begun").exists()


@pytest.mark.parametrize("name", ["readerstudy.sqlite3", "media"])
def test_an_installation_that_is_no_demonstration_is_left_alone(folder: Path, name: str) -> None:
    (folder / name).mkdir() if name == "media" else (folder / name).write_text("reads of a real study")
    with pytest.raises(story.NotADemo, match="--data-dir"):
        story.begin()
    assert [item.name for item in folder.iterdir()] == [name]


def test_the_command_refuses_it_in_a_sentence_whatever_the_environment_says(tmp_path: Path) -> None:
    (tmp_path / "readerstudy.sqlite3").write_text("reads of a real study")
    elsewhere = {
        "READERSTUDY_DATABASE_URL": "postgres://nobody:x@127.0.0.1:1/none",
        "READERSTUDY_HTTPS": "yes",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "demo", "--data-dir", str(tmp_path)],
        cwd=REPOSITORY,
        env=os.environ | elsewhere,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "is no demonstration" in done.stderr
    assert (tmp_path / "readerstudy.sqlite3").read_text() == "reads of a real study"
