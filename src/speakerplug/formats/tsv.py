"""TSV: a row per cue with start, end, speaker and text, for spreadsheets."""

from __future__ import annotations

import csv
import io

from ..plugin.formats import FormatRegistration
from ..subtitles import PROFILES, CueRules
from ..transcript import Transcript
from .segments import segments_of


def write(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> str:
    """Return the transcript as a tab-separated table; times in seconds; quoted as spreadsheets do."""
    text = io.StringIO()
    table = csv.writer(text, dialect="excel-tab", lineterminator="\n")
    table.writerow(("start", "end", "speaker", "text"))
    for segment in segments_of(transcript, rules):
        table.writerow((f"{segment.start:.3f}", f"{segment.end:.3f}", segment.name, segment.text))
    return text.getvalue()


FORMAT = FormatRegistration("tsv", "a table of cues, for spreadsheets", ".tsv", write, takes=("rules",))
