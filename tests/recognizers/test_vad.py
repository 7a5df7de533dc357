"""Speech segments found in chunks are the same as those found in the whole recording."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speakerplug.recognizers import vad
from speakerplug.recognizers.vad import joined
from speakerplug.waveform import SAMPLE_RATE, Samples

Spans = list[tuple[float, float]]


def loud(samples: Samples) -> Spans:
    """Detect speech without state: wherever the samples are not zero."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (samples != 0).astype(np.int8), [0]])))
    return [(a / SAMPLE_RATE, b / SAMPLE_RATE) for a, b in edges.reshape(-1, 2)]


@pytest.fixture(scope="module", autouse=True)
def _small_chunks() -> object:
    """Set chunks of two seconds that share half a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vad, "CHUNK_S", 2.0)
        patch.setattr(vad, "OVERLAP_S", 0.5)
        yield


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), max_size=12))
def test_joined_segments_in_chunks_equal_those_of_the_whole(segments: list[tuple[int, int]]) -> None:
    """What the detector finds in the whole recording is also found in chunks."""
    parts = [part for pause, length in segments for part in (np.zeros(pause * 1600), np.ones(length * 1600))]
    samples = np.concatenate([*parts, np.zeros(1600)]).astype(np.float32)
    assert np.allclose(joined(samples, loud), loud(samples))


def test_joined_passes_the_detector_at_most_one_and_a_half_chunks() -> None:
    """This holds for recordings of any length."""
    sizes = []
    joined(np.zeros(20 * SAMPLE_RATE, dtype=np.float32), lambda chunk: sizes.append(len(chunk)) or [])
    assert max(sizes) <= (3.0 + 0.5) * SAMPLE_RATE
    assert len(sizes) >= 7
