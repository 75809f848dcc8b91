"""The race of eight submits, a hundred times over (trust 13)."""

import pytest

from tests.readerstudy.conftest import stand_in_images
from tests.readerstudy.reads.test_races import test_trust_13_eight_racing_submits_have_one_winner as race

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases,
    pytest.mark.usefixtures("stand_in_images"),
]
__all__ = ["stand_in_images"]


@pytest.mark.parametrize("repeat", range(100))
def test_trust_13_a_hundred_races_have_a_hundred_winners(repeat: int) -> None:
    race(repeat)
