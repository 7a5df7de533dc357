"""CTM: a line per word: `recording channel start length word [confidence]`; NeMo appends more fields.

The format has no speakers.
"""

from __future__ import annotations

from ..plugin.formats import FileContent, FormatRegistration
from ..transcript import Transcript, Word
from . import stm
from .fields import field, recording
from .importers.fields import probability, seconds
from .importers.recordings import of_one_recording
from .importers.words import JITTER_S, ParsedWords, in_order, transcript_from
from .segments import shown_words


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
    """Return whether the first line that is no comment is a CTM line, and the lines are not those of STM."""
    return stm.is_word_line(next(stm.lines_of(file.head), "")) and not stm.matches(file)


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
    fields = [line.split() for line in stm.lines_of(text)]
    if any(len(line) < 5 for line in fields):
        raise ValueError("a line has fewer than five fields")
    own = of_one_recording(fields, lambda line: line[0], stem)
    has_channels = len({line[1] for line in own}) > 1
    return ParsedWords(tuple(in_order([_word(line) for line in own], 0.0 if has_channels else JITTER_S)))


def _word(fields: list[str]) -> Word:
    start, length = seconds(fields[2]), seconds(fields[3])
    end = None if start is None or length is None else round(start + length, 6)
    confidence = probability(fields[5]) if len(fields) > 5 and fields[5] != "NA" else None
    return Word(fields[4], start, end, confidence=confidence)


FORMAT = FormatRegistration(
    "ctm", "words only, for scoring tools", ".ctm", write, for_programs=True, matches=matches, read=read
)
