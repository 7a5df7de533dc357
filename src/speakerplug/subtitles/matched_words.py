"""The words of a transcript, found again in the cues of the file that they came from."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..attribution.word_times import interpolated
from ..transcript import Word
from .parsed import ParsedCue

WINDOW = 500
"""Words among which those of a cue are searched, at most."""
FAR_S = 15.0
"""Time between a cue and its words that is too long; captions that roll show words again some seconds later."""
NEAREST = 20
"""Words at about the same time that are looked at for a word whose cue is not found as a whole."""
_DASHES = "-\u2010\u2013\u2014>"


@dataclass(frozen=True, slots=True)
class Place:
    """A word from `start` to `end` in the text of a cue; `number` is that in the transcript, None for a dash."""

    start: int
    end: int
    text: str
    number: int | None = None


def matched(cues: Sequence[ParsedCue], words: Sequence[Word]) -> list[list[Place]]:
    """Return the words of each cue, in the order of the cues, each with its word in the transcript.

    Usually these are the words of all cues by their start; captions that roll show some of them several times. Where a
    plugin has changed words, they are found by their times.
    """
    spoken = _Spoken(words)
    found: list[list[Place]] = [[] for _ in cues]
    for number in sorted(range(len(cues)), key=lambda number: cues[number].start_ms):
        cue = cues[number]
        given = _words_of(cue)
        same = iter(spoken.same_as([word for word in given if _key(word.text)]))
        found[number] = [
            replace(place, number=next(same, None)) if _key(place.text) else place
            for place in _places(cue.text, [word.text for word in given])
        ]
    return found


def _key(text: str) -> str:
    return text.strip(_DASHES)


def _words_of(cue: ParsedCue) -> list[Word]:
    times = [(position, time_ms / 1000) for position, time_ms in cue.times if cue.start_ms <= time_ms <= cue.end_ms]
    return interpolated(cue.parts, cue.start_ms / 1000, max(cue.start_ms, cue.end_ms) / 1000, times)


def _places(text: str, words: Sequence[str]) -> Iterator[Place]:
    """Yield where the words are in a text: all that is visible in it, in its order."""
    done = 0
    for word in words:
        start = text.find(word, done)
        if start < 0:  # a letter that no file can hold has become another one
            start = next((at for at in range(done, len(text)) if not text[at].isspace()), done)
        done = min(start + len(word), len(text))
        yield Place(start, done, word)


class _Spoken:
    """The words of a transcript with more than a dash, searched from where the last cue was found."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._numbers = [number for number, word in enumerate(words) if _key(word.text)]
        self._keys = [_key(words[number].text) for number in self._numbers]
        self._starts = [words[number].start or 0.0 for number in self._numbers]
        self._by_time = sorted(range(len(self._starts)), key=self._starts.__getitem__)
        self._sorted = [self._starts[at] for at in self._by_time]
        self._first = self._last = 0

    def same_as(self, given: Sequence[Word]) -> list[int]:
        """Return the numbers of the words of the next cue; none where there are no words at all."""
        if not given or not self._keys:
            return []
        wanted, start = [_key(word.text) for word in given], given[0].start or 0.0
        at = next((at for at in self._candidates(wanted) if abs(self._starts[at] - start) < FAR_S), None)
        if at is None:
            return [self._numbers[self._nearest(word)] for word in given]
        self._first, self._last = at, at + len(wanted)
        return self._numbers[at : self._last]

    def _candidates(self, wanted: Sequence[str]) -> Iterator[int]:
        """Yield where the words are these: after the cue before, else from its beginning on."""
        for at in (self._last, *range(self._first, min(self._first + WINDOW, len(self._keys)))):
            if self._keys[at : at + 1] == wanted[:1] and self._keys[at : at + len(wanted)] == wanted:
                yield at

    def _nearest(self, word: Word) -> int:
        """Return the word with the same text at about the same time, else the one at the same time."""
        start = word.start or 0.0
        place = bisect_left(self._sorted, start)
        near = self._by_time[max(0, place - NEAREST) : place + NEAREST]
        near.sort(key=lambda at: abs(self._starts[at] - start))
        return next((at for at in near if self._keys[at] == _key(word.text)), near[0])
