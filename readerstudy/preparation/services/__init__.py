"""Writing what comes before reading: instructions here, calibration in the module beside."""

from readerstudy.preparation.services.instructions import acknowledge, forget, write_instructions

__all__ = ["acknowledge", "forget", "write_instructions"]
