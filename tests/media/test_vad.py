"""Speech segments found in chunks are the same as those found in the whole recording, and are found once."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speakerplug.media import vad
from speakerplug.media.vad import CLEAR, FAINT, joined, speech_between, speech_in
from speakerplug.media.waveform import SAMPLE_RATE, Samples, Waveform

Spans = list[tuple[float, float]]


def loud(samples: Samples, threshold: float = CLEAR) -> Spans:
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
    assert np.allclose(joined(Waveform(samples), loud), loud(samples))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), max_size=12), st.integers(0, 80), st.integers(0, 80))
def test_speech_between_two_times_is_that_of_the_whole(segments: list[tuple[int, int]], one: int, other: int) -> None:
    """In chunks, too: every sample between both times is speech as it is in the whole recording."""
    parts = [part for pause, length in segments for part in (np.zeros(pause * 1600), np.ones(length * 1600))]
    samples = np.concatenate([*parts, np.zeros(1600)]).astype(np.float32)
    start, end = (min(each / 10, len(samples) / SAMPLE_RATE) for each in sorted((one, other)))
    speech = np.zeros_like(samples)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vad, "_detect", loud)
        for a, b in speech_between(Waveform(samples), start, end):
            speech[round(a * SAMPLE_RATE) : round(b * SAMPLE_RATE)] += 1
    inside = slice(round(start * SAMPLE_RATE), round(end * SAMPLE_RATE))
    np.testing.assert_array_equal(speech[inside], samples[inside])
    assert speech.sum() == samples[inside].sum()


def test_joined_passes_the_detector_at_most_one_and_a_half_chunks() -> None:
    """This holds for recordings of any length."""
    sizes = []
    joined(Waveform(np.zeros(20 * SAMPLE_RATE, np.float32)), lambda chunk: sizes.append(len(chunk)) or [])
    assert max(sizes) <= (3.0 + 0.5) * SAMPLE_RATE
    assert len(sizes) >= 7


def test_speech_in_is_detected_once_for_threads_that_ask_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """All threads get the same segments, of one detection; another waveform and threshold have their own."""
    calls, barrier = [], Barrier(4)

    def detect(samples: Samples, threshold: float) -> Spans:
        """Count the calls."""
        calls.append(len(samples))
        return loud(samples)

    def ask(waveform: Waveform) -> object:
        """Ask when all threads are there."""
        barrier.wait()
        return speech_in(waveform)

    monkeypatch.setattr(vad, "_detect", detect)
    waveform, other = Waveform.of(np.ones(16_000)), Waveform.of(np.zeros(8_000))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, [waveform] * 4))
    assert answers == [((0.0, 1.0),)] * 4
    assert speech_in(other) == ()
    assert calls == [16_000, 8_000]
    assert speech_in(waveform, threshold=FAINT) == speech_in(waveform, threshold=FAINT) == ((0.0, 1.0),)
    assert calls == [16_000, 8_000, 16_000]


def test_speech_in_that_is_canceled_is_detected_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress is reported after each chunk but the last, and what it raises reaches the caller."""
    monkeypatch.setattr(vad, "_detect", loud)
    waveform, reached = Waveform.of(np.ones(5 * SAMPLE_RATE)), []

    def cancel(step: str, completed: float, total: float) -> None:
        """Refuse to go on."""
        raise KeyError(step)

    with pytest.raises(KeyError, match="speech"):
        speech_in(waveform, cancel)
    assert speech_in(waveform, lambda *progress: reached.append(progress)) == ((0.0, 5.0),)
    assert reached == [("speech", 2.0, 5.0)]


def test_speech_in_keeps_no_waveform_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known about a waveform goes with it."""
    monkeypatch.setattr(vad, "_detect", loud)
    before = len(vad._known)
    speech_in(Waveform.of(np.ones(1600)))
    gc.collect()
    assert len(vad._known) == before
