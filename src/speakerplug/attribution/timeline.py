"""What a picture of a transcript shows: who speaks when, for how long, and which words are uncertain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..transcript import Transcript, Turn, Word, plain
from .edit_speakers import united
from .speaking_time import speaking_times

CONFIDENT, SURE = 0.5, 0.7
"""Less sure of its text, or of its speaker, is a word uncertain; as in the HTML page."""
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
"""Seconds between the labels of an axis, one of them."""
NOBODY = "(no speaker)"


@dataclass(frozen=True, slots=True)
class Lane:
    """One speaker: the `name`, the `turns` (joined where they overlap), the `seconds`, and their `share` of all."""

    name: str
    turns: tuple[Turn, ...]
    seconds: float
    share: float


def lanes(transcript: Transcript) -> tuple[Lane, ...]:
    """Return a lane for each speaker, in the order of the transcript; without turns, words are shown instead."""
    turns = transcript.turns or transcript.exclusive or tuple(_spoken(transcript.words))
    whole = united(turns, {turn.speaker for turn in turns})
    times = {time.speaker: time for time in speaking_times(turns)}
    order = dict.fromkeys([*(speaker.id for speaker in transcript.speakers), *times])
    return tuple(
        Lane(
            plain(transcript.name_of(speaker) or "") or plain(speaker) or NOBODY,
            tuple(turn for turn in whole if turn.speaker == speaker),
            times[speaker].seconds,
            times[speaker].share,
        )
        for speaker in order
        if speaker in times
    )


def _spoken(words: Sequence[Word]) -> Iterator[Turn]:
    for word in words:
        if word.start is not None and word.end is not None:
            yield Turn(word.start, max(word.end, word.start), word.speaker or "")


def length(transcript: Transcript) -> float:
    """Return the seconds that a picture covers: the recording, or what lasts longer."""
    ends = (*(word.end or 0.0 for word in transcript.words), *(turn.end for turn in transcript.turns))
    return max(transcript.media.duration, *ends, 0.0)


def ticks(seconds: float, most: int) -> tuple[float, ...]:
    """Return round times from 0 to the length of a picture, `most` of them at most, which is two or more."""
    step = next((step for step in STEPS_S if seconds / step < most), seconds)
    return tuple(float(step * number) for number in range(int(seconds // step) + 1)) if step else (0.0,)


def is_uncertain(word: Word) -> bool:
    """Return whether the text of a word, or its speaker, should be checked."""
    confidence, speaker = word.confidence, word.speaker_confidence
    return (confidence is not None and confidence < CONFIDENT) or (speaker is not None and speaker < SURE)


def uncertain_passages(words: Sequence[Word], around: int = 3) -> tuple[range, ...]:
    """Return the indices of uncertain words with those `around` them, as passages of one speaker that do not touch."""
    passages: list[range] = []
    for at, word in enumerate(words):
        if not is_uncertain(word):
            continue
        first, last = at, at + 1
        while first > max(0, at - around) and words[first - 1].speaker == word.speaker:
            first -= 1
        while last < min(len(words), at + 1 + around) and words[last].speaker == word.speaker:
            last += 1
        if passages and passages[-1].stop >= first and words[passages[-1].start].speaker == word.speaker:
            first = passages.pop().start
        passages.append(range(first, last))
    return tuple(passages)
