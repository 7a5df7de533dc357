"""TSV: a row per cue with start, end, speaker and text, for spreadsheets; also read as Whisper writes it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from ..plugin.formats import FileContent, FormatRegistration
from ..subtitles import PROFILES, CueRules
from ..transcript import Transcript
from .importers.fields import seconds, speaker
from .importers.utterances import Utterance, words_of
from .importers.words import ParsedWords, transcript_from
from .segments import segments_of

COLUMNS = ("start", "end", "speaker", "text")
MS_IN_ONE = 1000.0
_HEADER = re.compile(r"start\tend\t(?:speaker\t)?text[ \t]*(?:\r?\n|\r|\Z)")


def write(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> str:
    """Return the transcript as a tab-separated table; times in seconds; quoted as spreadsheets do."""
    text = io.StringIO()
    table = csv.writer(text, dialect="excel-tab", lineterminator="\n")
    table.writerow(COLUMNS)
    for segment in segments_of(transcript, rules):
        table.writerow((f"{segment.start:.3f}", f"{segment.end:.3f}", segment.name, segment.text))
    return text.getvalue()


def matches(file: FileContent) -> bool:
    """Return whether its first line names our columns, or Whisper's, which have no speaker."""
    return _HEADER.match(file.head) is not None


def read(file: FileContent) -> Transcript:
    """Return the transcript in a table; raises MediaError for a damaged one."""
    return transcript_from(lambda: ParsedWords(words_of(map(_utterance, _rows(file.text)))), "TSV", file.path)


def _rows(text: str) -> Iterable[list[str]]:
    """Return the rows as start, end, speaker and text; Whisper's table has no speakers, and quotes nothing."""
    header, *lines = re.split(r"\r\n|\r|\n", text)
    if not _HEADER.match(header):
        raise ValueError("its first line does not name the columns start, end and text")
    if "speaker" not in header:
        rows = (line.split("\t", 2) for line in lines if line.strip())
        return [[*row[:2], "", *row[2:]] for row in rows]
    try:
        return [row for row in csv.reader(io.StringIO(text, newline=""), dialect="excel-tab") if row][1:]
    except csv.Error as error:
        raise ValueError(str(error)) from error


def _utterance(row: list[str]) -> Utterance:
    if len(row) != len(COLUMNS):
        raise ValueError(f"a row has {len(row)} columns instead of {len(COLUMNS)}")
    start, end, who, said = row
    return Utterance(said, _seconds(start), _seconds(end), speaker(who))


def _seconds(value: str) -> float | None:
    """Return seconds, which we write with a point, from these or from milliseconds, which Whisper writes without."""
    return seconds(value, 1.0 if "." in value else MS_IN_ONE)


FORMAT = FormatRegistration(
    "tsv",
    "a table of cues, for spreadsheets; also reads Whisper's",
    ".tsv",
    write,
    takes=("rules",),
    matches=matches,
    read=read,
)
