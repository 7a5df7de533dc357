"""WebVTT: every cue is a voice span, `<v Name>text</v>`, which players style as they see fit."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from ..plugin.formats import FileContent, FormatRegistration
from ..subtitles import PROFILES, Cue, CueRules, cues_from
from ..subtitles.parsed import ParsedCue
from ..transcript import Transcript
from .fields import speaker_names, timecode
from .karaoke import Part, parts_of
from .markup import VTT_TAG, marked
from .timed_blocks import Block, blocks_of, listed

log = logging.getLogger(__name__)

# The colors that WebVTT itself has a class for, so that no STYLE block is needed; white is the first speaker's.
_COLORS = ("white", "yellow", "cyan", "lime", "magenta", "red", "blue")


def write(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> str:
    """Return the transcript as WebVTT; without a STYLE block, as ffmpeg before 7.0 then reads no cues at all.

    `rules.words` writes the time of each word, `rules.colors` a class for the color of each speaker.
    """
    from webvtt import Caption, WebVTT

    name_of = speaker_names(transcript)
    cues = cues_from(transcript, rules)
    colors = colors_of(speaker for cue in cues for speaker in cue.speakers) if rules.colors else {}

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


def colors_of(speakers: Iterable[str | None]) -> dict[str, str]:
    """Return the color of each speaker, in the order in which they first speak."""
    found = dict.fromkeys(speaker for speaker in speakers if speaker is not None)
    return {speaker: _COLORS[index % len(_COLORS)] for index, speaker in enumerate(found)}


def voice_tags(name: str, color: str | None, classes: str = "") -> tuple[str, str]:
    """Return what is before and after the text of a speaker; `classes` of the voice are such as `.loud`."""
    before, after = (f"<c.{color}>", "</c>") if color else ("", "")
    if not name:
        return before, after
    # A name that ends in two hyphens would form an arrow with the end of its tag; readers drop the space.
    gap = " " if name.endswith("--") else ""
    return f"<v{classes} {escape(name)}{gap}>{before}", f"{after}</v>"


def _voice_span(name: str, escaped: str, color: str | None) -> str:
    before, after = voice_tags(name, color)
    return before + escaped + after


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
    """Return the cues of a WebVTT file, each up to its first blank line, with voice spans and word times.

    Text that is in no cue, which no player shows, is named in a warning.
    """
    cues, stray = [], []
    blocks = blocks_of(file)
    for block, following in zip(blocks, [*blocks[1:], None], strict=False):
        lines = list(takewhile(bool, block.lines))
        cues.append(marked(body_of(block), VTT_TAG).cue(block.start_ms, block.end_ms))
        rest = block.lines[len(lines) :]
        named = following is not None and rest and rest[-1]  # the identifier of the next cue is above its times
        stray += [block.number + len(lines) + at for at in _stray(rest[:-1] if named else rest)]
    if stray:
        shown = listed(f"line {number}" for number in stray)
        log.warning(
            "%s: text after a blank line is in no cue (%s) and is left out; remove that line.", file.path, shown
        )
    return cues


def body_of(block: Block) -> str:
    """Return the text of a cue with its markup: all up to its first blank line."""
    return "\n".join(filter(str.strip, takewhile(bool, block.lines)))


def _stray(lines: Sequence[str]) -> Iterator[int]:
    """Yield where text begins after a cue, from 1, that is neither a note nor a style."""
    begin = None
    for at, line in enumerate([*lines, ""], 1):
        if line and begin is None:
            begin = at
        if not line and begin is not None:
            if not lines[begin - 1].startswith(("NOTE", "STYLE", "REGION")):
                yield begin
            begin = None


FORMAT = FormatRegistration(
    "vtt",
    "WebVTT subtitles with a voice span per speaker",
    ".vtt",
    write,
    takes=("rules",),
    matches=matches,
    read_cues=read_cues,
)
