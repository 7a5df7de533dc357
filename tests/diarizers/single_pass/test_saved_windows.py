"""The masks of windows survive in a checkpoint; those of other work are ignored."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

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

WORK = {"segmentation step": "2", "kind of device": "cuda"}


@pytest.fixture
def three_windows_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Save a record every three windows."""
    monkeypatch.setattr(saved_windows, "RECORD_WINDOWS", 3)


def begun(checkpoint: MemoryCheckpoint, work: Mapping[str, str] = WORK) -> SavedWindows:
    """Return the windows that the checkpoint holds of the work."""
    run = SavedWindows(checkpoint)
    run.begin(work)
    return run


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
        run = begun(checkpoint)
        for mask in masks[:upto]:
            run.add(mask)
    assert same(begun(checkpoint).saved, masks[:9])
    assert [set(json.loads(record)) for record in checkpoint.records] == [{"work"}] + [{"shape", "windows"}] * 3


@pytest.mark.parametrize("changed", ["segmentation step", "kind of device"])
def test_windows_of_another_work_are_ignored_and_stay_so(
    three_windows_each: None, caplog: pytest.LogCaptureFixture, changed: str
) -> None:
    """Another step, another kind of device: the recording begins anew, also the next time, and a line says why."""
    caplog.set_level("INFO", saved_windows.log.name)
    checkpoint, masks = MemoryCheckpoint(), windows(6)
    for work in (WORK, {**WORK, changed: "other"}):
        run = begun(checkpoint, work)
        assert run.saved == ()
        for mask in masks if work == WORK else masks[3:]:
            run.add(mask)
    assert begun(checkpoint).saved == ()
    assert caplog.messages == 2 * [f"The checkpoint is of another {changed}, so diarization begins anew."]


def test_windows_of_another_device_are_forgotten_when_the_work_moves_there(three_windows_each: None) -> None:
    """As when the memory of a GPU runs out: one recording never mixes windows of two kinds of device."""
    checkpoint, masks = MemoryCheckpoint(), windows(6)
    run = begun(checkpoint)
    for mask in masks[:4]:
        run.add(mask)
    run.begin({**WORK, "kind of device": "cpu"})
    assert run.saved == ()
    for mask in masks[3:]:
        run.add(mask)
    assert same(begun(checkpoint, {**WORK, "kind of device": "cpu"}).saved, masks[3:])


def test_windows_saved_before_a_failure_are_known_when_it_begins_again(three_windows_each: None) -> None:
    """The device manager calls the work again: it begins with the first window, and what is kept is whole."""
    checkpoint, masks = MemoryCheckpoint(), windows(5)
    run = SavedWindows(checkpoint, keep=True)
    run.begin(WORK)
    for mask in masks[:4]:
        run.add(mask)
    assert same(run.saved, masks[:3])
    run.begin(WORK)
    for mask in masks:
        run.add(mask)
    assert same(run.kept, masks)
    assert same(run.saved, masks[:3])
    assert len(checkpoint.records) == 2


def test_windows_without_a_checkpoint_are_not_saved() -> None:
    """Nor kept, unless somebody asks for them."""
    run = SavedWindows(None)
    run.begin(WORK)
    run.add(windows(1)[0])
    assert (run.saved, run.kept) == ((), [])
