"""Fields of files: time codes, display names of speakers, and texts without spaces."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..transcript import Transcript, plain


def timecode(seconds: float, point: str) -> str:
    """Return hours, minutes, seconds and milliseconds, as `00:00:01.500` with "." for the decimal `point`."""
    total_s, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, rest_s = divmod(total_s, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest_s:02}{point}{milliseconds:03}"


def clock_time(seconds: float) -> str:
    """Return whole minutes and seconds, for people, with hours where there are some: `0:42`, `1:02:03`."""
    minutes, rest_s = divmod(int(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest_s:02}" if hours else f"{minutes}:{rest_s:02}"


def speaker_names(transcript: Transcript) -> Callable[[str | None], str]:
    """Return a function from speaker id to display name: one line, the id where the name is blank, "" for None."""
    names = {speaker.id: plain(speaker.name) or plain(speaker.id) for speaker in transcript.speakers}
    return lambda speaker: "" if speaker is None else names.get(speaker) or plain(speaker)


def field(text: str) -> str:
    """Return the text with "_" in place of white space."""
    return "_".join(plain(text).split())


def recording(transcript: Transcript) -> str:
    """Return the name of the recording: that of its file without suffix, "waveform" where it has none.

    A leading semicolon, with which the line would be a comment, and a byte order mark give way to "_".
    """
    name = field(Path(transcript.media.file).stem)
    return "_" + name.lstrip(";\ufeff") if name.startswith((";", "\ufeff")) else name or "waveform"
