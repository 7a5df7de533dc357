"""The audio of windows is joined for Whisper, and words return to where they were spoken."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.media.waveform import SAMPLE_RATE, SampleFile, Waveform
from speakerplug.recognizers.window_audio import MAX_GAP, WindowAudio
from speakerplug.transcript import Word

SPANS = st.lists(st.tuples(st.floats(0.01, 9), st.floats(0.05, 3)), min_size=1, max_size=8)
AUDIO = Waveform.of(np.linspace(0, 1, 100 * SAMPLE_RATE))


def windows_of(spans: list[tuple[float, float]], size: int) -> list[tuple[tuple[float, float], ...]]:
    """Return windows of `size` spans each, for pairs of pause and length."""
    placed, now = [], 0.0
    for pause, length in spans:
        placed.append((now + pause, now + pause + length))
        now += pause + length
    return [tuple(placed[first : first + size]) for first in range(0, len(placed), size)]


@given(SPANS, st.integers(1, 3))
def test_clips_of_windows_hold_their_audio_and_words_return(spans: list[tuple[float, float]], size: int) -> None:
    """Each clip, cut as faster-whisper cuts it, is the audio of its window, and a word in it returns to its time."""
    windows = windows_of(spans, size)
    audio = WindowAudio(AUDIO, windows)
    for window, clip in zip(windows, audio.clips, strict=True):
        start, end = (int(clip[key] * SAMPLE_RATE) for key in ("start", "end"))
        cuts = [AUDIO.samples[int(a * SAMPLE_RATE) : int(b * SAMPLE_RATE)] for a, b in window]
        np.testing.assert_array_equal(audio.samples[start:end], np.concatenate(cuts))
        position = start / SAMPLE_RATE
        for (a, b), cut in zip(window, cuts, strict=True):
            word = audio.restored(Word("w", position, position + len(cut) / SAMPLE_RATE))
            assert (word.start, word.end) == pytest.approx((a, b), abs=2e-4)
            position += len(cut) / SAMPLE_RATE


@given(SPANS)
def test_windows_are_moved_by_whole_frames(spans: list[tuple[float, float]]) -> None:
    """Times that Whisper rounds to 10 ms are rounded as if it got the whole recording, and long pauses are short."""
    windows = windows_of(spans, 1)
    audio = WindowAudio(AUDIO, windows)
    ends = 0
    for ((start, _),), clip in zip(windows, audio.clips, strict=True):
        assert (int(start * SAMPLE_RATE) - int(clip["start"] * SAMPLE_RATE)) % 160 == 0
        assert int(clip["start"] * SAMPLE_RATE) - ends < MAX_GAP + 160
        ends = int(clip["end"] * SAMPLE_RATE)


def test_window_audio_reads_only_its_windows() -> None:
    """Of a recording on disk, nothing else is read."""
    file = SampleFile()
    file.write(0, AUDIO.samples)
    read: list[tuple[int, int]] = []

    class Watched(SampleFile):
        """Notes what is read."""

        def read(self, first: int, last: int) -> np.ndarray:
            """Read."""
            read.append((first, last))
            return file.read(first, last)

    windows = [((1.0, 2.0), (5.0, 6.0)), ((50.0, 51.0),)]
    found = WindowAudio(Waveform(AUDIO.samples, file=Watched()), windows)
    assert read == [(16_000, 32_000), (80_000, 96_000), (800_000, 816_000)]
    np.testing.assert_array_equal(found.samples, WindowAudio(AUDIO, windows).samples)
