"""The numbers of the networks fit together."""

from __future__ import annotations

import numpy as np

from speakerplug_bundled.geometry import POWERSET, STEP_S, active_speakers, segmentation_grid


def test_active_speakers_are_those_of_the_best_class() -> None:
    """Seven classes: nobody, one of three, two of three."""
    assert active_speakers(np.eye(7)[None])[0].tolist() == POWERSET.tolist()
    assert len({tuple(row) for row in POWERSET.tolist()}) == 7
    assert POWERSET.sum(axis=1).tolist() == [0, 1, 1, 1, 2, 2, 2]


def test_segmentation_grid_covers_its_window() -> None:
    """The last frame of a window ends with it, but for less than a frame's step."""
    grid = segmentation_grid(None)
    assert grid.step_s == STEP_S
    assert segmentation_grid(2.5).step_s == 2.5
    assert segmentation_grid(0.0).step_s == 0.0  # for the engine to refuse
    end = (grid.per_window - 1) * grid.frame_step_s + grid.frame_s
    assert 0 <= grid.window_s - end < grid.frame_step_s
