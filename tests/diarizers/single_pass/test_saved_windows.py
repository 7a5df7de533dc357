"""The masks of windows survive in a checkpoint; those of other work are ignored."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from speakerplug.diarizers.single_pass import Masks, saved_windows
from speakerplug.diarizers.single_pass.saved_windows import SavedWindows, packed, unpacked
from tests.standins.checkpoint import MemoryCheckpoint

MASKS = st.lists(
    st.integers(1, 4).flatmap(lambda columns: arrays(np.uint8, (13, columns), elements=st.integers(0, 1))),
    min_size=1,
    max_size=8,
)
"""As many frames, and a column for each local speaker; a silent window has only one."""


@pytest.fixture
def three_windows_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Save a record every three windows."""
    monkeypatch.setattr(saved_windows, "RECORD_WINDOWS", 3)


def windows(count: int) -> list[Masks]:
    """Return different masks."""
    return list(np.random.default_rng(0).integers(0, 2, (count, 13, 3)).astype(np.uint8))


def same(some: Sequence[Masks], others: Sequence[Masks]) -> bool:
    """Whether both are the same masks."""
    return len(some) == len(others) and all(map(np.array_equal, some, others))


@given(MASKS)
def test_unpacked_is_what_was_packed(masks: list[Masks]) -> None:
    """Through JSON; columns that some masks do not have are zeros."""
    widest = max(mask.shape[1] for mask in masks)
    found = unpacked(json.loads(json.dumps(packed(masks))))
    assert same(found, [np.pad(mask, ((0, 0), (0, widest - mask.shape[1]))) for mask in masks])


def test_windows_of_an_interrupted_run_are_there_again(three_windows_each: None) -> None:
    """In whole records; what follows is appended, and nothing is saved twice."""
    checkpoint, masks = MemoryCheckpoint(), windows(11)
    for upto in (5, 8, 11):
        run = SavedWindows(checkpoint, "work")
        for mask in masks[:upto]:
            run.add(mask)
    assert same(SavedWindows(checkpoint, "work").saved, masks[:9])
    assert [set(json.loads(record)) for record in checkpoint.records] == [{"work"}] + [{"shape", "windows"}] * 3


def test_windows_of_another_work_are_ignored_and_stay_so(three_windows_each: None) -> None:
    """Another step, another diarizer: the recording begins anew, also the next time."""
    checkpoint, masks = MemoryCheckpoint(), windows(6)
    for work in ("first", "second"):
        run = SavedWindows(checkpoint, work)
        assert run.saved == ()
        for mask in masks if work == "first" else masks[3:]:
            run.add(mask)
    assert SavedWindows(checkpoint, "first").saved == ()


def test_windows_saved_before_a_failure_are_known_after_rewind(three_windows_each: None) -> None:
    """The device manager calls the work again: it begins with the first window, and what is kept is whole."""
    checkpoint, masks = MemoryCheckpoint(), windows(5)
    run = SavedWindows(checkpoint, "work", keep=True)
    for mask in masks[:4]:
        run.add(mask)
    assert same(run.saved, masks[:3])
    run.rewind()
    for mask in masks:
        run.add(mask)
    assert same(run.kept, masks)
    assert same(run.saved, masks[:3])
    assert len(checkpoint.records) == 2


def test_windows_without_a_checkpoint_are_not_saved() -> None:
    """Nor kept, unless somebody asks for them."""
    run = SavedWindows(None, "work")
    run.add(windows(1)[0])
    assert (run.saved, run.kept) == ((), [])
