"""What the readers of a file call each speaker."""

from __future__ import annotations

from collections.abc import Callable

from ..transcript import Transcript, plain


def naming(transcript: Transcript) -> Callable[[str | None], str]:
    """A function from speaker id to the name to write: one line, the id where the name is blank, "" for None."""
    names = {speaker.id: plain(speaker.name) or plain(speaker.id) for speaker in transcript.speakers}
    return lambda speaker: "" if speaker is None else names.get(speaker) or plain(speaker)
