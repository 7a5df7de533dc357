"""Utterances: what one speaker says in a row; their words in order of time, also where a time is missing."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ...attribution.text import divisible
from ...attribution.word_times import interpolated
from ...transcript import Word
from .fields import Record, seconds
from .words import estimated_end, filled, from_zero, in_order, spaced, with_both_times, words_from_zero

log = logging.getLogger(__name__)

LONGEST_S = 7.0
"""The words of a segment share no more of its time, unless that is too fast: two words do not last half a minute."""
SLOWEST = 2.0
"""Letters a second below which a segment longer than that has a pause, as Whisper's often have at their end."""

SPACELESS = 8
"""Parts without spaces are words up to this average number of characters of scripts without spaces."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A `text` from `start` to `end` (seconds; None where unknown), by one speaker, with `words` if these have times.

    The texts of words may still begin with spaces.
    """

    text: str
    start: float | None
    end: float | None
    speaker: str | None = None
    words: Sequence[Word] = ()

    @property
    def is_reversed(self) -> bool:
        """Whether it does not end after it starts, so that its end is wrong."""
        return self.start is not None and self.end is not None and self.end <= self.start


def span(
    fields: Record, start: str = "start", end: str = "end", duration: str = "duration", in_one: float = 1.0
) -> tuple[float | None, float | None]:
    """Return the start and the end of an object, whose end may be given as a duration; None for what is unknown."""
    begin, finish = (seconds(fields.get(name), in_one) for name in (start, end))
    length = seconds(fields.get(duration), in_one)
    if finish is None and begin is not None and length is not None:
        finish = round(begin + length, 6)
    return begin, finish


def words_of(utterances: Iterable[Utterance]) -> tuple[Word, ...]:
    """Return the words of all utterances by the start of their utterance, with all times that are known.

    An utterance without an end, or with one that is not after its start, lasts as long as its text takes, at most until
    the next one; one warning counts the latter. Words without times share those of their utterance.
    """
    given = [_bounded(utterance) for utterance in utterances]
    reversed_ends = sum(each.is_reversed and not each.words and bool(each.text.strip()) for each in given)
    found = in_order([replace(each, end=None) if each.is_reversed else each for each in given], jitter_s=0.0)
    if reversed_ends:
        log.warning(
            "%d of %d segments do not end after they start; their ends are estimated from their texts.",
            reversed_ends,
            len(found),
        )
    words: list[Word] = []
    for utterance, following in zip(found, _later_starts(found), strict=True):
        words += _words(utterance, words[-1] if words else None, following)
    return tuple(words)


def words_of_parts(parts: Sequence[Utterance], said: str = "") -> Sequence[Word]:
    """Return the words of parts that are words or segments, which some programs write in the same way.

    `said` is the whole text, where it is known.
    """
    if not _are_words([part.text.strip() for part in parts]):
        return words_of(parts)
    words = [Word(part.text, part.start, part.end, part.speaker) for part in parts]
    return in_order(spaced(with_both_times(words), said))


def _are_words(texts: Sequence[str]) -> bool:
    spaceless = sum(divisible(char, char) for text in texts for char in text)
    return not any(char.isspace() for text in texts for char in text) and spaceless <= SPACELESS * len(texts)


def _bounded(utterance: Utterance) -> Utterance:
    """Return the utterance with the times of its words where it has none of its own, from zero on."""
    starts = [word.start for word in utterance.words if word.start is not None]
    ends = [word.end for word in utterance.words if word.end is not None]
    start = min(starts, default=None) if utterance.start is None else utterance.start
    end = max(ends, default=None) if utterance.end is None else utterance.end
    return replace(utterance, start=from_zero(start, end, utterance.text), end=end)


def _later_starts(utterances: Sequence[Utterance]) -> list[float | None]:
    """Return for each utterance when the next one starts that starts later."""
    found: list[float | None] = []
    same: float | None = None
    later: float | None = None
    for utterance in reversed(utterances):
        if utterance.start is not None and utterance.start != same:
            same, later = utterance.start, same
        found.append(later if utterance.start is not None else same)
    return found[::-1]


def _words(utterance: Utterance, before: Word | None, following: float | None) -> Sequence[Word]:
    words = spaced(in_order(words_from_zero(utterance.words)), utterance.text, before)
    if words:
        return filled(with_both_times(words, following), utterance.start, utterance.end)
    start, end = _estimated_times(utterance, before.end if before is not None else None, following)
    if start is not None and end is not None:
        end = min(end, start + max(LONGEST_S, len(utterance.text.strip()) / SLOWEST))
    return interpolated([(utterance.speaker, utterance.text)], start, end)


def _estimated_times(
    utterance: Utterance, preceding: float | None, following: float | None
) -> tuple[float | None, float | None]:
    """Return the start and the end, estimated if unknown; `preceding` is the last end before, `following` a start."""
    start, end = utterance.start, utterance.end
    latest = following if end is None else end
    if start is None:
        start = preceding if end is None else None
        if start is None and latest is not None:
            start = max(min(preceding or 0.0, latest), latest - estimated_end(utterance.text, 0.0, None))
    if start is not None and end is None:
        end = estimated_end(utterance.text, start, following)
    return start, end
