import threading
import time

import numpy as np
import pytest

from inference.modelserver.batching import Batcher, BatchingRules, BatchTooLargeError, QueueFullError


def rows(count, value=0.0, width=3):
    return {"x": np.full((count, width), value, np.float32)}


class Recorder:
    def __init__(self):
        self.sizes, self.gate = [], threading.Event()
        self.gate.set()

    def __call__(self, inputs):
        self.gate.wait()
        self.sizes.append(inputs["x"].shape)
        return {"y": inputs["x"] * 2}


def closed_after(batcher, futures):
    results = [future.result(10) for future in futures]
    batcher.close()
    return results


def test_waiting_requests_are_joined_and_every_caller_gets_its_rows():
    run = Recorder()
    run.gate.clear()
    batcher = Batcher(run, BatchingRules(max_batch_size=8, threads=1))
    futures = [batcher.submit(rows(1))]
    time.sleep(0.1)
    futures += [batcher.submit(rows(2, value)) for value in (1.0, 2.0, 3.0)]
    run.gate.set()
    results = closed_after(batcher, futures)
    assert run.sizes == [(1, 3), (6, 3)]
    assert [result["y"][0, 0] for result in results] == [0, 2, 4, 6]
    assert [len(result["y"]) for result in results] == [1, 2, 2, 2]


def test_rows_of_another_shape_and_rows_beyond_the_limit_wait_for_the_next_batch():
    run = Recorder()
    run.gate.clear()
    batcher = Batcher(run, BatchingRules(max_batch_size=4, threads=1))
    futures = [batcher.submit(rows(1))]
    time.sleep(0.1)
    futures += [batcher.submit(rows(3)), batcher.submit(rows(2)), batcher.submit(rows(1, width=5))]
    run.gate.set()
    closed_after(batcher, futures)
    assert run.sizes == [(1, 3), (3, 3), (2, 3), (1, 5)]


def test_a_failure_reaches_every_caller_of_the_batch_and_the_next_batch_runs():
    def run(inputs):
        if inputs["x"][0, 0] == 1:
            raise ValueError("bad")
        return {"y": inputs["x"]}

    batcher = Batcher(run, BatchingRules(threads=1))
    bad = batcher.submit(rows(1, 1.0))
    with pytest.raises(ValueError, match="bad"):
        bad.result(10)
    assert batcher.submit(rows(1)).result(10)["y"].shape == (1, 3)
    batcher.close()


def test_what_is_too_large_or_too_many_is_refused():
    run = Recorder()
    run.gate.clear()
    batcher = Batcher(run, BatchingRules(max_batch_size=4, max_enqueued_batches=2, threads=1))
    with pytest.raises(BatchTooLargeError, match="Task size 5 is larger"):
        batcher.submit(rows(5))
    futures = [batcher.submit(rows(4))]
    time.sleep(0.1)
    futures += [batcher.submit(rows(4)), batcher.submit(rows(4))]
    with pytest.raises(QueueFullError, match="queue"):
        batcher.submit(rows(1))
    run.gate.set()
    closed_after(batcher, futures)


def test_a_request_whose_caller_has_gone_is_not_run():
    run = Recorder()
    run.gate.clear()
    batcher = Batcher(run, BatchingRules(max_batch_size=1, threads=1))
    first = batcher.submit(rows(1))
    time.sleep(0.1)
    batcher.submit(rows(1, 5.0), wanted=lambda: False)
    last = batcher.submit(rows(1, 7.0))
    run.gate.set()
    closed_after(batcher, [first, last])
    assert len(run.sizes) == 2


def test_the_parameters_are_read_from_tensorflow_servings_text_form(tmp_path):
    path = tmp_path / "batching.config"
    path.write_text(
        "# comment\nmax_batch_size { value: 16 }\nbatch_timeout_micros { value: 2000 }\n"
        "num_batch_threads { value: 3 }\npad_variable_length_inputs: true\n"
    )
    assert BatchingRules.from_file(path) == BatchingRules(16, 0.002, 10, 3)
    path.write_text("max_batch_size { value: ")
    with pytest.raises(ValueError, match="batching.config"):
        BatchingRules.from_file(path)
