"""One embedded model server with tiny networks, shared by every test that needs a real one."""

import pytest

from inference.networks.embedded import model_server
from tests.inference.modelserver.tiny import write_tiny_models


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory):
    return write_tiny_models(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="session")
def tiny_server(tiny_models):
    with model_server(tiny_models / "plain") as address:
        yield address
