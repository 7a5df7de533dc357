"""The cues of a TTML document: their absolute times, and what each agent says in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

from ..attribution.word_times import interpolated
from ..plugin.validation import LATEST_S
from ..transcript import Word, plain
from .importers.fields import short_name
from .importers.words import filled, spaced
from .xml import attribute, local

_CLOCK = re.compile(r"(?:(?:(\d{1,9}):)?(\d{1,9}):)?(\d{1,9}(?:[.,]\d{1,12})?)(?:s|(?=$))")
_FRAMES = re.compile(r"(\d{1,9}):(\d{1,2}):(\d{1,2})[:;](\d{1,9})(?:\.(\d{1,9}))?")
_OFFSET = re.compile(r"(\d{1,15}(?:\.\d{1,12})?)(h|m|ms|f|t)")
_NOT_SPOKEN = frozenset({"metadata", "set", "desc", "title", "agent", "animate"})
_ANNOTATION = frozenset({"text", "textContainer", "delimiter"})
"""Values of `tts:ruby` of what stands above the text and is read in its place, as furigana."""
READING_CPS = 15.0
"""Characters per second of the last cue, where the document does not say when it ends."""


@dataclass(frozen=True, slots=True)
class TimedPart:
    """A text in a cue and its speaker; `start` and `end` in seconds where it has times of its own."""

    speaker: str | None
    text: str
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True)
class TimedCue:
    """A paragraph, `start` to `end` in seconds; `end` is None where it is shown until something else ends it."""

    start: float
    end: float | None
    parts: tuple[TimedPart, ...]


@dataclass(frozen=True, slots=True)
class _Scope:
    """What an element passes on: when it begins and ends in seconds, its agent, and whether white space is kept."""

    start: float = 0.0
    end: float | None = None
    speaker: str | None = None
    keeps_space: bool = False
    is_timed: bool = False


def cues_of(root: Element) -> list[TimedCue]:
    """Return the paragraphs with text, by start; raises ValueError for a time that cannot be read."""
    reader = _Reader(root)
    body = next((child for child in root if local(child.tag) == "body"), None)
    cues = [] if body is None else list(reader.cues(body))
    cues.sort(key=lambda cue: cue.start)
    return [_ended(cue, after) for cue, after in zip(cues, [*cues[1:], None], strict=False)]


def _ended(cue: TimedCue, after: TimedCue | None) -> TimedCue:
    """Return the cue with an end: the start of the next one, or what its text takes to read."""
    if cue.end is not None:
        return cue
    length = sum(len(part.text) for part in cue.parts) / READING_CPS
    return replace(cue, end=cue.start + length if after is None or after.start <= cue.start else after.start)


def words_of(cue: TimedCue) -> list[Word]:
    """Return the words of a cue: those of a part with times are in these, the others between their neighbors.

    A label that repeats the speaker is no text.
    """
    first, *others = cue.parts
    label = "" if first.speaker is None else f"{first.speaker}:"
    parts = (replace(first, text=first.text.removeprefix(label)), *others)
    words = [word for part in parts for word in _words(part)]
    text = "".join(part.text for part in parts)
    return filled(spaced(words, " ".join(text.split())), cue.start, cue.end)


def _words(part: TimedPart) -> list[Word]:
    found = interpolated([(part.speaker, part.text)], part.start, part.end)
    return [replace(found[0], estimated=False)] if len(found) == 1 else found


class _Reader:
    """Reads the elements of one document, by its rates and its agents."""

    def __init__(self, root: Element) -> None:
        self._frame_rate = _number(attribute(root, "frameRate"), 30.0)
        numerator, *denominator = re.split(r"[\s:]+", attribute(root, "frameRateMultiplier") or "1")
        self._frame_rate *= _number(numerator, 1.0) / _number("".join(denominator[:1]), 1.0)
        self._parts = _number(attribute(root, "subFrameRate"), 1.0)
        frames = self._frame_rate * self._parts if attribute(root, "frameRate") else 1.0
        self._tick_rate = _number(attribute(root, "tickRate"), frames)
        self._names = dict(_agents(root))
        self._keeps_space = attribute(root, "space") == "preserve"
        self._is_apples = any("apple.com/" in key for each in root.iter() for key in each.attrib)

    def seconds(self, text: str | None) -> float | None:
        """Return the seconds of a time expression; None where there is none."""
        text = (text or "").strip()
        if not text:
            return None
        if found := _FRAMES.fullmatch(text):
            hours, minutes, whole, frames, parts = (int(group or 0) for group in found.groups())
            time = hours * 3600 + minutes * 60 + whole + (frames + parts / self._parts) / self._frame_rate
        elif found := _CLOCK.fullmatch(text):
            hours, minutes = (int(group or 0) for group in found.groups()[:2])
            time = hours * 3600 + minutes * 60 + float(found[3].replace(",", "."))
        elif found := _OFFSET.fullmatch(text):
            unit = {"h": 3600.0, "m": 60.0, "ms": 0.001, "f": 1 / self._frame_rate, "t": 1 / self._tick_rate}
            time = float(found[1]) * unit[found[2]]
        else:
            raise ValueError(f"{text[:40]!r} is not a time")
        if time > LATEST_S:
            raise ValueError(f"{text[:40]!r} is not a time in a recording")
        return time

    def scope(self, element: Element, outer: _Scope, previous: float | None = None) -> _Scope:
        """Return the scope of an element within an outer one; `previous`: the end of the one before, in a sequence."""
        begin, end, length = (self.seconds(attribute(element, name)) for name in ("begin", "end", "dur"))
        base = outer.start if previous is None else previous
        if begin is not None and self._is_absolute(begin, outer):
            base = 0.0
        start = base + (begin or 0.0)
        ends = [base + end] if end is not None else []
        ends += [start + length] if length is not None else []
        ends += [outer.end] if outer.end is not None and outer.end > start else []
        space = attribute(element, "space")
        ids = (attribute(element, "agent") or "").split()
        return _Scope(
            start,
            min(ends, default=None),
            short_name(" / ".join(self._names.get(id, id) for id in ids)) or outer.speaker,
            outer.keeps_space if space is None else space == "preserve",
            begin is not None or end is not None or length is not None,
        )

    def _is_absolute(self, begin: float, outer: _Scope) -> bool:
        """Return whether a time counts from the start of the recording: in Apple's files, and where it fits only so."""
        if self._is_apples:
            return True
        return outer.end is not None and outer.start <= begin < outer.end <= outer.start + begin

    def cues(self, body: Element) -> Iterator[TimedCue]:
        """Yield the cues of the body, in the order of the document."""
        yield from self._within(body, self.scope(body, _Scope(keeps_space=self._keeps_space)))

    def _within(self, element: Element, scope: _Scope) -> Iterator[TimedCue]:
        previous = scope.start if attribute(element, "timeContainer") == "seq" else None
        for child in element:
            name = local(child.tag)
            if name not in ("div", "p"):
                continue
            inner = self.scope(child, scope, previous)
            if previous is not None:
                previous = inner.end if inner.end is not None else inner.start
            if name == "div":
                yield from self._within(child, inner)
            elif parts := _trimmed(list(self._parts_of(child, replace(inner, is_timed=False)))):
                yield TimedCue(inner.start, inner.end, _with_ends(parts, inner.end))

    def _parts_of(self, element: Element, scope: _Scope) -> Iterator[TimedPart]:
        """Yield the texts in a paragraph or span."""
        times = (scope.start, scope.end) if scope.is_timed else (None, None)

        def part(text: str | None) -> Iterator[TimedPart]:
            """Yield a text of this element itself."""
            if text:
                yield TimedPart(scope.speaker, text if scope.keeps_space else re.sub(r"\s+", " ", text), *times)

        yield from part(element.text)
        for child in element:
            name = local(child.tag) if isinstance(child.tag, str) else ""
            if name == "br":
                yield TimedPart(scope.speaker, "\n")
            elif name == "span" and attribute(child, "ruby") not in _ANNOTATION:
                inner = self.scope(child, scope)
                yield from self._parts_of(child, replace(inner, is_timed=inner.is_timed or scope.is_timed))
            elif name and name not in _NOT_SPOKEN and name != "span":
                yield from self._parts_of(child, scope)
            yield from part(child.tail)


