"""What a picture of a transcript shows: who speaks when, and for how long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..transcript import Transcript, Turn, Word, plain
from .edit_speakers import united
from .speaking_time import speaking_times

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
