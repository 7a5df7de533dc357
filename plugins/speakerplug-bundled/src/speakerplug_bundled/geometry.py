"""The numbers of both networks that no file states: windows, frames, classes and dimensions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from speakerplug.diarizers.single_pass import FrameGrid

SAMPLE_RATE = 16000
MEL_BINS = 80
WINDOW_SAMPLES, HOP_SAMPLES = 400, 160
"""Samples of a frame of log-mel energies, and from one frame to the next: 25 and 10 ms."""
DIMENSION = 192
MIN_FRAMES = 20
"""Fewer frames of 10 ms do not distinguish speakers."""
STRIDE = 2
"""Frames for each feature that CAM++ pools."""
STEP_S = 2.0
"""Seconds between windows: half the cost of one second, for 0.5 points of DER on the open recordings."""
EDGE = 30
"""Frames at either end of a window that count little where few windows see a frame: 0.1 points of DER at a step of 2 s,
and none at shorter ones."""
POWERSET = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], dtype=np.uint8)
"""The local speakers of each class of segmentation-3.0."""


def segmentation_grid(step_s: float | None) -> FrameGrid:
    """Return the windows and frames of segmentation-3.0: a frame looks at 991 samples, 270 after the one before."""
    step_s = STEP_S if step_s is None else step_s
    return FrameGrid(10.0, step_s, 589, 270 / SAMPLE_RATE, 991 / SAMPLE_RATE, EDGE if step_s >= STEP_S else 0)


def active_speakers(scores: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return the local speakers (windows, frames, 3) of the best class of `scores`, (windows, frames, 7)."""
    active: NDArray[np.uint8] = POWERSET[scores.argmax(axis=2)]
    return active
