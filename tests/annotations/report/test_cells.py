"""Figures as cells of a table."""

import pytest

from annotations.agreement.report.cells import NONE, percent


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.125, "12.5%"), (1.0, "100.0%"), (-0.1176, "\N{MINUS SIGN}11.8%"), (-0.0001, "0.0%"), (None, NONE)],
)
def test_a_share_has_a_true_minus_sign_and_no_negative_zero(share: float | None, said: str) -> None:
    assert percent(share) == said
