"""A recording in which each channel is one speaker: its turns and its words, channel by channel, without the bleed."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property

from ...attribution import timed_words
from ...attribution.attribute import exclusive_of
from ...media.excerpts import MOST
from ...plugin.roles import Recognition
from ...system.progress import Progress
from ...transcript import Diarization, Turn, Word
from ...waveform import SAMPLE_RATE, Waveform, mixed
from .crosstalk import Bleed, Span
from .detect import FindSpeech

NAME = "channels"
"""What transcripts call it, in place of a diarizer, and the method by which a word has its speaker."""
SPEAKERS = tuple(f"SPEAKER_{channel:02d}" for channel in range(MOST))
JOIN_S = 0.3
"""Pauses up to so many seconds do not end a turn."""
ECHO_S = 0.5
"""How far apart two channels may hear the same word: recognizers are no better at times."""
SAME = 0.75
"""From which similarity of letters two words may be the same."""
BESIDE_S = 0.1
"""Seconds around somebody's own speech that are heard, whatever they hold."""
PHRASE_S = 0.5
"""Pauses of so many seconds end a phrase; phrases of several speakers come one after the other."""
SENTENCE = (".", "?", "!", "。", "？", "！")  # noqa: RUF001 - the marks of Chinese and Japanese

Hear = Callable[[Waveform, "str | None", Progress], Recognition]
"""Recognizes the words of one channel, in a language (None: to be detected)."""


@dataclass(frozen=True, eq=False)
class Channels:
    """The channels of a recording, how each leaks into the others, who speaks when, and the speech each hears."""

    waveforms: tuple[Waveform, ...]
    bleed: Bleed
    diarization: Diarization
    speech: tuple[Sequence[Span], ...]

    @classmethod
    def of(cls, waveforms: Sequence[Waveform], find_speech: FindSpeech, progress: Progress) -> Channels:
        """Find out who speaks when: `find_speech` in each channel, without what is only a leak."""
        bleed = Bleed.between([waveform.samples for waveform in waveforms])
        turns: list[Turn] = []
        speech: list[Sequence[Span]] = []
        for channel, waveform in enumerate(waveforms):
            progress("speech", channel, len(waveforms))
            speech.append(find_speech(waveform.samples))
            turns += _turns(bleed.own(channel, speech[-1]), SPEAKERS[channel])
        progress("speech", len(waveforms), len(waveforms))
        return cls(tuple(waveforms), bleed, _diarization(turns), tuple(speech))

    @cached_property
    def mix(self) -> Waveform:
        """All channels as one."""
        return mixed(self.waveforms)

    def recognize(self, hear: Hear, language: str | None, progress: Progress) -> list[Recognition]:
        """What each channel holds; where it hears nothing but bleed, nothing is recognized.

        The channel with most speech is heard first; what language it is in is taken for all.
        """
        talk = [0.0] * len(self.waveforms)
        for turn in self.diarization.turns:
            talk[SPEAKERS.index(turn.speaker)] += turn.duration
        order = sorted(range(len(talk)), key=lambda channel: -talk[channel])
        heard = [Recognition((), language, None)] * len(talk)
        for done, channel in enumerate(order):
            if talk[channel] or not done:
                heard[channel] = hear(self._quieted(channel), language, _part(progress, done, len(order)))
                language = language or heard[channel].language
        return heard

    def _quieted(self, channel: int) -> Waveform:
        """A channel without the stretches of speech that are only bleed."""
        waveform, own = self.waveforms[channel], self.bleed.own(channel, self.speech[channel])
        samples = waveform.samples.copy()
        for start, end in _without(self.speech[channel], own, BESIDE_S):
            samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)] = 0.0
        return Waveform.of(samples, name=waveform.name)

    def own_words(self, heard: Sequence[Sequence[Word]]) -> tuple[Word, ...]:
        """The words of all channels, each with its speaker; what a channel hears only of another is left out."""
        timed = [sorted(timed_words(words), key=_start) for words in heard]
        own = [[word for word in words if self._is_own(word, timed, channel)] for channel, words in enumerate(timed)]
        said = [
            [replace(word, speaker=speaker, method=NAME, speaker_confidence=1.0) for word in words]
            for speaker, words in zip(SPEAKERS, own, strict=False)
        ]
        return tuple(in_phrases(said))

    def together(self, heard: Sequence[Recognition], words: Sequence[Sequence[Word]]) -> Recognition:
        """One recognition of what was heard in each channel, with the `words` that came of it."""
        languages = [part.language for part in heard if part.words and part.language]
        models = [part.model for part in heard if part.model]
        return Recognition(self.own_words(words), next(iter(languages), None), next(iter(models), None))

    def with_turns_for(self, words: Sequence[Word]) -> Diarization:
        """Who speaks when, with a turn for each of the `words` where none was found."""
        turns = list(self.diarization.turns)
        for speaker in {word.speaker for word in words} - {None}:
            own = sorted((turn.start, turn.end) for turn in turns if turn.speaker == speaker)
            missed = [_span(word) for word in words if word.speaker == speaker and not _touches(_span(word), own)]
            turns += _turns(sorted(missed), str(speaker))
        return _diarization(turns)

    def _is_own(self, word: Word, heard: Sequence[Sequence[Word]], channel: int) -> bool:
        suspects = echoes(word, heard, channel)
        return self.bleed.source_of(channel, *_span(word), suspects) is None


