"""RTTM: a line a turn."""

from __future__ import annotations

from collections.abc import Sequence

from ..transcript import Turn
from .values import short_name


def read_rttm(text: str, recording: str | None = None) -> tuple[Turn, ...]:
    """Turns by start, from the SPEAKER lines of an RTTM file; with `recording`, only those with that id.

    Their times are as they stand there: the gate judges them. Raises ValueError or LookupError for a line that is none.
    """
    turns = [_turn(fields) for fields in _speaker_lines(text) if recording in (None, fields[1])]
    return tuple(sorted(turns, key=lambda turn: turn.start))


def recordings_of(text: str) -> Sequence[str]:
    """The ids of the recordings in an RTTM file, each once."""
    return list(dict.fromkeys(fields[1] for fields in _speaker_lines(text)))


def _turn(fields: list[str]) -> Turn:
    start = float(fields[3])
    return Turn(start, start + float(fields[4]), short_name(fields[7]))


def _speaker_lines(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.startswith("SPEAKER")]
