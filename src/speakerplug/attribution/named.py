"""Names for the speakers of a transcript, as the user gives them."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from ..transcript import Transcript

log = logging.getLogger(__name__)


def named(transcript: Transcript, names: Mapping[str, str]) -> Transcript:
    """Return the transcript with new names for its speakers; an unknown id is logged as a warning."""
    known = {speaker.id for speaker in transcript.speakers}
    for unknown in names.keys() - known:
        there = ", ".join(sorted(known)) or "no speakers"
        log.warning("There is no %s in %s to name; it has %s.", unknown, transcript.media.file, there)
    return transcript.renamed({speaker: name for speaker, name in names.items() if speaker in known})
