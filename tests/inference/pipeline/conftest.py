import pytest

from inference.phantom import make_phantom
from inference.pipeline import map_exam
from tests.inference.pipeline.perfect import detector_for, localizer_for
from tests.inference.pipeline.sources import stored_t1


@pytest.fixture(scope="session")
def phantom():
    return make_phantom(3)


@pytest.fixture(scope="session")
def heard():
    return []


@pytest.fixture(scope="session")
def result(phantom, heard):
    """The phantom mapped by networks that answer from its truth."""
    return map_exam(
        phantom.t1,
        phantom.t2,
        localizer=localizer_for(phantom),
        detector=detector_for(phantom),
        progress=lambda stage, share: heard.append((stage, share)),
    )


@pytest.fixture(scope="session")
def sources(phantom, tmp_path_factory):
    return stored_t1(phantom, tmp_path_factory.mktemp("sources"))
