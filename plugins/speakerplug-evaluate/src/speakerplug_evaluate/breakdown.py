"""Why words have the wrong speaker: each wrong word in one class, so that the classes add up to the whole."""

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
    "missed": "the diarizer heard nobody",
    "backchannel": "in a turn of 1 or 2 words",
    "whole_turn": "whole turn to the wrong speaker",
    "edge": "within 0.5 s of a change of speaker",
    "other": "other",
}
"""In the order in which they are tried, from what makes a word hard for anybody to what is left."""

PAUSE_S = 1.0
EDGE_S = 0.5
BACKCHANNEL_WORDS = 2


@dataclass(frozen=True, slots=True)
class _TrueTurn:
    """Words (by index) that a speaker says one after the other, and when."""

    speaker: str | None
    words: range
    start: float
    end: float


def breakdown(
    reference: Sequence[Word], hypothesis: Sequence[Word], pairs: Sequence[Pair], turns: Sequence[Turn] | None
) -> Counter[str]:
    """How many of the words with the wrong speaker are in each of `CLASSES`; their sum is that of WDER.

    Where a word is wrong for several reasons, the first counts. Times are those of the reference words, which come
    turn by turn. A true turn is a run of one speaker's words without a pause of more than 1 s; speech is overlapped
    inside the turns of two. Nobody is heard where none of the system's `turns` covers the middle of the word, or where
    the word has no speaker. A whole turn is wrong if all its words that were heard are.
    """
    outcome = {r: (h, right) for r, h, right in judged(reference, hypothesis, pairs)}
    true_turns = true_turns_of(reference)
    speech = _Coverage(turns) if turns is not None else None
    counts: Counter[str] = Counter()
    for turn in true_turns:
        others = [other for other in true_turns if other.speaker != turn.speaker]
        heard = [index for index in turn.words if index in outcome]
        whole = not any(outcome[index][1] for index in heard)
        for index in heard:
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
    """Runs of one speaker's words, broken by another's and by pauses; words come turn by turn."""
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
    """The seconds between a word and a turn; 0 where they touch."""
    return max(0.0, turn.start - (word.end or 0.0), (word.start or 0.0) - turn.end)


class _Coverage:
    """Where anybody is heard."""

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
        """Whether anybody is heard at that time."""
        index = bisect_right(self._starts, time) - 1
        return index >= 0 and time < self._ends[index]
