"""The frames of a segmentation: where in time each lies, and which windows cover it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]

INNER_VOTES = 16
"""Votes of a window for a frame that is not at its edge, where it has one: that counts where no other window is."""


@dataclass(frozen=True, slots=True)
class FrameGrid:
    """The geometry of a segmentation by windows, as pyannote.audio defines it.

    Windows of `window_s` seconds begin `step_s` seconds apart and have `per_window` frames each. Frames of the whole
    recording are `frame_step_s` apart, and each looks at `frame_s` seconds of audio.
    """

    window_s: float
    step_s: float
    per_window: int
    frame_step_s: float
    frame_s: float
    edge: int = 0
    """Frames at either end of a window that count little, as the network has seen what follows on one side only."""

    @property
    def votes(self) -> NDArray[np.uint16]:
        """The votes of a window for each of its frames."""
        frames = np.arange(self.per_window)
        inner = (frames >= self.edge) & (frames < self.per_window - self.edge)
        return np.where(inner, INNER_VOTES if self.edge else 1, 1).astype(np.uint16)

    def offset(self, window: int) -> int:
        """Return the first frame of a window, counted from the start of the recording."""
        return round(window * self.step_s / self.frame_step_s)

    def middles(self, frames: NDArray[np.integer]) -> Times:
        """Return the times at the middle of frames, where turns begin and end."""
        times: Times = frames.astype(np.float64) * self.frame_step_s + self.frame_s / 2
        return times

    def windows_in(self, duration: float) -> int:
        """Return how many windows cover `duration` seconds; the last one may reach beyond the end."""
        whole = (duration - self.window_s) / self.step_s
        return 1 if whole <= 0 else int(np.ceil(round(whole, 6))) + 1
