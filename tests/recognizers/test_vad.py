"""Speech is found in pieces as if it were found in one."""

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
    """A detector without memory: where the samples are not zero."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (samples != 0).astype(np.int8), [0]])))
    return [(a / SAMPLE_RATE, b / SAMPLE_RATE) for a, b in edges.reshape(-1, 2)]


@pytest.fixture(scope="module", autouse=True)
def _small_pieces() -> object:
    """Pieces of two seconds that share half a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vad, "PIECE_S", 2.0)
        patch.setattr(vad, "OVERLAP_S", 0.5)
        yield


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), max_size=12))
def test_borders_between_pieces_are_not_seen(stretches: list[tuple[int, int]]) -> None:
    """What the detector finds in the whole is found in pieces."""
    parts = [part for pause, length in stretches for part in (np.zeros(pause * 1600), np.ones(length * 1600))]
    samples = np.concatenate([*parts, np.zeros(1600)]).astype(np.float32)
    assert np.allclose(joined(samples, loud), loud(samples))


def test_no_piece_is_longer_than_one_and_a_half() -> None:
    """The detector never gets more at once, whatever the length of the recording."""
    sizes = []
    joined(np.zeros(20 * SAMPLE_RATE, dtype=np.float32), lambda piece: sizes.append(len(piece)) or [])
    assert max(sizes) <= (3.0 + 0.5) * SAMPLE_RATE
    assert len(sizes) >= 7
