"""What stands in the fields of files: times, names of speakers as people read them, and texts without spaces."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..transcript import Transcript, plain


def timecode(seconds: float, point: str) -> str:
    """Hours, minutes, seconds and milliseconds, as `00:00:01.500` with "." for the decimal `point`."""
    total_s, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, rest_s = divmod(total_s, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest_s:02}{point}{milliseconds:03}"


def naming(transcript: Transcript) -> Callable[[str | None], str]:
    """A function from speaker id to the name to write: one line, the id where the name is blank, "" for None."""
    names = {speaker.id: plain(speaker.name) or plain(speaker.id) for speaker in transcript.speakers}
    return lambda speaker: "" if speaker is None else names.get(speaker) or plain(speaker)


def field(text: str) -> str:
    """The text without a space in it: "_" stands for each."""
    return "_".join(plain(text).split())


def recording(transcript: Transcript) -> str:
    """What the recording is called: its file's name without suffix, "waveform" where it has none.

    A line that begins with a semicolon would be a comment.
    """
    name = field(Path(transcript.media.file).stem)
    return "_" + name.lstrip(";") if name.startswith(";") else name or "waveform"
