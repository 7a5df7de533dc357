"""Move what was found in a part of a recording to its times in the recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from ..diarizers.artifacts import Artifacts
from ..transcript import Diarization, Removed, Transcript, Turn, Word

Timed = TypeVar("Timed", Word, Turn, Removed)


def moved(transcript: Transcript, seconds: float) -> Transcript:
    """Return the transcript with all times later by this."""
    if not seconds:
        return transcript
    return replace(
        transcript,
        words=_moved(transcript.words, seconds),
        turns=_moved(transcript.turns, seconds),
        exclusive=_moved(transcript.exclusive, seconds),
        removed=_moved(transcript.removed, seconds),
    )


def moved_diarization(diarization: Diarization, seconds: float) -> Diarization:
    """Return the diarization with its turns later by this."""
    if not seconds:
        return diarization
    turns, exclusive = _moved(diarization.turns, seconds), _moved(diarization.exclusive, seconds)
    return replace(diarization, turns=turns, exclusive=exclusive)


def with_moved_artifacts(diarization: Diarization, seconds: float) -> Diarization:
    """Return the diarization with the artifacts, if it has any of ours, later by this, and its turns as they are."""
    if not (seconds and isinstance(diarization.artifacts, Artifacts)):
        return diarization
    return replace(diarization, artifacts=diarization.artifacts.moved(seconds))


def _moved(each: Sequence[Timed], seconds: float) -> tuple[Timed, ...]:
    return tuple(replace(one, start=_later(one.start, seconds), end=_later(one.end, seconds)) for one in each)


def _later(time: Any, seconds: float) -> Any:
    return None if time is None else time + seconds
