from __future__ import annotations

import meeteval.io
from hypothesis import given

from speakerplug.formats import ctm
from speakerplug.formats.fields import field
from speakerplug.formats.segments import shown_words
from speakerplug.transcript import Media, Transcript, Word
from tests.strategies import transcripts


def test_write_ctm_whole_file() -> None:
    """A line per word, by start; an unknown confidence is left out."""
    words = (Word("there", 1.5, 2.0, "A"), Word("Hi", 0.5, 1.5, "A", 0.91239))
    assert ctm.write(Transcript(words, media=Media("talk.mp4", 6.0))) == (
        "talk 1 0.500 1.000 Hi 0.912\ntalk 1 1.500 0.500 there\n"
    )


@given(transcripts())
def test_write_ctm_is_read_by_meeteval(transcript: Transcript) -> None:
    """meeteval finds all words with their times, by start."""
    lines = meeteval.io.CTM.parse(ctm.write(transcript), parse_float=float).lines
    words = sorted(shown_words(transcript), key=lambda word: word.start or 0.0)
    assert [(line.word, line.begin_time) for line in lines] == [(field(word.text), word.start) for word in words]
    assert [round(line.begin_time + line.duration, 3) for line in lines] == [word.end for word in words]
