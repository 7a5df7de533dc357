"""YouTube's captions: json3; youtube_xml.py reads its XML, youtube_transcript.py the lists of another program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...transcript import Word
from .fields import Record, are_all, records, seconds, text
from .utterances import Utterance, span, words_of
from .words import ParsedWords, in_order, json_format, with_both_times

MS_IN_ONE = 1000.0


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption on the screen from `start` to `end` (seconds), in parts: the text, and its own start if that is known.

    Automatic captions have starts of their words, and stay on the screen while the next one is spoken.
    """

    start: float | None
    end: float | None
    parts: Sequence[tuple[str, float | None]]

    @property
    def is_spoken(self) -> bool:
        """Whether starts of words are known."""
        return any(start is not None for _, start in self.parts)


def words_of_captions(captions: Iterable[Caption]) -> tuple[Word, ...]:
    """Return the words: with their own starts where these are known, else sharing the time of their caption."""
    shown = in_order([each for each in captions if any(said.strip() for said, _ in each.parts)], jitter_s=0.0)
    is_automatic = any(each.is_spoken for each in shown)
    limits = [each.start for each in shown[1:]] if is_automatic else []
    return words_of(_utterances(shown, [*limits, *[None] * (len(shown) - len(limits))]))


def _utterances(captions: Sequence[Caption], limits: Sequence[float | None]) -> Iterator[Utterance]:
    for caption, limit in zip(captions, limits, strict=True):
        known = [time for time in (caption.end, limit) if time is not None and time > (caption.start or 0.0)]
        end = min(known, default=caption.end)
        starts = [(said, caption.start if start is None else start) for said, start in caption.parts if said.strip()]
        words = with_both_times([Word(said, start, None) for said, start in starts], end) if caption.is_spoken else []
        yield Utterance("".join(said for said, _ in caption.parts), caption.start, end, words=words)


def matches(document: Any) -> bool:
    """Return whether it is json3: `events` that each have a start in milliseconds."""
    return isinstance(document, dict) and are_all(lambda event: "tStartMs" in event, document.get("events"))


def read(document: Any) -> ParsedWords:
    """Return the words, each with its start in automatic captions."""
    return ParsedWords(words_of_captions(map(_caption, records(document["events"], "`events`"))))


def _caption(event: Record) -> Caption:
    start, end = span(event, "tStartMs", "", "dDurationMs", MS_IN_ONE)
    segments = records(event.get("segs"), "`segs`")
    is_spoken = any("tOffsetMs" in each or "acAsrConf" in each for each in segments)
    return Caption(start, end, [(text(each, "utf8"), _start(start, each) if is_spoken else None) for each in segments])


def _start(start: float | None, segment: Record) -> float | None:
    offset = seconds(segment.get("tOffsetMs"), MS_IN_ONE)
    return start if start is None or offset is None else round(start + offset, 6)


FORMAT = json_format("youtube_json3", "YouTube's json3", matches, read)
