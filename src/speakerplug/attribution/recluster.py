"""Another number of speakers for a saved transcript, by which of its turns sound alike. No model, no sound."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, groupby

from ..errors import UsageError
from ..transcript import Diarization, SpeakerTree, Transcript, Turn
from .assign import labeled

REMEDY = "transcribe the recording again with --num-speakers {}"


def relabeled(transcript: Transcript, num_speakers: int) -> Transcript:
    """The transcript with so many speakers: turns relabeled, words attributed anew.

    A speaker's id and name stay with the voice that has most of their speech. The number that there is already changes
    nothing. Raises UsageError where the transcript cannot tell so many voices apart.
    """
    voices, exclusive = transcript.speaker_tree, transcript.exclusive
    if num_speakers == number_of(transcript):
        return transcript
    remedy = REMEDY.format(num_speakers)
    if voices is None or len(voices.groups) != len(exclusive):
        raise UsageError(f"It does not hold which turns sound alike, as older and other diarizers' do not; {remedy}.")
    known = range(len(voices.joins) + 1)
    if not all(group in known for group in (*voices.groups, *chain.from_iterable(voices.joins))):
        raise UsageError(f"What it holds of which turns sound alike is damaged; {remedy}.")
    if num_speakers > len(known):
        raise UsageError(f"It can tell at most {len(known)} voices apart; {remedy}.")
    voice = _cut(voices, num_speakers)
    ids = _ids(exclusive, voice)
    relabels = [replace(turn, speaker=ids[number]) for turn, number in zip(exclusive, voice, strict=True)]
    own = _by_speaker(exclusive, relabels)
    turns = tuple(part for turn in transcript.turns for part in _regular(turn, own.get(turn.speaker, ())))
    names = {speaker.id: speaker.name for speaker in transcript.speakers}
    return labeled(transcript, Diarization(turns, tuple(relabels), speaker_tree=voices), names)


def number_of(transcript: Transcript) -> int:
    """How many speakers have turns; somebody who is only ever heard over others does not count."""
    return len({turn.speaker for turn in transcript.exclusive or transcript.turns})


def number_within(there: int, num: int | None, low: int | None, high: int | None) -> int:
    """How many speakers there are to be: `num`, or as many as `there` are, within the bounds."""
    return num if num is not None else min(max(there, low or there), max(high or there, low or 1))


def _cut(voices: SpeakerTree, number: int) -> list[int]:
    """The voice of each exclusive turn, when groups have been joined until so many are left."""
    root = list(range(len(voices.joins) + 1))
    for stays, joins in reversed(voices.joins[: len(root) - number]):  # so that what becomes of `stays` is known
        root[joins] = root[stays]
    return [root[group] for group in voices.groups]


def _ids(exclusive: Sequence[Turn], voice: Sequence[int]) -> dict[int, str]:
    """The id of each voice: that of the speaker whose speech it has most of, the first free one for the others."""
    shared: dict[tuple[int, str], float] = {}
    for turn, number in zip(exclusive, voice, strict=True):
        shared[number, turn.speaker] = shared.get((number, turn.speaker), 0.0) + turn.duration
    ids: dict[int, str] = {}
    taken: set[str] = set()
    for number, speaker in sorted(shared, key=lambda pair: -shared[pair]):
        if number not in ids and speaker not in taken:
            ids[number] = speaker
            taken.add(speaker)
    known = {turn.speaker for turn in exclusive}
    free = (f"SPEAKER_{n:02d}" for n in range(len(exclusive) + len(known)) if f"SPEAKER_{n:02d}" not in known)
    return {number: ids.get(number) or next(free) for number in dict.fromkeys(voice)}


Relabels = Sequence[tuple[Turn, Turn]]
"""Exclusive turns of a speaker, by start: as they were, and as they are now."""


def _by_speaker(before: Sequence[Turn], after: Sequence[Turn]) -> Mapping[str, Relabels]:
    own: dict[str, list[tuple[Turn, Turn]]] = {}
    for was, now in sorted(zip(before, after, strict=True), key=lambda pair: pair[0].start):
        own.setdefault(was.speaker, []).append((was, now))
    return own


def _regular(turn: Turn, own: Relabels) -> Iterator[Turn]:
    """A regular turn, cut where the exclusive turns of its speaker within it have become those of different voices.

    Where there is none within, the nearest in time decides.
    """
    first = bisect_right(own, turn.start, key=lambda pair: pair[0].end)
    within = own[first : bisect_left(own, turn.end, key=lambda pair: pair[0].start)]
    if not within:
        around = own[max(first - 1, 0) : first + 1]
        near = min(around, key=lambda pair: max(pair[0].start - turn.end, turn.start - pair[0].end), default=None)
        yield turn if near is None else replace(turn, speaker=near[1].speaker)
        return
    runs = [(speaker, next(run)[0].start) for speaker, run in groupby(within, key=lambda pair: pair[1].speaker)]
    edges = [turn.start, *(start for _, start in runs[1:]), turn.end]
    for (speaker, _), start, end in zip(runs, edges, edges[1:], strict=False):
        yield Turn(start, end, speaker)
