"""Number the speakers of any diarizer in the order in which they first speak, also those of its artifacts."""

from __future__ import annotations

from dataclasses import replace

from ..attribution.speaker_numbers import renamed, speaker_numbers
from ..diarizers.artifacts import Artifacts
from ..transcript import Diarization


def numbered_speakers(diarization: Diarization) -> Diarization:
    """Return the diarization with its speakers numbered as they first speak; the same object if they are already."""
    artifacts = diarization.artifacts if isinstance(diarization.artifacts, Artifacts) else None
    ids = speaker_numbers(diarization, () if artifacts is None else artifacts.speakers)
    if all(was == now for was, now in ids.items()):
        return diarization
    numbered = renamed(diarization, ids)
    return numbered if artifacts is None else replace(numbered, artifacts=artifacts.renamed(ids))
