from __future__ import annotations

import meeteval.io
from hypothesis import given

from speakerplug.formats import stm
from speakerplug.formats.fields import field
from speakerplug.formats.segments import segments_of
from speakerplug.subtitles import CueRules
from speakerplug.transcript import Media, Speaker, Transcript, Word
from tests.strategies import transcripts


def test_write_stm_whole_file() -> None:
    """Recording and speaker have no spaces; unassigned is "unknown"; a name never begins a comment."""
    words = (Word("Hi", 0.5, 1.5, "A"), Word("there", 1.5, 2.0, "A"), Word("mhm", 4.0, 5.25))
    transcript = Transcript(words, speakers=(Speaker("A", "Ben & Jerry"),), media=Media(";; my talk.mp4", 6.0))
    assert stm.write(transcript) == (
        "__my_talk 1 Ben_&_Jerry 0.500 2.000 Hi there\n__my_talk 1 unknown 4.000 5.250 mhm\n"
    )


@given(transcripts())
def test_write_stm_is_read_by_meeteval(transcript: Transcript) -> None:
    """meeteval finds the cues with their speakers, times and words."""
    lines = meeteval.io.STM.parse(stm.write(transcript), parse_float=float).lines
    assert [(line.speaker_id, line.begin_time, line.end_time, line.transcript) for line in lines] == [
        (field(segment.name) or "unknown", segment.start, segment.end, segment.text)
        for segment in segments_of(transcript)
    ]
    assert len({line.filename for line in lines}) <= 1


@given(transcripts())
def test_write_stm_has_a_line_per_cue(transcript: Transcript) -> None:
    """There is a line per cue by other rules."""
    rules = CueRules(columns=12, lines=1, labels="always")
    assert len(stm.write(transcript, rules).splitlines()) == len(list(segments_of(transcript, rules)))
