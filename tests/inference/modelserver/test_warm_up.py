"""The warm-up record that `export` writes is the request a loaded version has answered before all others."""

from pathlib import Path

import numpy as np
import pytest

from inference.modelserver.batching import BatchingRules
from inference.modelserver.servables import Servable
from inference.networks.embedded import WEIGHTS
from inference.networks.versions import newest
from inference.training.engine import tf
from inference.training.export import INPUT_NAMES, SHAPES, WARM_UP, write_warm_up

ONE = {"image": np.zeros((1, 16, 16, 1), np.float32)}


class Counting(tf.Module):
    """Answers with how many requests it has had."""

    def __init__(self) -> None:
        super().__init__()
        self.requests = tf.Variable(0.0)

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 1], tf.float32, name="image")])
    def serve(self, image):
        return {"probability": self.requests.assign_add(1.0) + 0.0 * image}


@pytest.mark.parametrize("rules", [None, BatchingRules(max_batch_size=8)])
def test_a_version_answers_its_record_before_it_is_served(
    rules: BatchingRules | None, tmp_path: Path
) -> None:
    module = Counting()
    tf.saved_model.save(module, str(tmp_path), signatures={"serving_default": module.serve})
    cold = Servable(tmp_path, rules)
    assert cold.predict("serving_default", ONE)["probability"].max() == 1.0
    cold.close()
    write_warm_up(tmp_path, "localize", 1)
    warm = Servable(tmp_path, rules)
    assert warm.predict("serving_default", ONE)["probability"].max() == 2.0
    warm.close()


@pytest.mark.parametrize("model", sorted(SHAPES))
def test_the_shipped_versions_bring_the_record_that_export_writes(model: str, tmp_path: Path) -> None:
    write_warm_up(tmp_path, model, SHAPES[model].inputs)
    assert (newest(WEIGHTS / model) / WARM_UP).read_bytes() == (tmp_path / WARM_UP).read_bytes()
    assert INPUT_NAMES[model].encode() in (tmp_path / WARM_UP).read_bytes()