def _trimmed(parts: list[TimedPart]) -> list[TimedPart]:
    """Return the parts without white space around lines; none where nothing else is left."""
    kept: list[TimedPart] = []
    for part in parts:
        at_edge = not kept or kept[-1].text.endswith("\n")
        text = part.text.lstrip(" ") if at_edge else part.text
        if text.startswith("\n") and kept:
            kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip(" "))
        if text:
            kept.append(replace(part, text=text))
    while kept and not kept[-1].text.strip():
        kept.pop()
    if kept:
        kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip())
    return kept if any(plain(part.text) for part in kept) else []


def _with_ends(parts: Iterable[TimedPart], end: float | None) -> tuple[TimedPart, ...]:
    """Return the parts, those with a time ended at the latest where the next one begins."""
    ended: list[TimedPart] = []
    for part in reversed(list(parts)):
        if part.start is not None:
            ends = [time for time in (part.end, end) if time is not None]
            part = replace(part, end=max(part.start, min(ends)) if ends else None)
            end = part.start
        ended.append(part)
    return tuple(reversed(ended))


def _agents(root: Element) -> Iterator[tuple[str, str]]:
    """Yield the id and the name of each agent: its full name or alias, the first name of any type, else the id."""
    for agent in root.iter():
        if isinstance(agent.tag, str) and local(agent.tag) == "agent" and (id := attribute(agent, "id")):
            names = {
                attribute(name, "type") or "": plain("".join(name.itertext()))
                for name in reversed(agent)
                if isinstance(name.tag, str) and local(name.tag) == "name"
            }
            yield id, next((name for name in (names.get("full"), names.get("alias"), *names.values()) if name), id)


def _number(text: str | None, otherwise: float) -> float:
    try:
        found = float(text or otherwise)
    except ValueError as error:
        raise ValueError(f"{text!r:.40} is not a rate") from error
    if not 0 < found < 1e12:
        raise ValueError(f"{text!r:.40} is not a rate")
    return found
