from __future__ import annotations

import csv
import io

from hypothesis import given

from speakerplug.formats import tsv
from speakerplug.formats.segments import segments_of
from speakerplug.subtitles import CueRules
from speakerplug.transcript import Speaker, Transcript, Word
from tests.strategies import transcripts


def test_write_tsv_whole_file() -> None:
    """A header and a row per cue; a quote is doubled, as in spreadsheets."""
    transcript = Transcript((Word('"Hi"', 0.5, 1.5, "A"), Word("mhm", 4.0, 5.25)), speakers=(Speaker("A", "A\tB"),))
    assert tsv.write(transcript) == 'start\tend\tspeaker\ttext\n0.500\t1.500\tA B\t"""Hi"""\n4.000\t5.250\t\tmhm\n'


@given(transcripts())
def test_write_tsv_is_read_back_by_csv(transcript: Transcript) -> None:
    """Python's csv finds a row of four fields for each cue, letter by letter."""
    rows = list(csv.reader(io.StringIO(tsv.write(transcript), newline=""), dialect="excel-tab", strict=True))
    assert rows[0] == ["start", "end", "speaker", "text"]
    assert [(float(start), float(end), name, text) for start, end, name, text in rows[1:]] == [
        (segment.start, segment.end, segment.name, segment.text) for segment in segments_of(transcript)
    ]


@given(transcripts())
def test_write_tsv_has_a_line_per_cue(transcript: Transcript) -> None:
    """There is a line per cue by other rules."""
    rules = CueRules(columns=12, lines=1, labels="always")
    assert len(tsv.write(transcript, rules).splitlines()) == len(list(segments_of(transcript, rules))) + 1
