"""Small arrays that are to be kept, side by side.

Allocated one by one between the large ones that each batch of a network needs and frees, they hold the freed memory
apart: next to nothing fits in between any more, and none of it can go back to the system.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = TypeVar("Array", bound=NDArray[Any])

BLOCK_BYTES = 16 * 2**20
"""Large enough for an allocator to ask the system for memory of its own, and to give it back whole."""
ALIGNMENT = 64
"""Arrays begin at multiples of so many bytes of a block."""


class Shelf:
    """Keeps arrays in large blocks of memory; a block is freed when all arrays in it are."""

    def __init__(self) -> None:
        self._left = np.empty(0, dtype=np.uint8)

    def keep(self, array: Array) -> Array:
        """The same array, in its place on the shelf."""
        if array.nbytes > len(self._left):
            self._left = np.empty(max(BLOCK_BYTES, array.nbytes), dtype=np.uint8)
        kept: Any = self._left[: array.nbytes].view(array.dtype).reshape(array.shape)
        self._left = self._left[-(-array.nbytes // ALIGNMENT) * ALIGNMENT :]
        kept[...] = array
        return kept  # type: ignore[no-any-return]
