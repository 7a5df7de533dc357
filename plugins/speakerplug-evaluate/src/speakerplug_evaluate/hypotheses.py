"""The results of a system: words and turns from JSON of SpeakerPlug or others, STM or RTTM."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speakerplug.formats import rttm
from speakerplug.formats.load import recognized
from speakerplug.plugin import (
    FileContent,
    Transcript,
    Turn,
    Word,
    admitted_turns,
    admitted_words,
    load_plugins,
    timed_words,
)

from .reading import read_stm, words_of


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A system's result for one recording: `words` by start, and `turns`; None for what it does not provide."""

    words: tuple[Word, ...] | None
    turns: tuple[Turn, ...] | None

    @property
    def num_speakers(self) -> int:
        """The number of speakers in its turns, or in its words if it has no turns."""
        spoken = (self.words or ()) if self.turns is None else self.turns
        return len({said.speaker for said in spoken} - {None})


def from_transcript(transcript: Transcript) -> Hypothesis:
    """Return SpeakerPlug's transcript as a hypothesis."""
    return Hypothesis(_by_start(transcript.words), transcript.turns)


def read_hypothesis(
    text: str, suffix: str = ".json", recording: str | None = None, source: str = "The result"
) -> Hypothesis:
    """Return a result that was saved as .json, .stm or .rttm; of STM and RTTM, only the lines of `recording`, if given.

    `source` is its name in a warning about invalid times. JSON is SpeakerPlug's (`words`, `turns`) or another
    program's, such as WhisperX's, which leaves some words without times: these are interpolated.
    Raises ValueError, LookupError or TypeError for an unsupported file.
    """
    found = _read(text, suffix, recording, source)
    words = found.words if found.words is None else timed_words(admitted_words(found.words, source))
    turns = found.turns if found.turns is None else admitted_turns(found.turns, source)
    return Hypothesis(words if words is None else _by_start(words), turns)


def _read(text: str, suffix: str, recording: str | None, source: str) -> Hypothesis:
    if suffix == ".rttm":
        return Hypothesis(None, rttm.parse(text, recording))
    if suffix == ".stm":
        return Hypothesis(words_of(read_stm(text, recording)), None)
    document = json.loads(text)
    file, format = recognized(FileContent(Path(source), text.encode()), load_plugins())
    if format is not None and format.name != "json" and format.read is not None:
        return Hypothesis(format.read(file).words, None)
    if not isinstance(document, dict) or "words" not in document:
        raise ValueError("This JSON has neither `words` nor `segments`; use SpeakerPlug's or WhisperX's.")
    turns = document.get("turns")
    return Hypothesis(
        tuple(_word(word, word["text"]) for word in document["words"]),
        None if turns is None else tuple(Turn(float(t["start"]), float(t["end"]), t["speaker"]) for t in turns),
    )


def _word(fields: Mapping[str, Any], text: str) -> Word:
    start, end, confidence = (None if (value := fields.get(name)) is None else float(value) for name in _NUMBERS)
    return Word(
        text, start, end, fields.get("speaker"), speaker_confidence=confidence, joined=fields.get("joined", False)
    )


_NUMBERS = ("start", "end", "speaker_confidence")


def _by_start(words: Iterable[Word]) -> tuple[Word, ...]:
    return tuple(sorted(words, key=lambda word: 0.0 if word.start is None else word.start))
