"""Activity and turns equal those of pyannote.audio, wherever every counted speaker has votes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.diarizers.pyannote.diarizer import prepare_import
from speakerplug.diarizers.single_pass import FrameGrid
from speakerplug.diarizers.single_pass.turns import SpokenPart, activity, turns_of
from speakerplug.transcript import Turn

pytestmark = pytest.mark.models  # no model is loaded, but importing pyannote.audio takes time

GRID = FrameGrid(10.0, 1.0, 589, 270 / 16000, 991 / 16000)
FRAMES, SPEAKERS = 400, 4
NAMES = [f"SPEAKER_{number:02}" for number in range(SPEAKERS)]


@pytest.fixture(autouse=True, scope="module")
def pyannote() -> None:
    """Import it as SpeakerPlug does."""
    prepare_import()


def framed(data: Any) -> Any:
    """Return values by frame as pyannote has them."""
    from pyannote.core import SlidingWindow, SlidingWindowFeature

    return SlidingWindowFeature(data, SlidingWindow(duration=GRID.frame_s, step=GRID.frame_step_s, start=0.0))


def runs(rng: np.random.Generator, high: int) -> Any:
    """Return a number for each frame, which changes now and then."""
    return np.repeat(rng.integers(0, high + 1, FRAMES), rng.integers(1, 20, FRAMES))[:FRAMES]


@given(st.integers(0, 10**6))
def test_activity_equals_to_diarization(seed: int) -> None:
    """The same ranking of the same votes."""
    from pyannote.audio.pipelines.utils import SpeakerDiarizationMixin
    from pyannote.core import SlidingWindow, SlidingWindowFeature

    rng = np.random.default_rng(seed)
    votes = np.argsort(rng.random((FRAMES, SPEAKERS)), axis=1) * (runs(rng, 3) > 0)[:, None]  # no two are equal
    count = np.minimum(runs(rng, SPEAKERS), (votes > 0).sum(axis=1))
    window = SlidingWindow(duration=FRAMES * GRID.frame_step_s, step=1.0, start=0.0)
    theirs = SpeakerDiarizationMixin.to_diarization(
        SlidingWindowFeature(votes[None].astype(float), window), framed(count[:, None])
    )
    parts = [SpokenPart(0, column.astype(np.uint16), speaker) for speaker, column in enumerate(votes.T)]
    ours = activity(parts, count.astype(np.uint8), SPEAKERS)
    size = min(len(ours), len(theirs.data))
    assert size >= FRAMES - 4
    np.testing.assert_array_equal(ours[:size], theirs.data[:size])


@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.05, 0.2, 1.0]))
def test_turns_equal_binarize(seed: int, pause_s: float) -> None:
    """The same turns, to a microsecond; pauses are bridged alike."""
    from pyannote.audio.utils.signal import Binarize

    rng = np.random.default_rng(seed)
    active = np.stack([runs(rng, 1) for _ in NAMES], axis=1).astype(np.uint8)
    theirs = Binarize(onset=0.5, offset=0.5, min_duration_off=pause_s)(framed(active.astype(float)))
    expected = [
        Turn(segment.start, segment.end, NAMES[label])
        for segment, _, label in theirs.itertracks(yield_label=True)
        if segment.duration > 1e-6
    ]
    ours = turns_of(active, GRID, NAMES, pause_s)
    key = [(round(turn.start, 6), round(turn.end, 6), turn.speaker) for turn in ours]
    assert sorted(key) == sorted((round(turn.start, 6), round(turn.end, 6), turn.speaker) for turn in expected)
