"""The gate: words and turns are checked when they enter, whoever gives them, by one table.

    times                                        a word                      a turn
    not finite, negative, end before the start   loses them, is estimated    is left out
    up to `BEYOND_S` after the recording         ends with the recording     ends with the recording
    later                                        keeps them                  ends with it, or is left out
    later than any recording (`LATEST_S`)        loses them, is estimated    ends with it, or is left out

Overlap is nobody's fault, and neither are `ROUNDING_S` on either side of the recording, which are corrected without a
word, nor turns of no length, which are none. Of the rest one warning names the source and the count.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from .stages import Recognition
from .transcript import Diarization, Turn, Voices, Word

log = logging.getLogger(__name__)

BEYOND_S = 2.0
"""Words that end so much after the recording are probably those of another one."""
LATEST_S = 1e6
"""No recording is longer (eleven days): beyond it a time is in another unit, or nonsense."""
ROUNDING_S = 0.1
"""Models count in frames: a time may miss the edge of a recording by so much, as good as on it."""


class _Judged(NamedTuple):
    """What is left of one word or turn (None: nothing), and what was wrong with it: "" for nothing to speak of."""

    admitted: Any
    fault: str = ""


_IMPOSSIBLE, _LATE = "impossible", "late"


def admitted_words(words: Iterable[Any], source: str, duration: float | None = None) -> tuple[Word, ...]:
    """The words by the table above; those whose times cannot be have none, and are estimated when all are placed.

    `source` is how the warning names who gave them; `duration` is that of the recording in seconds, where it is known.
    Raises ValueError for what is no word at all.
    """
    judged = [_word(number, word, duration) for number, word in enumerate(_listed(words, "words"), 1)]
    _warn(source, "words", judged, "estimated", duration)
    return tuple(each.admitted for each in judged)


def admitted_turns(turns: Iterable[Any], source: str, duration: float | None = None) -> tuple[Turn, ...]:
    """The turns by the table above; `source`, `duration` and errors as for `admitted_words`."""
    judged = [_turn(number, turn, duration) for number, turn in enumerate(_listed(turns, "turns"), 1)]
    _warn(source, "turns", judged, "left out", duration)
    return _left(judged)


def admitted_diarization(diarization: Any, source: str, duration: float | None = None) -> Diarization:
    """The diarization with its regular and exclusive turns by the table above; else as `admitted_turns`.

    Where an exclusive turn is left out, nothing is known of which sound alike.
    """
    if not isinstance(diarization, Diarization):
        raise ValueError(f"it gave a {type(diarization).__name__}, not a Diarization")
    regular, exclusive = (
        [_turn(number, turn, duration) for number, turn in enumerate(_listed(turns, "turns"), 1)]
        for turns in (diarization.turns, diarization.exclusive)
    )
    faults = [sum(bool(each.fault) for each in judged) for judged in (regular, exclusive)]
    _warn(source, "turns", regular if faults[0] >= faults[1] else exclusive, "left out", duration)
    kept = _left(exclusive)
    voices = diarization.voices if isinstance(diarization.voices, Voices) and len(kept) == len(exclusive) else None
    return replace(diarization, turns=_left(regular), exclusive=kept, voices=voices)


def admitted_recognition(recognition: Any, source: str, duration: float | None = None) -> Recognition:
    """The recognition with its words by the table above; else as `admitted_words`."""
    if not isinstance(recognition, Recognition):
        raise ValueError(f"it gave a {type(recognition).__name__}, not a Recognition")
    for what in ("language", "model"):
        if not isinstance(getattr(recognition, what), (str, type(None))):
            raise ValueError(f"the {what} is a {type(getattr(recognition, what)).__name__}, not a text")
    return replace(recognition, words=admitted_words(recognition.words, source, duration))


def _listed(values: Any, what: str) -> Sequence[Any]:
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise ValueError(f"its {what} are a {type(values).__name__}, not several {what}")
    return list(values)


def _left(judged: Iterable[_Judged]) -> tuple[Turn, ...]:
    return tuple(each.admitted for each in judged if each.admitted is not None)


def _word(number: int, word: Any, duration: float | None) -> _Judged:
    if not isinstance(word, Word):
        raise ValueError(f"word {number} is a {type(word).__name__}, not a Word")
    if not isinstance(word.text, str):
        raise ValueError(f"the text of word {number} is a {type(word.text).__name__}, not a text")
    if word.confidence is not None and not math.isfinite(_number(word.confidence, f"the confidence of word {number}")):
        word = replace(word, confidence=None)
    if type(word.joined) is not bool or type(word.estimated) is not bool:
        word = replace(word, joined=bool(word.joined), estimated=bool(word.estimated))
    if word.start is None or word.end is None:  # half a time is none
        return _Judged(word if word.start is word.end else replace(word, start=None, end=None))
    start, end = (_time(time, f"word {number}") for time in (word.start, word.end))
    if not 0.0 <= start <= end <= LATEST_S:
        return _Judged(replace(word, start=None, end=None), _IMPOSSIBLE)
    over = 0.0 if duration is None else end - duration
    if over > BEYOND_S or duration is None:
        return _Judged(_timed(word, start, end))
    return _Judged(_timed(word, min(start, duration), min(end, duration)), _LATE if over > ROUNDING_S else "")


def _turn(number: int, turn: Any, duration: float | None) -> _Judged:
    if not isinstance(turn, Turn):
        raise ValueError(f"turn {number} is a {type(turn).__name__}, not a Turn")
    if not isinstance(turn.speaker, str):
        raise ValueError(f"the speaker of turn {number} is a {type(turn.speaker).__name__}, not a text")
    start, end = (_time(time, f"turn {number}") for time in (turn.start, turn.end))
    if not 0.0 <= start <= end < math.inf or (duration is None and end > LATEST_S):
        return _Judged(None, _IMPOSSIBLE)
    if start == end:
        return _Judged(None)
    if duration is None or end <= duration:
        return _Judged(_timed(turn, start, end))
    fault = _LATE if end - duration > ROUNDING_S else ""
    return _Judged(_timed(turn, start, duration) if start < duration else None, fault)


def _timed(value: Any, start: float, end: float) -> Any:
    """The value itself where it has these times already, which is the rule."""
    if value.start is start and value.end is end:
        return value
    return replace(value, start=start, end=end)


def _time(value: Any, of: str) -> float:
    """A time as a float; a little before the recording is at its start."""
    time = _number(value, f"a time of {of}")
    return 0.0 if -ROUNDING_S <= time < 0.0 else time


def _number(value: Any, what: str) -> float:
    """Any number as a float, those of other libraries too; a text that could be read as one is none."""
    if type(value) is float:
        return value
    try:
        if value is None or isinstance(value, (str, bytes, bool)):
            raise TypeError
        return float(value)
    except OverflowError:
        return math.inf
    except (TypeError, ValueError):
        raise ValueError(f"{what} is {value!r:.80}, not a number") from None


def _warn(source: str, what: str, judged: Sequence[_Judged], lost: str, duration: float | None) -> None:
    """Say what was wrong, if anything was: the source, and how many of how many."""
    faults = [each.fault for each in judged]
    parts = []
    if count := faults.count(_IMPOSSIBLE):
        parts.append(f"{count} with times that cannot be (not finite, negative, the end before the start) {lost}")
    if count := faults.count(_LATE):
        parts.append(f"{count} cut at the end of the recording ({duration:.1f} s)")
    if parts:
        log.warning("%s: of %d %s, %s.", source, len(judged), what, " and ".join(parts))
