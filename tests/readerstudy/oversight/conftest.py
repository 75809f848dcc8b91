"""A study at the moments that matter, with the clock in hand."""

from tests.readerstudy.reads.conftest import _stand_ins, study, travel

__all__ = ["_stand_ins", "study", "travel"]
