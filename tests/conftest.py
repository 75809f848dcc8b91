"""Fixtures for every room."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real and hostile data beside the checkout; never part of the product."""
    folder = os.environ.get("READERSTUDY_SHARED_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("READERSTUDY_SHARED_DATA does not name a folder: the shared test data are absent")
    return Path(folder)
