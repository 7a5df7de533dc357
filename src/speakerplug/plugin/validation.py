"""Validation of the words and turns of recognizers, diarizers, plugins and files, by one table.

    times                                        a word                      a turn
    not finite, negative, end before the start   loses them, is estimated    is left out
    up to `BEYOND_S` after the recording         ends with the recording     ends with the recording
    later                                        keeps them                  ends with it, or is left out
    later than any recording (`LATEST_S`)        loses them, is estimated    ends with it, or is left out

Overlap is valid. `ROUNDING_S` on either side of the recording are corrected, and turns of no length dropped, without a
warning; for the rest one warning names the source and the count.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from ..errors import SpeakerPlugError, first_line, kind_of
from ..transcript import Diarization, Media, Provenance, Speaker, SpeakerTree, Transcript, Turn, Word
from .roles import Recognition

log = logging.getLogger(__name__)

BEYOND_S = 2.0
"""Words that end later after the recording are probably those of another one."""
LATEST_S = 1e6
"""Upper bound on the length of a recording (eleven days): a later time is in another unit, or invalid."""
ROUNDING_S = 0.1
"""Tolerance at the edges of a recording, as models count in frames."""


_IMPOSSIBLE, _LATE = "impossible", "late"

Timed = TypeVar("Timed", Word, Turn)

Faults = list[str]
"""One entry for each invalid time."""


def admitted_words(words: Iterable[Any], source: str, duration: float | None = None) -> tuple[Word, ...]:
    """Return the words with validated times, by the rules of docs/reference/hooks.md ("Validation of times").

    A word with invalid times loses them, to be estimated later. `source` is named in the warning; `duration` is that
    of the recording in seconds, if known. Raises ValueError for a value that is not a word.
    """
    faults: Faults = []
    latest = LATEST_S if duration is None else duration
    given = _listed(words, "words")
    found = tuple(
        word if _is_valid(word, latest) else _word(number, word, duration, faults)
        for number, word in enumerate(given, 1)
    )
    _warn(source, f"{len(given)} words", faults, "estimated", duration)
    return found


def admitted_turns(turns: Iterable[Any], source: str, duration: float | None = None) -> tuple[Turn, ...]:
    """Return the turns with validated times, without those whose times are invalid.

    Rules, `source`, `duration` and errors are as for `admitted_words`.
    """
    faults: Faults = []
    given = _listed(turns, "turns")
    found = tuple(_turns(given, duration, faults))
    _warn(source, f"{len(given)} turns", faults, "left out", duration)
    return found


def admitted_diarization(diarization: Any, source: str, duration: float | None = None) -> Diarization:
    """Return the diarization with its turns validated as by `admitted_turns`.

    If an exclusive turn is left out, so is the speaker tree, whose groups would no longer match.
    """
    if not isinstance(diarization, Diarization):
        raise ValueError(f"it returned {kind_of(diarization)}, not a Diarization")
    faults: tuple[Faults, Faults] = ([], [])
    given = [_listed(turns, "turns") for turns in (diarization.turns, diarization.exclusive)]
    regular, exclusive = (tuple(_turns(turns, duration, found)) for turns, found in zip(given, faults, strict=True))
    worse = int(len(faults[1]) > len(faults[0]))  # one warning is enough
    _warn(source, f"{len(given[worse])} turns", faults[worse], "left out", duration)
    is_known = isinstance(diarization.speaker_tree, SpeakerTree) and len(exclusive) == len(given[1])
    return replace(
        diarization,
        turns=regular,
        exclusive=exclusive,
        speaker_tree=diarization.speaker_tree if is_known else None,
        speakers_range=diarization.speakers_range if _is_range(diarization.speakers_range) else None,
    )


def _is_range(given: Any) -> bool:
    """Return whether it is a pair of numbers of speakers, the lesser first."""
    if not isinstance(given, tuple) or len(given) != 2 or any(type(number) is not int for number in given):
        return False
    return bool(0 < given[0] <= given[1])


def admitted_recognition(recognition: Any, source: str, duration: float | None = None) -> Recognition:
    """Return the recognition with its words validated as by `admitted_words`."""
    if not isinstance(recognition, Recognition):
        raise ValueError(f"it returned {kind_of(recognition)}, not a Recognition")
    for what in ("language", "model"):
        if not isinstance(getattr(recognition, what), (str, type(None))):
            raise ValueError(f"the {what} is {kind_of(getattr(recognition, what))}, not a string")
    probability = recognition.language_probability
    if probability is not None:
        probability = _number(probability, "the language_probability")
        probability = probability if 0.0 <= probability <= 1.0 else None
    words = admitted_words(recognition.words, source, duration)
    return replace(recognition, words=words, language_probability=probability)


def admitted_transcript(transcript: Transcript, before: Transcript) -> Transcript:
    """Return a refined transcript, whose words, turns and ids of speakers must equal those of the one `before`.

    Raises ValueError if they do not, and for other fields of a wrong type.
    """
    for what in ("words", "turns", "exclusive", "speaker_tree"):
        if getattr(transcript, what) != getattr(before, what):
            raise ValueError(f"it changed the {what.replace('_', ' ')}, which must stay as they are")
    speakers = _listed(transcript.speakers, "speakers")
    if not all(isinstance(speaker, Speaker) and isinstance(speaker.name, str) for speaker in speakers):
        raise ValueError("its speakers are not a list of Speakers, each with a name")
    if [speaker.id for speaker in speakers] != [speaker.id for speaker in before.speakers]:
        raise ValueError("it changed the ids of speakers, to which words and turns refer; change only their names")
    types: dict[str, Any] = {"language": (str, type(None)), "media": Media, "provenance": Provenance}
    for what, type_of in types.items():
        if not isinstance(getattr(transcript, what), type_of):
            raise ValueError(f"its {what} is {kind_of(getattr(transcript, what))}")
    return replace(transcript, speakers=tuple(speakers))


def _listed(values: Any, what: str) -> Sequence[Any]:
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise ValueError(f"its {what} are {kind_of(values)}, not a list of {what}")
    try:
        return list(values)
    except (KeyboardInterrupt, SpeakerPlugError):
        raise
    except BaseException as error:  # the iterable may run a plugin's code
        raise ValueError(f"its {what} cannot be listed ({first_line(error)})") from error


def _is_valid(word: Any, latest: float) -> bool:
    """Return whether a word needs no correction, as most do; fast, as a long recording has many words."""
    return (
        type(word) is Word
        and type(word.text) is str
        and type(word.start) is float
        and type(word.end) is float
        and 0.0 <= word.start <= word.end <= latest
        and (word.confidence is None or (type(word.confidence) is float and 0.0 <= word.confidence <= 1.0))
        and type(word.joined) is type(word.estimated) is bool
        and (word.speaker is None or type(word.speaker) is str)
        and (word.method is None or type(word.method) is str)
        and (word.speaker_confidence is None or type(word.speaker_confidence) is float)
        and type(word.others) is tuple
        and (not word.others or all(type(other) is str for other in word.others))
    )


def _word(number: int, given: Any, duration: float | None, faults: Faults) -> Word:
    word = given
    if not isinstance(word, Word):
        raise ValueError(f"word {number} is {kind_of(word)}, not a Word")
    if not isinstance(word.text, str):
        raise ValueError(f"the text of word {number} is {kind_of(word.text)}, not a string")
    word = _with_speakers(number, word)
    if word.confidence is not None and not math.isfinite(_number(word.confidence, f"the confidence of word {number}")):
        word = replace(word, confidence=None)
    if type(word.joined) is not bool or type(word.estimated) is not bool:
        word = replace(word, joined=bool(word.joined), estimated=bool(word.estimated))
    if word.start is None or word.end is None:  # one without the other does not count
        return word if word.start is word.end else replace(word, start=None, end=None)
    start, end = (_time(time, f"word {number}") for time in (word.start, word.end))
    if not 0.0 <= start <= end <= LATEST_S:
        faults.append(_IMPOSSIBLE)
        return replace(word, start=None, end=None)
    if duration is not None and duration < end <= duration + BEYOND_S:
        faults += [_LATE] * (end > duration + ROUNDING_S)
        start, end = min(start, duration), duration
    return _timed(word, start, end)


def _with_speakers(number: int, word: Word) -> Word:
    """Return the word with valid speaker fields; raises ValueError if one is of a wrong type."""
    for value, what in ((word.speaker, "speaker"), (word.method, "method")):
        if not isinstance(value, (str, type(None))):
            raise ValueError(f"the {what} of word {number} is {kind_of(value)}, not a string")
    if not isinstance(word.others, (tuple, list)) or not all(isinstance(other, str) for other in word.others):
        raise ValueError(f"the others of word {number} are not a list of strings")
    if word.speaker_confidence is not None:
        _number(word.speaker_confidence, f"the speaker_confidence of word {number}")
    return word if type(word.others) is tuple else replace(word, others=tuple(word.others))


def _turns(turns: Iterable[Any], duration: float | None, faults: Faults) -> Iterator[Turn]:
    for number, turn in enumerate(turns, 1):
        if not isinstance(turn, Turn):
            raise ValueError(f"turn {number} is {kind_of(turn)}, not a Turn")
        if not isinstance(turn.speaker, str):
            raise ValueError(f"the speaker of turn {number} is {kind_of(turn.speaker)}, not a string")
        start, end = (_time(time, f"turn {number}") for time in (turn.start, turn.end))
        if not 0.0 <= start <= end < math.inf or (duration is None and end > LATEST_S):
            faults.append(_IMPOSSIBLE)
            continue
        if duration is not None and end > duration:
            faults += [_LATE] * (end > duration + ROUNDING_S)
            end = duration
        if start < end:
            yield _timed(turn, start, end)


def _timed(value: Timed, start: float, end: float) -> Timed:
    """Return the value with these times; the same object if it already has them, which is the rule."""
    if value.start is start and value.end is end:
        return value
    return replace(value, start=start, end=end)


def _time(value: Any, of: str) -> float:
    """Return a time as a float; one slightly before the recording becomes 0."""
    time = _number(value, f"a time of {of}")
    return 0.0 if -ROUNDING_S <= time < 0.0 else time


def _number(value: Any, what: str) -> float:
    """Return any number, also of other libraries, as a float; raises ValueError for strings and other types."""
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


def _warn(source: str, what: str, faults: Faults, lost: str, duration: float | None) -> None:
    """Log one warning if there were faults: the source, and how many of how many."""
    parts = []
    if count := faults.count(_IMPOSSIBLE):
        kinds = "not finite, negative, too late, the end before the start"
        parts.append(f"{count} with invalid times ({kinds}) {lost}")
    if count := faults.count(_LATE):
        parts.append(f"{count} cut at the end of the recording ({duration:.1f} s)")
    if parts:
        log.warning("%s: of %s, %s.", source, what, " and ".join(parts))
