"""The breakdown of words with the wrong speaker: each is in exactly one class."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from speakerplug.plugin import Turn, Word

from .alignment import Pair
from .scoring import judged
from .timing import middle

CLASSES: Mapping[str, str] = {
    "overlap": "in overlapped speech",
    "missed": "missed by the diarizer",
    "backchannel": "in a turn of 1 or 2 words",
    "whole_turn": "whole turn to the wrong speaker",
    "edge": "within 0.5 s of a change of speaker",
    "other": "other",
}
"""The classes in the order of precedence."""

PAUSE_S = 1.0
EDGE_S = 0.5
BACKCHANNEL_WORDS = 2


@dataclass(frozen=True, slots=True)
class _TrueTurn:
    """Consecutive words of a speaker (by index), and their times in seconds."""

    speaker: str | None
    words: range
    start: float
    end: float


def breakdown(
    reference: Sequence[Word], hypothesis: Sequence[Word], pairs: Sequence[Pair], turns: Sequence[Turn] | None
) -> Counter[str]:
    """Return how many of the words with the wrong speaker are in each of `CLASSES`; their sum is that of WDER.

    A word belongs to the first class that applies. Times are those of the reference words, which come turn by turn. A
    true turn is a run of one speaker's words without a pause of more than 1 s; speech overlaps inside the turns of two
    speakers. A word is missed if none of the system's `turns` covers its middle, or it has no speaker. A whole turn is
    wrong if all its recognized words are.
    """
    outcome = {r: (h, right) for r, h, right in judged(reference, hypothesis, pairs)}
    true_turns = true_turns_of(reference)
    speech = _Coverage(turns) if turns is not None else None
    counts: Counter[str] = Counter()
    for turn in true_turns:
        others = [other for other in true_turns if other.speaker != turn.speaker]
        recognized = [index for index in turn.words if index in outcome]
        whole = not any(outcome[index][1] for index in recognized)
        for index in recognized:
            found, right = outcome[index]
            if right:
                continue
            word, time = reference[index], middle(reference[index])
            if any(other.start <= time < other.end for other in others):
                counts["overlap"] += 1
            elif hypothesis[found].speaker is None or (speech is not None and not speech.at(time)):
                counts["missed"] += 1
            elif len(turn.words) <= BACKCHANNEL_WORDS:
                counts["backchannel"] += 1
            elif whole:
                counts["whole_turn"] += 1
            elif any(_distance(word, other) <= EDGE_S for other in others):
                counts["edge"] += 1
            else:
                counts["other"] += 1
    return counts


def true_turns_of(words: Sequence[Word]) -> list[_TrueTurn]:
    """Return the runs of one speaker's words, separated by other speakers and by pauses; words come turn by turn."""
    turns: list[_TrueTurn] = []
    begun = 0
    for index in range(1, len(words) + 1):
        if index < len(words) and _goes_on(words[index - 1], words[index]):
            continue
        run = words[begun:index]
        if run:
            start, end = min(word.start or 0.0 for word in run), max(word.end or 0.0 for word in run)
            turns.append(_TrueTurn(run[0].speaker, range(begun, index), start, end))
        begun = index
    return turns


def _goes_on(before: Word, word: Word) -> bool:
    return before.speaker == word.speaker and (word.start or 0.0) - (before.end or 0.0) <= PAUSE_S


def _distance(word: Word, turn: _TrueTurn) -> float:
    """Return the gap between a word and a turn in seconds; 0 if they touch."""
    return max(0.0, turn.start - (word.end or 0.0), (word.start or 0.0) - turn.end)


class _Coverage:
    """The time that is covered by any turn."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._starts: list[float] = []
        self._ends: list[float] = []
        for turn in sorted(turns, key=lambda turn: turn.start):
            if self._ends and turn.start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], turn.end)
            else:
                self._starts.append(turn.start)
                self._ends.append(turn.end)

    def at(self, time: float) -> bool:
        """Return whether any turn covers that time."""
        index = bisect_right(self._starts, time) - 1
        return index >= 0 and time < self._ends[index]
