"""Annotation tiers, as ELAN and Praat have them: per speaker one of utterances, and one of the words within these.

In a tier nothing overlaps and nothing is of no length. Times are whole milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from ..attribution.word_times import interpolated
from ..transcript import Transcript, Word, text_of
from .fields import speaker_names
from .importers.fields import short_name
from .importers.words import PAUSE_S, ParsedWords, spaced
from .segments import shown_words

WORDS = " - words"
"""Ends the name of a tier of words; the Montreal Forced Aligner names its tiers so."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A text of a tier, `start` to `end` in milliseconds."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class SpeakerTier:
    """What a `speaker` says ("" for an unassigned one): utterances, and what may divide them into their words.

    `words` has the intervals of any number of tiers.
    """

    speaker: str
    utterances: tuple[Interval, ...]
    words: tuple[tuple[Interval, ...], ...] = ()


def tiers_of(transcript: Transcript) -> list[SpeakerTier]:
    """Return the tiers of each speaker who says something, under a name that no other has.

    Words that overlap, or have no length, move by milliseconds.
    """
    name_of = speaker_names(transcript)
    spoken: dict[str | None, list[list[Word]]] = {}
    for who, words in groupby(shown_words(transcript), key=lambda word: word.speaker):
        spoken.setdefault(who, []).extend(_utterances(words))
    tiers, taken = [], {""}
    for who, runs in spoken.items():
        name = name_of(who) and _free(name_of(who), taken)
        times = iter(_apart([word for run in runs for word in run]))
        parts = [[Interval(*next(times), word.text) for word in run] for run in runs]
        utterances = [
            Interval(part[0].start, part[-1].end, text_of(run)) for part, run in zip(parts, runs, strict=True)
        ]
        own = tuple(interval for part in parts for interval in part)
        tiers.append(SpeakerTier(name, tuple(utterances), (own,)))
    return tiers


def _utterances(words: Iterable[Word]) -> Iterator[list[Word]]:
    """Yield what a speaker says up to the next pause; a word and its suffix stay together."""
    run: list[Word] = []
    for word in words:
        if run and not word.joined and (word.start or 0.0) - (run[-1].end or 0.0) > PAUSE_S:
            yield run
            run = []
        run.append(word)
    yield run


def _apart(words: Sequence[Word]) -> list[tuple[int, int]]:
    """Return times in milliseconds of at least one each, none before the one before it has ended."""
    starts: list[int] = []
    for word in words:
        starts.append(max(round((word.start or 0.0) * 1000), starts[-1] + 1 if starts else 0))
    ends = [max(round((word.end or 0.0) * 1000), start + 1) for word, start in zip(words, starts, strict=True)]
    bounds = [*(after for _, after in pairwise(starts)), ends[-1]]
    return [(start, min(end, bound)) for start, end, bound in zip(starts, ends, bounds, strict=True)]


def _free(name: str, taken: set[str]) -> str:
    """Return a name whose tiers are not taken yet, and take them."""
    free, number = name, 1
    while taken & {free, free + WORDS}:
        number += 1
        free = f"{name} {number}"
    taken |= {free, free + WORDS}
    return free


def words_from(tiers: Iterable[SpeakerTier], language: str | None = None) -> ParsedWords:
    """Return the words of all tiers, utterance by utterance in order of start.

    Those of an utterance have the times of a tier that divides its text, else share its time by their length.
    """
    found = [
        (utterance.start, words)
        for tier in tiers
        for utterance, parts in _divided(tier)
        if (words := list(_words(utterance, parts, short_name(tier.speaker) or None)))
    ]
    found.sort(key=lambda pair: pair[0])
    return ParsedWords(tuple(word for _, words in found for word in words), language)


def _divided(tier: SpeakerTier) -> Iterator[tuple[Interval, list[Sequence[Interval]]]]:
    """Yield each utterance with the intervals of each tier of words that lie in it."""
    divisions = [iter(sorted(words, key=lambda word: word.start)) for words in tier.words]
    waiting = [next(words, None) for words in divisions]
    for utterance in sorted(tier.utterances, key=lambda each: each.start):
        inside: list[Sequence[Interval]] = []
        for number, words in enumerate(divisions):
            own: list[Interval] = []
            while (word := waiting[number]) is not None and word.start + word.end < 2 * utterance.end:
                if word.start + word.end >= 2 * utterance.start:
                    own.append(word)
                waiting[number] = next(words, None)
            inside.append(own)
        yield utterance, inside


def _words(utterance: Interval, divisions: Iterable[Sequence[Interval]], speaker: str | None) -> Iterable[Word]:
    whole = "".join(utterance.text.split())
    # Of words and syllables, which divide the text as well, the words are fewer.
    for parts in sorted(filter(None, divisions), key=len):
        if "".join("".join(part.text.split()) for part in parts) == whole:
            return spaced(
                (word for part in parts for word in _timed(part, speaker)),
                " ".join(utterance.text.split()),
            )
    return _sharing(utterance, speaker)


def _timed(part: Interval, speaker: str | None) -> list[Word]:
    """Return the word of an interval; several share its time."""
    if len(part.text.split()) == 1:
        return [Word(part.text.strip(), part.start / 1000, part.end / 1000, speaker)]
    return _sharing(part, speaker)


def _sharing(interval: Interval, speaker: str | None) -> list[Word]:
    return interpolated([(speaker, interval.text)], interval.start / 1000, interval.end / 1000)
