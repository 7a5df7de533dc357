"""Transcribe a recording in which each channel is one speaker: turns and words per channel, without crosstalk."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property

import numpy as np

from ...attribution import exclusive_of, timed_words
from ...attribution.word_parts import is_part
from ...media.excerpts import MOST
from ...media.waveform import SAMPLE_RATE, SampleBuffer, Waveform, mixed
from ...plugin.roles import Recognition
from ...system.progress import Progress
from ...transcript import Diarization, Turn, Word
from .crosstalk import Crosstalk, Span
from .detect import FindSpeech

NAME = "channels"
"""The name in transcripts, in place of a diarizer's, and the `method` of words whose speaker is their channel."""
SPEAKERS = tuple(f"SPEAKER_{channel:02d}" for channel in range(MOST))
MAX_PAUSE_S = 0.3
"""A longer pause ends a turn."""
ECHO_S = 0.5
"""How far apart in time two channels may have the same word: recognizers' times are no more accurate."""
MIN_SIMILARITY = 0.75
"""Similarity of letters from which two words may be the same."""
MARGIN_S = 0.1
"""Seconds around a speaker's own speech that are kept, whatever they contain."""
PHRASE_PAUSE_S = 0.5
"""A pause of this many seconds ends a phrase; phrases of several speakers follow one another."""
SENTENCE = (".", "?", "!", "。", "？", "！")  # noqa: RUF001 - the marks of Chinese and Japanese

Recognize = Callable[[Waveform, "str | None", Progress], Recognition]
"""Return the words of one channel, in a language (None: detect it)."""


@dataclass(frozen=True, eq=False)
class Channels:
    """The channels of a recording, their crosstalk, who speaks when, and the speech segments of each channel."""

    waveforms: tuple[Waveform, ...]
    crosstalk: Crosstalk
    diarization: Diarization
    speech: tuple[Sequence[Span], ...]

    @classmethod
    def of(cls, waveforms: Sequence[Waveform], find_speech: FindSpeech, progress: Progress) -> Channels:
        """Find the turns: the speech segments of each channel, without those that are only crosstalk."""
        crosstalk = Crosstalk.between(waveforms)
        turns: list[Turn] = []
        speech: list[Sequence[Span]] = []
        for channel, waveform in enumerate(waveforms):
            progress("speech", channel, len(waveforms))
            speech.append(find_speech(waveform))
            turns += _turns(crosstalk.own_speech(channel, speech[-1]), SPEAKERS[channel])
        progress("speech", len(waveforms), len(waveforms))
        return cls(tuple(waveforms), crosstalk, _diarization(turns), tuple(speech))

    @cached_property
    def mix(self) -> Waveform:
        """The mix of all channels."""
        return mixed(self.waveforms)

    def recognize(self, recognize: Recognize, language: str | None, progress: Progress) -> list[Recognition]:
        """Return the words of each channel; none for a channel with nothing but crosstalk.

        The channel with the most speech goes first, and its language is used for all.
        """
        talk = [0.0] * len(self.waveforms)
        for turn in self.diarization.turns:
            talk[SPEAKERS.index(turn.speaker)] += turn.duration
        order = sorted(range(len(talk)), key=lambda channel: -talk[channel])
        found = [Recognition((), language, None)] * len(talk)
        for done, channel in enumerate(order):
            if talk[channel] or not done:
                found[channel] = recognize(self._muted(channel), language, _part(progress, done, len(order)))
                language = language or found[channel].language
        return found

    def _muted(self, channel: int) -> Waveform:
        """Return a channel with silence in place of speech segments that are only crosstalk."""
        waveform, own = self.waveforms[channel], self.crosstalk.own_speech(channel, self.speech[channel])
        foreign = list(_without(self.speech[channel], own, MARGIN_S))
        if not foreign:
            return waveform
        muted = SampleBuffer(waveform.duration)
        for block in waveform.blocks(60.0):
            muted.write(muted.length, block)
        for start, end in foreign:
            first, last = round(start * SAMPLE_RATE), min(round(end * SAMPLE_RATE), muted.length)
            muted.write(first, np.zeros(max(0, last - first), np.float32))
        return Waveform.stored(muted.finish(), waveform.name, waveform.start)

    def own_words(self, words_by_channel: Sequence[Sequence[Word]]) -> tuple[Word, ...]:
        """Return the words of all channels, each with its speaker, without those that are only crosstalk."""
        timed = [sorted(timed_words(words), key=_start) for words in words_by_channel]
        own = [[word for word in words if self._is_own(word, timed, channel)] for channel, words in enumerate(timed)]
        attributed = [
            [replace(word, speaker=speaker, method=NAME, speaker_confidence=1.0) for word in words]
            for speaker, words in zip(SPEAKERS, own, strict=False)
        ]
        return tuple(in_phrases(attributed))

    def merged(self, parts: Sequence[Recognition], words_by_channel: Sequence[Sequence[Word]]) -> Recognition:
        """Merge the recognitions of all channels into one, with the given words in place of their own."""
        languages = [part.language for part in parts if part.words and part.language]
        models = [part.model for part in parts if part.model]
        removed = sorted((each for part in parts for each in part.removed), key=lambda each: each.start)
        words = self.own_words(words_by_channel)
        sure = [part.language_probability for part in parts if part.language_probability is not None]
        language, model = next(iter(languages), None), next(iter(models), None)
        return Recognition(words, language, model, tuple(removed), next(iter(sure), None))

    def with_turns_for(self, words: Sequence[Word]) -> Diarization:
        """Return the diarization, with an additional turn for each of the `words` that lies in none."""
        turns = list(self.diarization.turns)
        for speaker in {word.speaker for word in words} - {None}:
            own = sorted((turn.start, turn.end) for turn in turns if turn.speaker == speaker)
            missed = [_span(word) for word in words if word.speaker == speaker and not _touches(_span(word), own)]
            turns += _turns(sorted(missed), str(speaker))
        return _diarization(turns)

    def _is_own(self, word: Word, words_by_channel: Sequence[Sequence[Word]], channel: int) -> bool:
        suspects = echoes(word, words_by_channel, channel)
        return self.crosstalk.source_of(channel, *_span(word), suspects) is None


