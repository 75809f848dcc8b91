"""TensorFlow comes in without a word about GPUs that nobody asked for, and says why if it can't."""

import os
import subprocess
import sys

import pytest

from inference.training.engine import heard_on_failure


@heard_on_failure()
def fails(said: bytes) -> None:
    os.write(2, said)
    raise ImportError


def test_what_native_code_says_is_told_only_on_failure(capfd: pytest.CaptureFixture[str]) -> None:
    with heard_on_failure():
        os.write(2, b"no GPU\n")
    assert capfd.readouterr().err == ""
    with pytest.raises(ImportError):
        fails(b"a library is missing\n")
    assert capfd.readouterr().err == "a library is missing\n"
    os.write(2, b"later\n")
    assert capfd.readouterr().err == "later\n"


def test_a_first_operation_is_quiet() -> None:
    code = "from inference.training.engine import tf\nprint(float(tf.constant(1.0) + 1))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("2.0\n", "")
