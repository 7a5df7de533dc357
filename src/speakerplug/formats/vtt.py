"""WebVTT: every cue is a voice span, `<v Name>text</v>`, which players style as they see fit."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import takewhile

from ..plugin.formats import FileContent, FormatRegistration
from ..subtitles import PROFILES, Cue, CueRules, cues_from
from ..subtitles.parsed import ParsedCue
from ..transcript import Transcript, plain
from .fields import speaker_names, timecode
from .karaoke import Part, parts_of
from .subtitles import timed_blocks

# The colors that WebVTT itself has a class for, so that no STYLE block is needed; white is the first speaker's.
_COLORS = ("white", "yellow", "cyan", "lime", "magenta", "red", "blue")

# A hostile file may be of any length: these expressions look at each character only a few times.
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s([^<>]*)>|</v>")
_TAG = re.compile(r"<[^>]*>")
_HYPHENS = ("-", "\u2010", "\u2013", "\u2014")


def write(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> str:
    """Return the transcript as WebVTT; without a STYLE block, as ffmpeg before 7.0 then reads no cues at all.

    `rules.words` writes the time of each word, `rules.colors` a class for the color of each speaker.
    """
    from webvtt import Caption, WebVTT

    name_of = speaker_names(transcript)
    cues = cues_from(transcript, rules)
    speakers = list(dict.fromkeys(speaker for cue in cues for speaker in cue.speakers if speaker is not None))
    colors = {speaker: _COLORS[index % len(_COLORS)] for index, speaker in enumerate(speakers) if rules.colors}

    def spoken(cue: Cue) -> str:
        """Return the text of a cue with markup."""
        lines = _timed(cue) if rules.words else [escape(line) for line in cue.lines]
        if len(cue.speakers) == 1:
            # A label is text like any other, and may be a line of its own.
            parts = [(cue.speaker, escape(cue.label) + "\n".join(lines))]
        else:
            parts = list(zip(cue.speakers, lines, strict=True))
        return "\n".join(_voice_span(name_of(speaker), text, colors.get(speaker or "")) for speaker, text in parts)

    captions = [Caption(timecode(cue.start, "."), timecode(cue.end, "."), spoken(cue)) for cue in cues]
    return str(WebVTT(captions=captions).content)


def escape(text: str) -> str:
    """Return text with WebVTT's three special characters escaped, which webvtt-py does not do."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _voice_span(name: str, escaped: str, color: str | None) -> str:
    text = f"<c.{color}>{escaped}</c>" if color else escaped
    if not name:
        return text
    # A name that ends in two hyphens would form an arrow with the end of its tag; readers drop the space.
    gap = " " if name.endswith("--") else ""
    return f"<v {escape(name)}{gap}>{text}</v>"


def _timed(cue: Cue) -> list[str]:
    """Return the escaped lines with the time of each word before it."""

    def marked(part: Part) -> str:
        """Return a part after its time, if it has one."""
        return ("" if part.start is None else f"<{timecode(part.start, '.')}>") + escape(part.text)

    return ["".join(map(marked, parts)) for parts in parts_of(cue)]


def matches(file: FileContent) -> bool:
    """Return whether it begins with the signature of WebVTT."""
    return file.head.lstrip().startswith("WEBVTT")


def read_cues(file: FileContent) -> list[ParsedCue]:
    """Return the cues of a WebVTT file with their voice spans, of which a cue may have several."""
    return [
        ParsedCue(start, end, tuple(_voices("\n".join(filter(str.strip, takewhile(bool, lines))))))
        for start, end, lines in timed_blocks(file)
    ]


def _voices(body: str) -> Iterator[tuple[str | None, str]]:
    """Yield speaker and text of each voice span, without tags; a hyphen before a span belongs to it."""
    head, *rest = _VOICE.split(body)
    parts = [(None, head), *zip(rest[::2], rest[1::2], strict=True)] if body else []
    before = ""
    for number, (voice, text) in enumerate(parts):
        text = before + html.unescape(_untagged(text))
        last = text.rpartition("\n")[2]
        is_next_voice = number + 1 < len(parts) and parts[number + 1][0] is not None
        before = last if is_next_voice and last.strip() in _HYPHENS else ""
        name = plain(html.unescape(voice)) if voice is not None else ""
        text = text.removesuffix(before) if before else text
        if name or text:
            yield name or None, text


def _untagged(text: str) -> str:
    """Return the text without tags, in linear time: nothing after the last ">" is searched for the end of a tag."""
    head, end, rest = text.rpartition(">")
    return _TAG.sub("", head + end) + rest


FORMAT = FormatRegistration(
    "vtt",
    "WebVTT subtitles with a voice span per speaker",
    ".vtt",
    write,
    takes=("rules",),
    matches=matches,
    read_cues=read_cues,
)
