"""STM: a line per utterance, with its speaker and words, for tools that score transcripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..plugin.formats import FileContent, FormatRegistration
from ..subtitles import PROFILES, CueRules
from ..transcript import Transcript
from .fields import field, recording
from .importers.fields import seconds, short_name
from .importers.recordings import of_one_recording
from .importers.utterances import Utterance, words_of
from .importers.words import ParsedWords, transcript_from
from .segments import segments_of

UNKNOWN = "unknown"
IGNORED = "ignore_time_segment_in_scoring"
"""The text of a line that holds no words, but a part of the recording that is not scored."""

_NUMBER = r"-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
_LINE = re.compile(rf"\S+\s+\S+\s+\S+\s+{_NUMBER}\s+{_NUMBER}(?:\s.*)?")
_WORD_LINE = re.compile(rf"\S+\s+\S+\s+{_NUMBER}\s+{_NUMBER}\s+\S+(?:\s+(?:{_NUMBER}|NA)(?:\s.*)?)?\s*")
_LABEL = re.compile(r"<[^<>\s,]*(?:,[^<>\s,]*)+>\s*")
_ALTERNATIVES = re.compile(r"\{ ([^{}/]*?) / [^{}]*\}")


def write(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> str:
    """Return the transcript as STM: recording, channel 1, speaker, start, end, text; a line per cue.

    Only the text may have spaces: names have "_" instead, and words of an unassigned speaker those of "unknown".
    """
    file = recording(transcript)
    return "".join(
        f"{file} 1 {field(segment.name) or UNKNOWN} {segment.start:.3f} {segment.end:.3f} {segment.text}\n"
        for segment in segments_of(transcript, rules)
    )


def matches(file: FileContent) -> bool:
    """Return whether the lines at its beginning are those of STM, and not all of them could be those of CTM."""
    lines = list(lines_of(file.head))
    lines = lines[:-1] if len(file.data) > len(file.head.encode()) and len(lines) > 1 else lines
    return bool(lines) and all(map(_LINE.fullmatch, lines)) and not all(map(is_word_line, lines))


def is_word_line(line: str) -> bool:
    """Return whether it is a line of CTM: recording, channel, start, length, word, and perhaps the confidence."""
    return _WORD_LINE.fullmatch(line) is not None


def lines_of(text: str) -> Iterator[str]:
    """Yield the lines of STM or CTM without comments."""
    return (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(";;"))


def read(file: FileContent) -> Transcript:
    """Return the transcript in an STM file; of several recordings, the one with the name of the file.

    Raises MediaError for a damaged file.
    """
    return transcript_from(lambda: parse(file.text, file.path.stem), "STM", file.path)


def parse(text: str, stem: str) -> ParsedWords:
    """Return the words of an STM file: of its one recording, or of the one named `stem`; they share their line's time.

    Raises ValueError for an invalid line, and where the recording is ambiguous.
    """
    fields = [line.split(maxsplit=5) for line in lines_of(text)]
    if any(len(line) < 5 for line in fields):
        raise ValueError("a line has fewer than five fields")
    own = of_one_recording(fields, lambda line: line[0], stem)
    return ParsedWords(words_of(map(_utterance, own)))


def _utterance(fields: list[str]) -> Utterance:
    """Return what is said in a line: without its label (`<o,f0,male>`), and the first of each `{ yes / yeah }`."""
    said = fields[5] if len(fields) > 5 else ""
    label = _LABEL.match(said)
    said = said[label.end() :] if label else said
    said = "" if said.strip().lower() == IGNORED else _ALTERNATIVES.sub(r"\1", said)
    speaker = None if fields[2] == UNKNOWN else short_name(fields[2])
    return Utterance(said, seconds(fields[3]), seconds(fields[4]), speaker)


FORMAT = FormatRegistration(
    "stm",
    "cues with speakers, for scoring tools",
    ".stm",
    write,
    takes=("rules",),
    for_programs=True,
    matches=matches,
    read=read,
)
