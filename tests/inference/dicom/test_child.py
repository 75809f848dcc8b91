"""The limited child: it answers, and its death is an answer too."""

import json
import subprocess
import sys

import pytest

from inference.dicom import child as child_module
from inference.dicom.child import Child, ChildLimits
from inference.dicom.intake import receive
from inference.dicom.verdicts import Code
from tests.inference.dicom import made


def accept_job(path, folder):
    return {"op": "accept", "path": str(path), "folder": str(folder), "name": "000000"}


def test_one_child_serves_many_files(tmp_path, keyed, folder):
    exam = folder(made.t1(3))
    with Child(keyed) as child:
        answers = [child.ask(accept_job(path, tmp_path)) for path in sorted(exam.iterdir())]
        assert child.started == 1
    assert all(len(answer["facts"]) == 1 for answer in answers)
    assert json.dumps(answers).count("Somebody") == 0


def stand_in(monkeypatch, script: str) -> None:
    """Another program in the child's place; it reads the key line first."""
    monkeypatch.setattr(child_module, "_LIMITED", f"ulimit -v {{kilobytes}} && exec \"$0\" -c '{script}'")


def test_trust_35_a_child_that_hangs_is_ended_and_replaced(tmp_path, keyed, monkeypatch, folder):
    exam = folder(made.t1(1))
    with monkeypatch.context() as patch:
        stand_in(patch, "import time; time.sleep(1000)")
        with Child(keyed) as child:
            answer = child.ask(accept_job(exam, tmp_path), wall_s=1.0)
            assert answer["code"] == Code.RESOURCES
            assert "too long" in answer["reason"]
            patch.undo()
            assert "facts" in child.ask(accept_job(next(exam.iterdir()), tmp_path))
            assert child.started == 2


def test_trust_35_a_child_that_dies_is_an_answer(tmp_path, keyed, monkeypatch):
    stand_in(monkeypatch, "import os; input(); input(); os.kill(os.getpid(), 11)")
    with Child(keyed) as child:
        assert child.ask(accept_job(tmp_path, tmp_path))["code"] == Code.RESOURCES
        assert child.ask(accept_job(tmp_path, tmp_path))["code"] == Code.RESOURCES
        assert child.started == 2


def test_trust_35_a_child_that_takes_too_much_memory_dies_alone(tmp_path, keyed, monkeypatch):
    stand_in(monkeypatch, "input(); input(); a = bytearray(2**31)")
    with Child(keyed) as child:
        assert child.ask(accept_job(tmp_path, tmp_path))["code"] == Code.RESOURCES


def test_processor_time_is_limited_for_each_job(tmp_path, keyed, folder):
    exam = folder(made.t1(1))
    with Child(keyed, ChildLimits(cpu_s=5)) as child:
        assert "facts" in child.ask(accept_job(next(exam.iterdir()), tmp_path))


def test_trust_35_many_slow_files_are_bounded_together_and_heard_of_meanwhile(
    tmp_path, keyed, monkeypatch, folder
):
    exam = folder(made.t1(6) + made.t2(6))
    answer = json.dumps({"code": Code.RESOURCES, "reason": "slow"}).replace('"', '\\"')
    heard: list[float] = []
    script = f'import time; input()\nwhile input(): time.sleep(0.6); print("{answer}", flush=True)'
    (tmp_path / "slow.py").write_text(script)
    monkeypatch.setattr(child_module, "_LIMITED", f'exec "$0" {tmp_path / "slow.py"}')
    received = receive(exam, tmp_path / "staging", keyed, progress=heard.append, longest_s=5.0)
    assert received.refused is not None
    assert received.refused.code == Code.RESOURCES
    assert "Upload one exam at a time" in received.refused.reason
    assert len(received.refusals) < 12, "the others were not begun"
    assert heard


def in_a_program(script: str) -> str:
    """What a program of one thread says that ran `script`."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.strip()


FORKED = """
from pathlib import Path
from inference.dicom import worker
from inference.dicom.child import Child, ChildLimits
from inference.dicom.uids import Keyed
job = {{"op": "accept", "path": {path!r}, "folder": {folder!r}, "name": "000000"}}
{before}
with Child(Keyed(bytes(32)), ChildLimits(memory_bytes=2**30), fork=True) as child:
    print(sorted(child.ask(job)), child.started, sorted(child.ask(job)), child.started)
"""


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("", "['facts'] 1 ['facts'] 1"),
        (
            "worker._accepted = lambda *_: os.kill(os.getpid(), 11)",
            "['code', 'reason'] 1 ['code', 'reason'] 2",
        ),
        ("worker._accepted = lambda *_: bytearray(2**31)", "['code', 'reason'] 1 ['code', 'reason'] 1"),
        ("os.environ['A'] = 'b'; worker._accepted = lambda *_: list(os.environ)", "['facts'] 1 ['facts'] 1"),
    ],
    ids=["reads", "dies", "memory", "poor"],
)
def test_trust_35_a_forked_child_reads_and_dies_as_a_fresh_one_does(tmp_path, folder, before, said):
    path = next(folder(made.t1(1)).iterdir())
    script = FORKED.format(path=str(path), folder=str(tmp_path), before=f"import os\n{before}")
    assert in_a_program(script) == said
