"""Cues as programs want them: one line of text, from the first of its words to the last, with the speaker's name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..subtitles import PROFILES, Cue, CueRules, cues_from
from ..transcript import Transcript, Word, plain, text_of
from .fields import naming


@dataclass(frozen=True, slots=True)
class Segment:
    """What one speaker says in one `cue`: `words` with text that fits a line, `start` to `end` in seconds.

    `name` is what people read for the speaker, "" for nobody.
    """

    start: float
    end: float
    name: str
    text: str
    words: tuple[Word, ...]
    cue: Cue


def segments_of(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> list[Segment]:
    """The cues of `transcript` by `rules` as segments; words without visible text are left out."""
    name_of = naming(transcript)
    return [_segment(cue, name_of(cue.speaker)) for cue in cues_from(transcript, rules.shown_alone)]


def _segment(cue: Cue, name: str) -> Segment:
    words = tuple(map(shown, cue.words))
    start = min(_seconds(word.start) for word in words)
    end = max(start, *(_seconds(word.end) for word in words))
    return Segment(start, end, name, text_of(words), words, cue)


def shown(word: Word) -> Word:
    """The word with text that fits a line, and an end that is not before its start; both are "0" at the least."""
    start = _seconds(word.start)
    return replace(word, text=plain(word.text), start=start, end=max(start, _seconds(word.end)))


def shown_words(transcript: Transcript) -> list[Word]:
    """The words that have visible text, as they are shown, in spoken order."""
    return [clean for word in transcript.words if (clean := shown(word)).text]


def _seconds(time: float | None) -> float:
    return 0.0 if time is None else max(0.0, round(float(time), 3))
