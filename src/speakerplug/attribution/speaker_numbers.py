"""Number speakers in the order in which they first speak: diarizers number them as their clusters come."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..transcript import Diarization

NUMBERED = re.compile(r"SPEAKER_[0-9]+")
"""An id that only numbers a speaker, unlike a name that a diarizer or a host gives."""


def speaker_numbers(diarization: Diarization, others: Iterable[str] = ()) -> Mapping[str, str]:
    """Return the new id of each numbered speaker: SPEAKER_00 is the first of the exclusive turns, and so on.

    Speakers without exclusive turns follow, in the order of their regular turns, then those of `others` without any.
    Ids that are names are not in the result, and stay as they are.
    """
    numbered = filter(NUMBERED.fullmatch, dict.fromkeys((*diarization.speakers, *others)))
    return {speaker: f"SPEAKER_{number:02d}" for number, speaker in enumerate(numbered)}


def renamed(diarization: Diarization, ids: Mapping[str, str]) -> Diarization:
    """Return the diarization with other ids of speakers; the speaker tree refers to turns, and stays as it is."""
    turns, exclusive = (
        tuple(replace(turn, speaker=ids.get(turn.speaker, turn.speaker)) for turn in each)
        for each in (diarization.turns, diarization.exclusive)
    )
    return replace(diarization, turns=turns, exclusive=exclusive)
