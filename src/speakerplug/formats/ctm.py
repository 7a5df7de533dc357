"""CTM: a line per word: `recording channel start length word [confidence]`; NeMo appends more fields.

The format has no speakers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..plugin.formats import FileContent, FormatRegistration
from ..transcript import Transcript, Word
from .fields import field, recording
from .importers.fields import probability, seconds
from .importers.words import ParsedWords, transcript_from
from .segments import shown_words

_NUMBER = r"-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
_LINE = re.compile(rf"\S+\s+\S+\s+{_NUMBER}\s+{_NUMBER}\s+\S+(?:\s+(?:{_NUMBER}|NA)(?:\s.*)?)?\s*")


def write(transcript: Transcript) -> str:
    """Return the words by start as CTM: recording, channel 1, start, length, word, confidence if known."""
    file = recording(transcript)
    lines = []
    for word in sorted(shown_words(transcript), key=lambda word: word.start or 0.0):
        start, end = word.start or 0.0, word.end or 0.0
        confidence = "" if word.confidence is None else f" {word.confidence:.3f}"
        lines.append(f"{file} 1 {start:.3f} {end - start:.3f} {field(word.text)}{confidence}\n")
    return "".join(lines)


def matches(file: FileContent) -> bool:
    """Return whether the first line that is no comment is a CTM line."""
    return _LINE.fullmatch(next(_lines(file.head), "")) is not None


def read(file: FileContent) -> Transcript:
    """Return the transcript in a CTM file; of several recordings, the one with the name of the file.

    Raises MediaError for a damaged file.
    """
    return transcript_from(lambda: parse(file.text, file.path.stem), "CTM", file.path)


def parse(text: str, stem: str) -> ParsedWords:
    """Return the words of a CTM file: of its one recording, or of the one named `stem`.

    Those of several channels are merged by time. Raises ValueError for an invalid line, and where the recording is
    ambiguous.
    """
    fields = [line.split() for line in _lines(text)]
    if any(len(line) < 5 for line in fields):
        raise ValueError("a line has fewer than five fields")
    recordings = list(dict.fromkeys(line[0] for line in fields))
    if len(recordings) > 1 and stem not in recordings:
        some = ", ".join(name[:80] for name in recordings[:3])
        raise ValueError(f"it holds {len(recordings)} recordings ({some}, ...): name the file after one of them")
    own = [line for line in fields if len(recordings) == 1 or line[0] == stem]
    words = [_word(line) for line in own]
    if len({line[1] for line in own}) > 1:
        words.sort(key=lambda word: word.start or 0.0)
    return ParsedWords(tuple(words))


def _word(fields: list[str]) -> Word:
    start, length = seconds(fields[2]), seconds(fields[3])
    end = None if start is None or length is None else round(start + length, 6)
    confidence = probability(fields[5]) if len(fields) > 5 and fields[5] != "NA" else None
    return Word(fields[4], start, end, confidence=confidence)


def _lines(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(";;"))


FORMAT = FormatRegistration(
    "ctm", "words only, for scoring tools", ".ctm", write, for_programs=True, matches=matches, read=read
)
