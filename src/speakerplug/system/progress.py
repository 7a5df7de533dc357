"""Progress of a stage: the callback and its event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[str, float, float], None]
"""Called as `progress(step, completed, total)`; `step` names the current step in a word or two."""


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """The progress of a stage of a recording: `completed` of `total` of its current `step`, `seconds` after its start.

    `recording` is the recording as the caller named it: the path, else the name of the waveform, else "". A stage
    (decoding, loading, recognition, diarization, alignment, attribution) begins with an event without a step, which is
    `started`, and ends, even if it fails, with another, which is `finished`.
    """

    recording: str
    stage: str
    step: str = ""
    completed: float = 0.0
    total: float = 1.0
    seconds: float = 0.0

    @property
    def started(self) -> bool:
        """Whether this event is the start of the stage."""
        return not self.step and not self.completed

    @property
    def finished(self) -> bool:
        """Whether this event is the end of the stage."""
        return not self.step and bool(self.completed)


Report = Callable[[ProgressEvent], None]
"""Called with each event, from the thread in which the stage runs."""
