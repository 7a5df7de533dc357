from __future__ import annotations

from hypothesis import given

from speakerplug.formats.segments import segments_of, shown_words
from speakerplug.subtitles import cues_from
from speakerplug.transcript import Transcript, Word, plain
from tests.strategies import transcripts


@given(transcripts())
def test_segments_of_any_transcript_has_each_word_once(transcript: Transcript) -> None:
    """There is a segment per cue; all words with visible text are in them, each once; times never decrease.

    Words of scripts without spaces may be in parts.
    """
    segments = list(segments_of(transcript))
    assert len(segments) == len(cues_from(transcript))
    texts = [text for word in transcript.words if (text := plain(word.text))]
    said = "".join(word.text for segment in segments for word in segment.words)
    assert sorted("".join(said.split())) == sorted("".join("".join(texts).split()))
    assert {word.text for segment in segments for word in segment.words} >= set(filter(str.isascii, texts))
    assert [word.text for word in shown_words(transcript)] == texts
    assert all(0 <= segment.start <= segment.end for segment in segments)


def test_segments_of_words_has_times_of_words() -> None:
    """Segments have the times of their words, not of the cue on the screen; a word without times begins at 0."""
    (segment,) = segments_of(Transcript((Word("a", None, None), Word("b", 0.1, 0.2))))
    assert (segment.start, segment.end) == (0.0, 0.2)
