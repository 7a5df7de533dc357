"""When Whisper fails in a window: what shows it, and how the window is recognized again.

Whisper's authors decode a window again at a higher temperature if its text compresses too well or is improbable
(Radford et al. 2022, section 4.5), which batched decoding leaves out. Here shorter windows come first, since what loops
in 30 s rarely does in both halves, and then a penalty on repeated tokens (Keskar et al. 2019, section 4.1): with it the
open recordings, disturbed, have as few errors as with temperatures, and the result is the same each time. Words without
duration show what the text alone does not: that nobody said them.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from ..transcript import Removed, Word
from .windows import Span, Window, packed

COMPRESSION = 2.4
"""Whisper's threshold: text of a larger ratio of its bytes to those of its compressed form repeats itself."""
LOG_PROBABILITY = -1.0
"""Whisper's threshold, of the average over the tokens."""
NO_SPEECH = 0.6
"""Whisper's threshold, of the probability that an improbable text is none."""
BRIEF_S = 0.03
BRIEF_SHARE = 0.35
FEWEST_WORDS, LONGEST_RUN = 4, 5
"""Of this many words and more, a larger share of words that last up to `BRIEF_S` seconds has no audio, nor have more
than so many in a row."""
REPEATED_BRIEF_SHARE = 0.25
"""A text that repeats itself is what somebody says, such as a chant, unless a larger share of its words is brief: up to
0.23 in a chant, at least 0.33 in loops (docs/explanation/accuracy.md)."""
TOUCHING_S = 1e-6
"""Rounding between two parts of one span."""
SHORTER_S = (14.0, 7.0)
"""Seconds of the windows that are tried in turn. With 10 or 18 the open recordings, disturbed, have as few errors."""

REPETITION_PENALTY = 1.2

REPEATS = "the text repeats itself"
NO_TIME = "the words have no time in the audio"
IMPROBABLE = "the text is improbable"


@dataclass(frozen=True, slots=True)
class Decoded:
    """What Whisper found in a window."""

    words: tuple[Word, ...]
    text: str
    log_probability: float
    no_speech_probability: float = 0.0

    @property
    def defect(self) -> str | None:
        """What is wrong with it, for people; None if nothing is."""
        are_brief = [(word.end or 0.0) - (word.start or 0.0) <= BRIEF_S for word in self.words]
        if compression_ratio(self.text) > COMPRESSION and sum(are_brief) > REPEATED_BRIEF_SHARE * len(are_brief):
            return REPEATS
        run = max((len(list(each)) for is_brief, each in itertools.groupby(are_brief) if is_brief), default=0)
        if len(are_brief) >= FEWEST_WORDS and (sum(are_brief) > BRIEF_SHARE * len(are_brief) or run > LONGEST_RUN):
            return NO_TIME
        return IMPROBABLE if self.words and self.log_probability < LOG_PROBABILITY else None

    @property
    def is_usable(self) -> bool:
        """Return whether it is better than nothing: it may be improbable, unless Whisper takes it for silence, too."""
        is_silence = self.log_probability < LOG_PROBABILITY and self.no_speech_probability > NO_SPEECH
        return bool(self.words) and not is_silence and self.defect in (None, IMPROBABLE)


@dataclass(frozen=True, slots=True)
class Recognized:
    """The words of some windows, and the passages of them whose text was left out."""

    words: tuple[Word, ...] = ()
    removed: tuple[Removed, ...] = ()


def compression_ratio(text: str) -> float:
    """Return how many times as many bytes a text has as its compressed form, as Whisper measures it."""
    data = text.encode("utf-8", "replace")
    return len(data) / len(zlib.compress(data))


def shorter(window: Window, speech: Sequence[Span], longest_s: float) -> list[Window]:
    """Return windows of at most `longest_s` that cover the speech in `window`, cut in pauses if there are any.

    `speech` are the speech segments of the recording, sorted. Half a pause goes to each side.
    """
    length = sum(end - start for start, end in window)
    full = min(longest_s, length / -(-length // longest_s) + 2.0)  # of equal length, as far as pauses allow
    parts: list[Span] = []
    for start, end in window:
        pauses = [(a[1] + b[0]) / 2 for a, b in itertools.pairwise(inside(speech, start, end))]
        parts += _parts(start, end, pauses, longest_s)
    return packed(parts, TOUCHING_S, full)


def inside(speech: Sequence[Span], start: float, end: float) -> list[Span]:
    """Return what of the speech segments lies between two times."""
    return [(max(start, a), min(end, b)) for a, b in speech if a < end and start < b]


def _parts(start: float, end: float, pauses: Sequence[float], longest_s: float) -> list[Span]:
    """Cut a span at pauses, and into equal parts where there is none for too long."""
    parts: list[Span] = []
    edges = [start, *pauses, end]
    for a, b in itertools.pairwise(edges):
        count = max(1, -(-(b - a) // longest_s))
        length = (b - a) / count
        parts += [(a + index * length, a + (index + 1) * length) for index in range(int(count))]
    return parts