def echoes(word: Word, channels: Sequence[Sequence[Word]], own: int) -> list[int]:
    """Return the channels, other than `own`, with a similar word at a similar time; words are sorted by start."""
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
    """Return the words of all channels, phrase by phrase in order of start; each channel keeps its order."""
    phrases = (_phrases(words) for words in channels)
    for phrase in heapq.merge(*phrases, key=lambda phrase: _start(phrase[0])):
        yield from phrase


def _phrases(words: Sequence[Word]) -> Iterator[list[Word]]:
    phrase: list[Word] = []
    for word in words:
        if phrase and _ends_phrase(phrase[-1], word):
            yield phrase
            phrase = []
        phrase.append(word)
    if phrase:
        yield phrase


def _ends_phrase(last: Word, word: Word) -> bool:
    """Return whether a phrase ends between two words of a channel, which it never does within a word."""
    has_ended = _start(word) - _span(last)[1] >= PHRASE_PAUSE_S or last.text.endswith(SENTENCE)
    return has_ended and not is_part(last, word)


def _is_like(one: str, other: str) -> bool:
    first, second = ("".join(filter(str.isalnum, text.casefold())) for text in (one, other))
    return first == second or SequenceMatcher(None, first, second, autojunk=False).ratio() >= MIN_SIMILARITY


def _turns(spans: Sequence[Span], speaker: str) -> list[Turn]:
    """Return turns for spans that are sorted by start, joined over pauses of at most `MAX_PAUSE_S`."""
    turns: list[Turn] = []
    for start, end in spans:
        if turns and start - turns[-1].end <= MAX_PAUSE_S:
            turns[-1] = replace(turns[-1], end=max(end, turns[-1].end))
        elif end > start:
            turns.append(Turn(start, end, speaker))
    return turns


def _diarization(turns: Sequence[Turn]) -> Diarization:
    ordered = tuple(sorted(turns, key=lambda turn: (turn.start, turn.end, turn.speaker)))
    return Diarization(ordered, exclusive_of(ordered))


def _without(speech: Iterable[Span], own: Sequence[Span], margin_s: float) -> Iterator[Span]:
    """Return `speech` minus `own`, a part of it, which is widened by the margin on either side; all sorted."""
    index = 0
    for start, end in speech:
        while index < len(own) and own[index][0] < end:
            if own[index][0] - margin_s > start:
                yield start, own[index][0] - margin_s
            start = own[index][1] + margin_s
            index += 1
        if start < end:
            yield start, end


def _touches(span: Span, turns: Sequence[Span]) -> bool:
    """Return whether a span overlaps one of `turns`, which are sorted and do not overlap."""
    index = bisect_left(turns, span[1], key=lambda turn: turn[0])
    return index > 0 and turns[index - 1][1] > span[0]


def _part(progress: Progress, done: int, parts: int) -> Progress:
    """Return the progress function of one of several equal parts."""
    return lambda step, completed, total: progress(step, done * total + completed, parts * total)


def _start(word: Word) -> float:
    return word.start or 0.0


def _span(word: Word) -> Span:
    return _start(word), max(_start(word), word.end or 0.0)
