"""How far a piece of work is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[str, float, float], None]
"""Called as `progress(step, completed, total)`; `step` names what is being done, in a word or two."""


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """How far a stage of a recording is: `completed` of `total` of its present `step`, `seconds` after it began.

    `recording` is the recording as the caller named it: the path, else the name of the waveform, else "". A stage
    (decoding, loading, recognition, diarization, alignment, attribution) begins with an event without a step, which is
    `started`, and ends, also where it fails, with another, which is `finished`.
    """

    recording: str
    stage: str
    step: str = ""
    completed: float = 0.0
    total: float = 1.0
    seconds: float = 0.0

    @property
    def started(self) -> bool:
        """Whether the stage begins."""
        return not self.step and not self.completed

    @property
    def finished(self) -> bool:
        """Whether the stage has ended."""
        return not self.step and bool(self.completed)


Report = Callable[[ProgressEvent], None]
"""Called with each event, from whichever thread the stage works in."""
