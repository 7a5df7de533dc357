"""Who speaks in the cues of a file: by the words of its transcript, and by the lines and sentences of each cue."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ..attribution.sentence import ends_sentence
from ..transcript import Word
from .matched_words import Place, matched
from .parsed import ParsedCue
from .sounds import sound_spans

UNCERTAIN = 2
"""Words by which a change of speaker may be off where the times of words are estimated from their cue."""
_DASHES = ("-", "\u2010", "\u2013", "\u2014", ">>")


@dataclass(frozen=True, slots=True)
class Run:
    """What one speaker says in a row, at `start` to `end` in the text of a cue, without a break between lines."""

    speaker: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CueSpeakers:
    """Who speaks in a cue: the `runs` of its `text` in order, none in a sound.

    `by_line`: several speak, each in lines of their own.
    """

    text: str
    runs: tuple[Run, ...] = ()
    by_line: bool = False

    @property
    def speakers(self) -> tuple[str, ...]:
        """The speakers in order of appearance."""
        return tuple(dict.fromkeys(run.speaker for run in self.runs))

    @property
    def main(self) -> str | None:
        """The one who says most, the first of several; None in a sound."""
        said: Counter[str] = Counter()
        for run in self.runs:
            said[run.speaker] += sum(map(str.isalnum, self.text[run.start : run.end]))
        return max(said, key=said.__getitem__, default=None)


def speakers_of_cues(cues: Sequence[ParsedCue], words: Sequence[Word]) -> list[CueSpeakers]:
    """Return who speaks in each cue by the speakers of `words`, the transcript of these cues."""
    found = zip(cues, matched(cues, words), strict=True)
    return [_speakers_of(cue.text, list(_said(cue.text, places, words))) for cue, places in found]


def without_sounds(cues: Sequence[ParsedCue], words: Sequence[Word]) -> tuple[Word, ...]:
    """Return the words, those of cues and lines that are nothing but sounds without a speaker."""
    silent: set[int | None] = set()
    for cue, places in zip(cues, matched(cues, words), strict=True):
        said = list(_said(cue.text, places, words))
        lines = _silent_lines(said)
        silent |= {each.place.number for each in said if each.is_sound and each.line in lines}
    return tuple(_unassigned(word) if number in silent else word for number, word in enumerate(words))


def _unassigned(word: Word) -> Word:
    return replace(word, speaker=None, method=None, speaker_confidence=None, others=())


@dataclass(frozen=True, slots=True)
class _Said:
    """A word of a cue and its line; `is_bare`: it has no letters; `speaker`: the one of its word in the transcript."""

    place: Place
    line: int
    is_sound: bool
    is_bare: bool
    speaker: str | None
    is_estimated: bool

    @property
    def counts(self) -> bool:
        """Whether it tells who speaks."""
        return self.speaker is not None and not self.is_sound and not self.is_bare


def _said(text: str, places: Sequence[Place], words: Sequence[Word]) -> Iterator[_Said]:
    sounds = bytearray(len(text))
    for first, last in sound_spans(text):
        sounds[first:last] = b"\1" * (last - first)
    breaks = [at for at, char in enumerate(text) if char == "\n"]
    for place in places:
        word = None if place.number is None else words[place.number]
        yield _Said(
            place,
            bisect_right(breaks, place.start),
            all(sounds[place.start : place.end]),
            not any(map(str.isalnum, place.text)),
            None if word is None else word.speaker,
            word is not None and word.estimated,
        )


def _silent_lines(said: Sequence[_Said]) -> set[int]:
    """Return the lines that hold sounds and nothing else."""
    spoken = {each.line for each in said if not each.is_sound and not each.is_bare}
    return {each.line for each in said if each.is_sound} - spoken


def _speakers_of(text: str, said: Sequence[_Said]) -> CueSpeakers:
    spoken = [each for each in said if each.counts]
    if not spoken:
        return CueSpeakers(text)
    blocks = _dashed_blocks(text)
    if len(blocks) > 1:
        speakers = _by_block(spoken, blocks)
    elif any(each.is_estimated for each in spoken):
        speakers = _settled(spoken)
    else:
        speakers = [each.speaker for each in spoken]
    lines: dict[int, set[str | None]] = {}
    for each, speaker in zip(spoken, speakers, strict=True):
        lines.setdefault(each.line, set()).add(speaker)
    by_line = len(set(speakers)) > 1 and all(len(found) == 1 for found in lines.values())
    known = iter(speakers)
    whole = _filled(said, [next(known) if each.counts else None for each in said])
    return CueSpeakers(text, tuple(_runs(said, whole)), by_line)


def _dashed_blocks(text: str) -> list[int]:
    """Return the lines that begin with a dash, for another speaker."""
    return [number for number, line in enumerate(text.split("\n")) if line.lstrip().startswith(_DASHES)]


def _by_block(spoken: Sequence[_Said], begins: Sequence[int]) -> list[str | None]:
    """Return for each word the speaker of most of its block of lines."""
    found: list[str | None] = []
    for _, block in groupby(spoken, key=lambda each: bisect_right(begins, each.line)):
        own = list(block)
        said: Counter[str | None] = Counter()
        for each in own:
            said[each.speaker] += len(each.place.text)
        found += [max(said, key=said.__getitem__)] * len(own)
    return found


def _settled(spoken: Sequence[_Said]) -> list[str | None]:
    """Return the speakers of words with estimated times, who change at a line or sentence if there is one nearby.

    A change that is next to the beginning or the end of the cue, and at no sentence, is none.
    """
    count = len(spoken)
    edges = [at for at in range(1, count) if _may_change(spoken[at - 1], spoken[at])]
    found = [spoken[0].speaker]
    changes = [at for at in range(1, count) if spoken[at].speaker != spoken[at - 1].speaker]
    for at in changes:
        near = [edge for edge in (*edges, 0, count) if abs(edge - at) <= UNCERTAIN]
        place = min(near, key=lambda edge: abs(edge - at)) if near else at
        found = found[:place]
        found += [spoken[at - 1].speaker] * (place - len(found))
        if place < count:
            found.append(spoken[at].speaker)
    return found + [found[-1]] * (count - len(found))


def _may_change(before: _Said, after: _Said) -> bool:
    return before.line != after.line or ends_sentence(before.place.text, after.place.text)


def _filled(said: Sequence[_Said], speakers: list[str | None]) -> list[str | None]:
    """Return the speakers, a sound with that of the next word of its line, else of the one before.

    So has a dash or what else is no word, also on a line of its own.
    """
    filled, silent = list(speakers), _silent_lines(said)
    steps = [(at, at + 1) for at in reversed(range(len(said) - 1))] + [(at, at - 1) for at in range(1, len(said))]
    for is_across in (False, True):
        for at, other in steps:
            is_near = said[at].line == said[other].line or (is_across and said[at].line not in silent)
            if filled[at] is None and is_near:
                filled[at] = filled[other]
    return filled


def _runs(said: Sequence[_Said], speakers: Sequence[str | None]) -> Iterator[Run]:
    for (speaker, _), group in groupby(
        zip(said, speakers, strict=True), key=lambda each: (each[1], each[0].line if each[1] is None else -1)
    ):
        run = [each for each, _ in group]
        if speaker is not None:
            yield Run(speaker, run[0].place.start, run[-1].place.end)
