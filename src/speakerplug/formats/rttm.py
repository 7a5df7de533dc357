"""RTTM: a line a turn with ten fields, which tools that score or compare diarizations read."""

from __future__ import annotations

from ..transcript import Transcript
from .fields import field, recording
from .names import naming


def write(transcript: Transcript) -> str:
    """The turns of the transcript as RTTM; those that last no millisecond are left out.

    The recording is called by its file's name without suffix. No field may hold a space: names have "_" instead.
    """
    name_of = naming(transcript)
    file = recording(transcript)
    lines = []
    for turn in transcript.turns:
        start_ms, end_ms = round(turn.start * 1000), round(turn.end * 1000)
        if end_ms > start_ms:
            times = f"{start_ms / 1000:.3f} {(end_ms - start_ms) / 1000:.3f}"
            speaker = field(name_of(turn.speaker)) or "unknown"
            lines.append(f"SPEAKER {file} 1 {times} <NA> <NA> {speaker} <NA> <NA>\n")
    return "".join(lines)
