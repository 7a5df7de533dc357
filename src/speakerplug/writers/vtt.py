"""WebVTT: every cue is a voice span, `<v Name>text</v>`, which players use and show as they see fit."""

from __future__ import annotations

from ..cues import cues_from
from ..transcript import Transcript
from .names import naming
from .timecode import timecode


def write(transcript: Transcript) -> str:
    """The transcript as WebVTT, a cue a block; no STYLE block, since ffmpeg before 7.0 then reads no cues at all."""
    from webvtt import Caption, WebVTT

    name_of = naming(transcript)
    captions = [
        Caption(
            timecode(cue.start, "."),
            timecode(cue.end, "."),
            _voiced(name_of(cue.speaker), escape("\n".join(cue.lines))),
        )
        for cue in cues_from(transcript)
    ]
    return str(WebVTT(captions=captions).content)


def escape(text: str) -> str:
    """Text with the three characters escaped that WebVTT gives a meaning; webvtt-py does not do it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _voiced(name: str, escaped: str) -> str:
    if not name:
        return escaped
    # A name that ends in two dashes would make an arrow with the end of its tag; readers drop the space.
    gap = " " if name.endswith("--") else ""
    return f"<v {escape(name)}{gap}>{escaped}</v>"
