"""The documents made from the code are in step with it."""

import pytest

from tests.architecture import documents


def test_the_state_diagrams_are_in_step() -> None:
    assert (documents.ROOT / "docs/flow.md").read_text() == documents.flow_page(), "run `make docs`"


def test_the_trust_table_is_in_step() -> None:
    assert (documents.ROOT / "docs/trust.md").read_text() == documents.trust_page(), "run `make docs`"


@pytest.mark.parametrize("number", sorted(documents.REQUIREMENTS))
def test_every_requirement_has_its_test(number: int) -> None:
    assert documents.trust_tests()[number]
