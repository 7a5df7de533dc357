"""New speakers for a transcript: those of a diarization that is known already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..transcript import Diarization, Speaker, Transcript
from .attribute import attribute
from .exclusive import exclusive_of


def assign_speakers(
    transcript: Transcript, diarization: Diarization, names: Mapping[str, str] | None = None
) -> Transcript:
    """Return the transcript with the speakers of `diarization`; `names` are their display names, by id.

    Exclusive turns are derived where there are none. Words, language and media stay.
    """
    exclusive = diarization.exclusive or exclusive_of(diarization.turns)
    whole = replace(diarization, exclusive=exclusive)
    return replace(
        transcript,
        words=attribute(transcript.words, whole),
        turns=whole.turns,
        exclusive=exclusive,
        speaker_tree=diarization.speaker_tree,
        speakers_range=diarization.speakers_range,
        speakers=tuple(Speaker(speaker, (names or {}).get(speaker, speaker)) for speaker in whole.speakers),
    )
