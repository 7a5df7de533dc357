"""Markup in the text of cues, of any case, nested or never closed: text, speakers, times and highlights from it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from ..subtitles.parsed import ParsedCue
from ..transcript import plain
from .cue_times import milliseconds, stamp

# A hostile file may be of any length: these expressions look at each character only a few times.
_STYLES = r"b|i|u|s|em|strong|font|span|br|p|big|small|sub|sup|center"
SRT_TAG = re.compile(
    rf"(<(?:/?(?:{_STYLES})(?:\s[^<>]*)?/?|\d[\d:.,]*:[\d:.,]*)>|\{{(?:\\|[yYcCfFsS]:)[^{{}}]*\}})", re.I
)
"""Tags of SubRip: other words between angle brackets are text, as they need not be escaped there."""
VOICE_TAG = re.compile(rf"(</?(?:v|c|lang|ruby|rt)(?:[.\s][^<>]*)?>|{SRT_TAG.pattern[1:-1]})", re.I)
"""The same with tags of WebVTT, for SubRip that has been made of it."""
VTT_TAG = re.compile(r"(<(?:/?[a-z][^<>]*|/|\d[\d:.,]*)>|\{\\an?\d{1,2}\})", re.I)
"""Tags of WebVTT, of which readers skip unknown ones, and the positions of SubRip, which its converters leave."""
ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{1,31}\d{0,2});", re.I)
_NAME = re.compile(r"v(?:\.[^\s.]+)*\s+(.*)", re.I | re.S)
_HYPHENS = ("-", "\u2010", "\u2013", "\u2014")


class Markup:
    """Text while it is read: its parts, `times` by position, and `spans`: the positions of what tags make stand out."""

    def __init__(self) -> None:
        self.times: list[tuple[int, int]] = []
        self.length = 0
        self.spans: list[tuple[int, int]] = []
        self.is_muted = False
        self._parts: list[tuple[str | None, list[str]]] = [(None, [])]
        self._opened: list[int] = []

    def add(self, text: str) -> None:
        """Add text of the current speaker, unless it only says how the text before it is read."""
        if self.is_muted:
            return
        self._parts[-1][1].append(text)
        self.length += len(text)

    def voice(self, name: str | None) -> None:
        """Let the text from here on be of a speaker."""
        self._parts.append((name, []))

    def open(self) -> None:
        """Begin a span that stands out."""
        self._opened.append(self.length)

    def close(self) -> None:
        """End the span that was begun last."""
        if self._opened:
            self.spans.append((self._opened.pop(), self.length))

    @property
    def parts(self) -> tuple[tuple[str | None, str], ...]:
        """Speakers and texts, as in ParsedCue."""
        return tuple(_with_hyphens([(speaker, "".join(texts)) for speaker, texts in self._parts]))

    def cue(self, start_ms: int, end_ms: int) -> ParsedCue:
        """Return the cue with this text."""
        highlight = self.spans[0] if len(self.spans) == 1 and not self._opened else None
        return ParsedCue(start_ms, end_ms, self.parts, tuple(self.times), highlight)


def marked(body: str, tags: re.Pattern[str]) -> Markup:
    """Return the text in `body` without the `tags`, and what they say."""
    found = Markup()
    for number, token in enumerate(tags.split(body)):
        if number % 2:
            _apply(token, found)
        else:
            found.add(_unescaped(token))
    return found


def _apply(tag: str, found: Markup) -> None:
    inner = tag[1:-1].strip()
    name = re.split(r"[.\s/]", inner.lstrip("/"), maxsplit=1)[0].lower()
    if tag[0] == "{":
        return
    if inner[:1].isdigit():
        if (time := stamp(inner)) is not None:
            found.times.append((found.length, milliseconds(time)))
    elif name == "v":
        voice = _NAME.fullmatch(inner)
        if inner.startswith("/") or voice:
            found.voice((plain(_unescaped(voice[1])) or None) if voice else None)
    elif name in ("rt", "ruby"):
        found.is_muted = inner.lower() == "rt"
    elif name == "br":
        found.add("\n")
    elif name in ("u", "font", "b"):
        (found.close if inner.startswith("/") else found.open)()


def _unescaped(text: str) -> str:
    return ENTITY.sub(lambda entity: html.unescape(entity[0]), text) if "&" in text else text


def _with_hyphens(parts: list[tuple[str | None, str]]) -> Iterator[tuple[str | None, str]]:
    """Yield the parts that say or name something; a hyphen before a voice belongs to it."""
    before = ""
    for number, (speaker, text) in enumerate(parts):
        text = before + text
        last = text.rpartition("\n")[2]
        is_next_voice = number + 1 < len(parts) and parts[number + 1][0] is not None
        before = last if is_next_voice and last.strip() in _HYPHENS else ""
        text = text.removesuffix(before) if before else text
        if speaker or text:
            yield speaker, text
