"""WebVTT: every cue is a voice span, `<v Name>text</v>`, which players use and show as they see fit."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import takewhile

from ..plugin.formats import FileContent, FormatRegistration
from ..subtitles import PROFILES, Cue, CueRules, cues_from
from ..subtitles.parsed import ParsedCue
from ..transcript import Transcript, plain
from .fields import naming, timecode
from .karaoke import Part, parts_of
from .subtitles import timed_blocks

# The colors that WebVTT itself has a class for, so that no STYLE block is needed; white is the first speaker's.
_COLORS = ("white", "yellow", "cyan", "lime", "magenta", "red", "blue")

# A hostile file is as long as it likes: no expression looks at a character more than a few times.
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s([^<>]*)>|</v>")
_TAG = re.compile(r"<[^>]*>")
_HYPHENS = ("-", "\u2010", "\u2013", "\u2014")


def write(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> str:
    """The transcript as WebVTT, a cue a block; no STYLE block, since ffmpeg before 7.0 then reads no cues at all.

    `rules.words` writes the time of each word, `rules.colors` a class for the color of each speaker.
    """
    from webvtt import Caption, WebVTT

    name_of = naming(transcript)
    cues = cues_from(transcript, rules)
    speakers = list(dict.fromkeys(speaker for cue in cues for speaker in cue.speakers if speaker is not None))
    colors = {speaker: _COLORS[index % len(_COLORS)] for index, speaker in enumerate(speakers) if rules.colors}

    def spoken(cue: Cue) -> str:
        """The text of a cue with all its marks."""
        lines = _timed(cue) if rules.words else [escape(line) for line in cue.lines]
        if len(cue.speakers) == 1:
            # A label is text like any other, and may be a line of its own.
            parts = [(cue.speaker, escape(cue.label) + "\n".join(lines))]
        else:
            parts = list(zip(cue.speakers, lines, strict=True))
        return "\n".join(_voiced(name_of(speaker), text, colors.get(speaker or "")) for speaker, text in parts)

    captions = [Caption(timecode(cue.start, "."), timecode(cue.end, "."), spoken(cue)) for cue in cues]
    return str(WebVTT(captions=captions).content)


def escape(text: str) -> str:
    """Text with the three characters escaped that WebVTT gives a meaning; webvtt-py does not do it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _voiced(name: str, escaped: str, color: str | None) -> str:
    text = f"<c.{color}>{escaped}</c>" if color else escaped
    if not name:
        return text
    # A name that ends in two dashes would make an arrow with the end of its tag; readers drop the space.
    gap = " " if name.endswith("--") else ""
    return f"<v {escape(name)}{gap}>{text}</v>"


def _timed(cue: Cue) -> list[str]:
    """The lines, escaped, with the time of each word before it."""

    def marked(part: Part) -> str:
        """A part, and its time if it has one."""
        return ("" if part.start is None else f"<{timecode(part.start, '.')}>") + escape(part.text)

    return ["".join(map(marked, parts)) for parts in parts_of(cue)]


def matches(file: FileContent) -> bool:
    """Whether it begins with the signature of WebVTT."""
    return file.head.lstrip().startswith("WEBVTT")


def read_cues(file: FileContent) -> list[ParsedCue]:
    """The cues of a WebVTT file with their voices, of which a cue may have several; an empty line ends a cue."""
    return [
        ParsedCue(start, end, tuple(_voices("\n".join(filter(str.strip, takewhile(bool, lines))))))
        for start, end, lines in timed_blocks(file)
    ]


def _voices(body: str) -> Iterator[tuple[str | None, str]]:
    """The text of each voice span, without tags; a hyphen before a span is that speaker's."""
    head, *rest = _VOICE.split(body)
    parts = [(None, head), *zip(rest[::2], rest[1::2], strict=True)] if body else []
    before = ""
    for number, (voice, text) in enumerate(parts):
        text = before + html.unescape(_untagged(text))
        last = text.rpartition("\n")[2]
        before = last if number + 1 < len(parts) and last.strip() in _HYPHENS else ""
        name = plain(html.unescape(voice)) if voice is not None else ""
        text = text.removesuffix(before) if before else text
        if name or text:
            yield name or None, text


def _untagged(text: str) -> str:
    """Without tags; what is behind the last end of one is not looked through for the end of each `<` in it."""
    head, end, rest = text.rpartition(">")
    return _TAG.sub("", head + end) + rest


FORMAT = FormatRegistration(
    "vtt",
    "WebVTT subtitles, each cue with its voice",
    ".vtt",
    write,
    takes=("rules",),
    matches=matches,
    read_cues=read_cues,
)
