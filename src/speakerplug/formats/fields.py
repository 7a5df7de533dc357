"""Fields between spaces, as the formats of speech scoring have them."""

from __future__ import annotations

from pathlib import Path

from ..transcript import Transcript, plain


def field(text: str) -> str:
    """The text without a space in it: "_" stands for each."""
    return "_".join(plain(text).split())


def recording(transcript: Transcript) -> str:
    """What the recording is called: its file's name without suffix, "waveform" where it has none.

    A line that begins with a semicolon would be a comment.
    """
    name = field(Path(transcript.media.file).stem)
    return "_" + name.lstrip(";") if name.startswith(";") else name or "waveform"
