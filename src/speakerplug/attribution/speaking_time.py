"""Speaking time of each speaker, and how much of it overlaps with others. Pure: turns in, values out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ..transcript import Turn


@dataclass(frozen=True, slots=True)
class SpeakingTime:
    """Speaking time of one `speaker`: `seconds` in total, `overlapped` seconds of these with others, in `turns` turns.

    `share` is the fraction (0 to 1) of the speaking time of all speakers.
    """

    speaker: str
    seconds: float
    overlapped: float
    turns: int
    share: float


def speaking_times(turns: Iterable[Turn]) -> tuple[SpeakingTime, ...]:
    """Return the speaking time of each speaker of `turns`, in order of first appearance.

    Time that a speaker has in two overlapping turns counts once. O(n log n): one sweep over the edges of the turns.
    """
    ordered = sorted(turns, key=lambda turn: (turn.start, turn.end))
    counts = Counter(turn.speaker for turn in ordered)  # keeps the order of first appearance
    seconds = dict.fromkeys(counts, 0.0)
    overlapped = dict.fromkeys(counts, 0.0)
    edges = [(turn.start, 1, turn.speaker) for turn in ordered] + [(turn.end, -1, turn.speaker) for turn in ordered]
    talking: Counter[str] = Counter()
    before = 0.0
    for time, change, speaker in sorted(edges):
        for busy in talking:
            seconds[busy] += time - before
            overlapped[busy] += time - before if len(talking) > 1 else 0.0
        before = time
        talking[speaker] += change
        if not talking[speaker]:
            del talking[speaker]
    total = sum(seconds.values())
    return tuple(
        SpeakingTime(speaker, seconds[speaker], overlapped[speaker], count, seconds[speaker] / total if total else 0.0)
        for speaker, count in counts.items()
    )


def longest_speaker(spoken: Iterable[tuple[str | None, float]]) -> str | None:
    """Return who speaks longest, the first of several, from speakers and seconds; there is at least one."""
    seconds: defaultdict[str | None, float] = defaultdict(float)
    for speaker, length in spoken:
        seconds[speaker] += length
    return max(seconds, key=seconds.__getitem__)
