"""Join the audio of a batch of windows for one call of faster-whisper, and return its words to their times."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..media.waveform import SAMPLE_RATE, Samples, Waveform
from ..transcript import Word
from .windows import LONGEST, Window

FRAME = 160
"""Samples in 10 ms, to which Whisper rounds: windows are moved by a multiple, so that times are rounded alike."""
LONGEST_SAMPLES = round(LONGEST * SAMPLE_RATE)
MAX_GAP = 3 * SAMPLE_RATE
"""Samples to leave between windows, at most: faster-whisper shortens long words after a pause."""


class WindowAudio:
    """The audio of some windows: `samples`, and in `clips` where each window lies in them (seconds)."""

    def __init__(self, waveform: Waveform, windows: Sequence[Window]) -> None:
        self.clips: list[dict[str, float]] = []
        self._duration = waveform.duration
        self._starts: list[float] = []
        self._shifts: list[float] = []
        parts: list[Samples] = []
        position = end = 0
        for window in windows:
            first = int(window[0][0] * SAMPLE_RATE)
            gap = min(max(0, first - end), MAX_GAP)
            gap += (first - position - gap) % FRAME
            parts.append(np.zeros(gap, np.float32))
            position += gap
            clip_start = position
            for start, stop in window:
                first, end = int(start * SAMPLE_RATE), int(stop * SAMPLE_RATE)
                parts.append(waveform.read(first, end))
                self._starts.append(position / SAMPLE_RATE)
                self._shifts.append((first - position) / SAMPLE_RATE)
                position += len(parts[-1])
            # Rounded spans may be a sample too long together, of which faster-whisper would warn. It rounds down to
            # samples: half a sample keeps it from losing one.
            clip_end = min(position, clip_start + LONGEST_SAMPLES)
            self.clips.append({"start": (clip_start + 0.5) / SAMPLE_RATE, "end": (clip_end + 0.5) / SAMPLE_RATE})
        self.samples: Samples = np.concatenate(parts)

    def restored(self, word: Word) -> Word:
        """Return a word of the joined audio at its times in the recording: those of the span that has its middle.

        Whisper fills a window with silence and may see words end there, but none ends after the recording.
        """
        start, end = word.start or 0.0, word.end or 0.0
        shift = self._shifts[max(0, bisect_right(self._starts, (start + end) / 2) - 1)]
        start, end = (round(min(max(0.0, time + shift), self._duration), 4) for time in (start, end))
        return replace(word, start=start, end=end)
