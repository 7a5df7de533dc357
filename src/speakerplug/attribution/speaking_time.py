"""How much each speaker talks, and how much of that at the same time as somebody else. Pure: turns in, values out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ..transcript import Turn


@dataclass(frozen=True, slots=True)
class Talk:
    """What one `speaker` talks: `seconds` in all, `overlapped` seconds of these together with others, in `turns` turns.

    `share` is the part of all that is said by anybody, 0 to 1.
    """

    speaker: str
    seconds: float
    overlapped: float
    turns: int
    share: float


def talk_of(turns: Iterable[Turn]) -> tuple[Talk, ...]:
    """The talk of each speaker of `turns`, in the order in which they are first heard.

    Time that a speaker has in two turns of their own counts once. One sweep over the edges of the turns.
    """
    ordered = sorted(turns, key=lambda turn: (turn.start, turn.end))
    counts = Counter(turn.speaker for turn in ordered)  # in the order in which they are first heard
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
        Talk(speaker, seconds[speaker], overlapped[speaker], count, seconds[speaker] / total if total else 0.0)
        for speaker, count in counts.items()
    )
