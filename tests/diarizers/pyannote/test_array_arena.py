"""What is on a shelf is what was put there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from speakerplug.diarizers.pyannote import low_memory
from speakerplug.diarizers.pyannote.low_memory import ArrayArena

KINDS = st.sampled_from([np.dtype(kind) for kind in ("uint8", "int16", "float32", "float64")])
SHAPES = array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=9)


@given(st.lists(arrays(KINDS, SHAPES), max_size=12), st.sampled_from([64, 200, 2**20]))
def test_every_array_stays_what_it_was(given: list[Any], block_bytes: int) -> None:
    """Value for value, in kind and shape, whatever is put beside it and however little fits into a block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(low_memory, "BLOCK_BYTES", block_bytes)
        keeping = ArrayArena()
        kept = [keeping.keep(array) for array in given]
    for array, other in zip(given, kept, strict=True):
        assert (array.dtype, array.shape) == (other.dtype, other.shape)
        assert np.array_equal(array, other, equal_nan=array.dtype.kind == "f")
        assert other.flags.aligned


def test_a_block_holds_many() -> None:
    """A thousand small arrays are in one block, none of them where another one is."""
    keeping = ArrayArena()
    kept = [keeping.keep(np.full(100, number, dtype=np.float32)) for number in range(1000)]
    begins = [array.__array_interface__["data"][0] for array in kept]
    assert max(begins) - min(begins) < low_memory.BLOCK_BYTES
    assert [array[0] for array in kept] == list(range(1000))


def test_what_is_put_there_may_change() -> None:
    """The shelf has its own copy: memory that the next batch uses again is none of its business."""
    array = np.ones(3)
    kept = ArrayArena().keep(array)
    array[:] = 2
    assert kept.tolist() == [1, 1, 1]
