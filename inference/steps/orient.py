"""Pictures turned the way networks and rules expect: rows from head to foot, columns from front to back.

A turn moves no value between pixels: axes are swapped and reversed, and the geometry with them.
"""

from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from inference.volume import Volume

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True)
class Turn:
    """How a stack [slices, rows, columns] was turned: axes swapped first, then rows and columns reversed."""

    swapped: bool
    rows_reversed: bool
    columns_reversed: bool

    def apply(self, array: NDArray[Scalar]) -> NDArray[Scalar]:
        """An array of the original grid on the turned one."""
        turned = array.swapaxes(1, 2) if self.swapped else array
        return np.ascontiguousarray(turned[:, :: self._row_step, :: self._column_step])

    def undo(self, array: NDArray[Scalar]) -> NDArray[Scalar]:
        """An array of the turned grid back on the original one."""
        straight = array[:, :: self._row_step, :: self._column_step]
        return np.ascontiguousarray(straight.swapaxes(1, 2) if self.swapped else straight)

    @property
    def _row_step(self) -> int:
        return -1 if self.rows_reversed else 1

    @property
    def _column_step(self) -> int:
        return -1 if self.columns_reversed else 1


def upright(volume: Volume) -> tuple[Volume, Turn]:
    """The volume with rows from head to foot and columns from front to back, and the turn that did it.

    Raises ValueError if the slices are not sagittal: rows and columns must run mostly along z and y.
    """
    row, column = volume.row_direction, volume.column_direction
    if abs(volume.normal[0]) < 0.7:
        raise ValueError("the slices are not sagittal")
    swapped = abs(row[2]) > abs(column[2])
    across, down = (column, row) if swapped else (row, column)
    turn = Turn(swapped, rows_reversed=bool(down[2] > 0), columns_reversed=bool(across[1] < 0))
    spacing = volume.pixel_spacing_mm[::-1] if swapped else volume.pixel_spacing_mm
    array = turn.apply(volume.array)
    first = volume.positions_mm.astype(float)
    if turn.rows_reversed:
        first = first + (array.shape[1] - 1) * spacing[0] * down
        down = -down
    if turn.columns_reversed:
        first = first + (array.shape[2] - 1) * spacing[1] * across
        across = -across
    changes: dict[str, Any] = {
        "array": array,
        "positions_mm": first,
        "row_direction": across,
        "column_direction": down,
        "pixel_spacing_mm": (float(spacing[0]), float(spacing[1])),
    }
    return replace(volume, **changes), turn
