"""Cues as programs want them: one line of text, from the start of its first word to the end of its last."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..subtitles import PROFILES, Cue, CueRules, cues_from
from ..transcript import Transcript, Word, plain, text_of
from .fields import speaker_names


@dataclass(frozen=True, slots=True)
class Segment:
    """What one speaker says in one `cue`: `words` with text on one line, `start` to `end` in seconds.

    `name` is the speaker's display name, "" for an unassigned one.
    """

    start: float
    end: float
    name: str
    text: str
    words: tuple[Word, ...]
    cue: Cue


def segments_of(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> list[Segment]:
    """Return the cues of `transcript` by `rules` as segments, without words that have no visible text."""
    name_of = speaker_names(transcript)
    return [_segment(cue, name_of(cue.speaker)) for cue in cues_from(transcript, rules.shown_alone)]


def _segment(cue: Cue, name: str) -> Segment:
    words = tuple(map(shown, cue.words))
    start = min(_seconds(word.start) for word in words)
    end = max(start, *(_seconds(word.end) for word in words))
    return Segment(start, end, name, text_of(words), words, cue)


def shown(word: Word) -> Word:
    """Return the word with text on one line, and times of at least 0 with the end not before the start."""
    start = _seconds(word.start)
    return replace(word, text=plain(word.text), start=start, end=max(start, _seconds(word.end)))


def shown_words(transcript: Transcript) -> list[Word]:
    """Return the words with visible text, as they are shown, in spoken order."""
    return [clean for word in transcript.words if (clean := shown(word)).text]


def _seconds(time: float | None) -> float:
    return 0.0 if time is None else max(0.0, round(float(time), 3))