def echoes(word: Word, channels: Sequence[Sequence[Word]], own: int) -> list[int]:
    """The channels, but for its `own`, that hear nearly the same word at nearly the same time; words are by start."""
    found = []
    for channel, words in enumerate(channels):
        first = bisect_left(words, _start(word) - ECHO_S, key=_start)
        for other in words[first:] if channel != own else ():
            if _start(other) > _start(word) + ECHO_S:
                break
            if _is_like(word.text, other.text):
                found.append(channel)
                break
    return found


def in_phrases(channels: Iterable[Sequence[Word]]) -> Iterator[Word]:
    """The words of all channels, phrase by phrase in the order in which they begin; those of one keep their order."""
    phrases = (_phrases(words) for words in channels)
    for phrase in heapq.merge(*phrases, key=lambda phrase: _start(phrase[0])):
        yield from phrase


def _phrases(words: Sequence[Word]) -> Iterator[list[Word]]:
    phrase: list[Word] = []
    for word in words:
        if phrase and (_start(word) - _span(phrase[-1])[1] >= PHRASE_S or phrase[-1].text.endswith(SENTENCE)):
            yield phrase
            phrase = []
        phrase.append(word)
    if phrase:
        yield phrase


def _is_like(one: str, other: str) -> bool:
    first, second = ("".join(filter(str.isalnum, text.casefold())) for text in (one, other))
    return first == second or SequenceMatcher(None, first, second, autojunk=False).ratio() >= SAME


def _turns(spans: Sequence[Span], speaker: str) -> list[Turn]:
    """Stretches in order, none of which begins before the one before it, as turns; short pauses are bridged."""
    turns: list[Turn] = []
    for start, end in spans:
        if turns and start - turns[-1].end <= JOIN_S:
            turns[-1] = replace(turns[-1], end=max(end, turns[-1].end))
        elif end > start:
            turns.append(Turn(start, end, speaker))
    return turns


def _diarization(turns: Sequence[Turn]) -> Diarization:
    ordered = tuple(sorted(turns, key=lambda turn: (turn.start, turn.end, turn.speaker)))
    return Diarization(ordered, exclusive_of(ordered))


def _without(speech: Iterable[Span], own: Sequence[Span], beside_s: float) -> Iterator[Span]:
    """What is left of `speech` without `own`, which lies in it, and so many seconds on either side; all in order."""
    index = 0
    for start, end in speech:
        while index < len(own) and own[index][0] < end:
            if own[index][0] - beside_s > start:
                yield start, own[index][0] - beside_s
            start = own[index][1] + beside_s
            index += 1
        if start < end:
            yield start, end


def _touches(span: Span, turns: Sequence[Span]) -> bool:
    """Whether a stretch lies in one of `turns`, at least in part; they are in order and do not overlap."""
    index = bisect_left(turns, span[1], key=lambda turn: turn[0])
    return index > 0 and turns[index - 1][1] > span[0]


def _part(progress: Progress, done: int, parts: int) -> Progress:
    """The progress of one of several equal parts."""
    return lambda step, completed, total: progress(step, done * total + completed, parts * total)


def _start(word: Word) -> float:
    return word.start or 0.0


def _span(word: Word) -> Span:
    return _start(word), max(_start(word), word.end or 0.0)
