"""Windows and frames lie where pyannote.audio has them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pyannote.core import SlidingWindow

from speakerplug.diarizers.single_pass import FrameGrid
from speakerplug.media.waveform import SAMPLE_RATE

FRAME_STEP_S, FRAME_S = 270 / SAMPLE_RATE, 991 / SAMPLE_RATE
STEPS = st.sampled_from([0.1, 0.25, 0.5, 1.0, 1.5, 2.5, 10.0])


def grid(step_s: float = 1.0) -> FrameGrid:
    """Return the geometry of segmentation-3.0."""
    return FrameGrid(10.0, step_s, 589, FRAME_STEP_S, FRAME_S)


@given(STEPS, st.integers(0, 100 * SAMPLE_RATE))
def test_windows_in_equals_the_chunks_of_inference(step_s: float, samples: int) -> None:
    """Whole windows, and a last one that is padded if samples remain (pyannote.audio's Inference.slide)."""
    window, step = 10 * SAMPLE_RATE, round(step_s * SAMPLE_RATE)
    whole = (samples - window) // step + 1 if samples >= window else 0
    padded = samples < window or (samples - window) % step > 0
    assert grid(step_s).windows_in(samples / SAMPLE_RATE) == whole + padded


@given(st.integers(0, 5), STEPS, st.integers(-1, 1))
def test_windows_in_at_the_edge_of_a_window_counts_single_samples(whole: int, step_s: float, more: int) -> None:
    """A window that ends with the recording is the last; one sample more needs another."""
    samples = 10 * SAMPLE_RATE + whole * round(step_s * SAMPLE_RATE) + more
    assert grid(step_s).windows_in(samples / SAMPLE_RATE) == max(1, whole + 1 + (more > 0))


@given(STEPS, st.integers(0, 40_000))
def test_offset_is_the_closest_frame_of_the_window(step_s: float, window: int) -> None:
    """As pyannote's Inference.aggregate places it."""
    frames = SlidingWindow(duration=FRAME_S, step=FRAME_STEP_S, start=0.0)
    assert grid(step_s).offset(window) == frames.closest_frame(window * step_s + 0.5 * FRAME_S)


@given(st.lists(st.integers(0, 10**7), max_size=20))
def test_middles_are_those_of_a_sliding_window(frames: list[int]) -> None:
    """Turns begin and end where pyannote's Binarize has them: in the middle of frames."""
    window = SlidingWindow(duration=FRAME_S, step=FRAME_STEP_S, start=0.0)
    found = grid().middles(np.array(frames, dtype=np.intp))
    np.testing.assert_allclose(found, [window[frame].middle for frame in frames], rtol=1e-12)
