"""Words written in another program's form are read back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.formats import ctm, openai, rttm, whisper
from speakerplug.formats.importers.words import filled, spaced
from speakerplug.plugin.formats import FileContent
from speakerplug.transcript import Media, Transcript, Turn, Word, text_of
from tests.formats.importers.writing import FORMS, words_in
from tests.strategies import texts, transcripts


@st.composite
def said(draw: st.DrawFn) -> tuple[Word, ...]:
    """Draw words in order with times in whole milliseconds; the first is not joined, and none contains a space."""
    now, words = 0, []
    tokens = draw(st.lists(st.tuples(texts, st.booleans()), min_size=1, max_size=8))
    for text, joined in [(text, joined) for text, joined in tokens if not any(map(str.isspace, text))]:
        start, now = now + 50, now + 50 + draw(st.sampled_from((0, 1, 300)))
        words.append(Word(text, start / 1000, now / 1000, joined=joined and bool(words)))
    return tuple(words)


@pytest.mark.parametrize("form", FORMS)
@given(words=said())
def test_load_of_each_form_has_words_and_times(form: str, words: tuple[Word, ...]) -> None:
    """Every word comes back with its text and its times, in every form, whatever its text is."""
    if not words:
        return
    found = words_in(FORMS[form](words)).words
    assert [(word.text, word.start, word.end) for word in found] == [(w.text, w.start, w.end) for w in words]


@pytest.mark.parametrize("form", ["faster_whisper", "openai", "transformers", "nemo", "deepgram", "assemblyai"])
@given(words=said())
def test_load_of_each_form_has_running_text(form: str, words: tuple[Word, ...]) -> None:
    """The running text comes back with its spaces, in forms that have the whole text."""
    if not words or form == "faster_whisper":
        words = words[:3]
    if words:
        document = json.loads(FORMS[form](words))
        document = document[0] if form == "nemo" else document
        assert text_of(words_in(json.dumps(document)).words) == text_of(words)


@given(transcript=transcripts(max_runs=2))
def test_load_of_our_json_for_others_has_every_letter(transcript: Transcript) -> None:
    """Our own verbose_json, diarized_json and WhisperX form come back with every letter that was written."""
    for write in (openai.write_verbose, openai.write_diarized, whisper.write):
        document = json.loads(write(transcript))
        words = words_in(json.dumps(document)).words
        spoken = "".join(str(segment["text"]) for segment in document["segments"])
        assert sorted("".join(text_of(words).split())) == sorted("".join(spoken.split()))


def test_load_of_openai_restores_punctuation() -> None:
    """OpenAI's words have none: punctuation in the text goes to the word it touches."""
    words = [Word(text, 0.0, 1.0) for text in ("Hi", "Ben", "well", "known", "yes")]
    found = spaced(words, '"Hi," Ben... well-known (yes)!')
    assert [word.text for word in found] == ['"Hi,"', "Ben...", "well-", "known", "(yes)!"]
    assert [word.joined for word in found] == [False, False, False, True, False]


def test_load_of_a_text_that_does_not_match_keeps_words() -> None:
    """A text that does not match moves no word."""
    words = [Word(text, 0.0, 1.0) for text in ("one", "2", "three")]
    assert [word.text for word in spaced(words, "one two three.")] == ["one", "2", "three."]


def test_spaced_joins_scripts_without_spaces() -> None:
    """Words without spaces are joined in Chinese and Thai, not in Korean and English."""
    for texts_, joined in ((("你", "好"), True), (("ไทย", "ดี"), True), (("안녕", "친구"), False), (("a", "b"), False)):
        assert spaced([Word(text, 0.0, 1.0) for text in texts_])[1].joined is joined


def test_load_of_words_without_times_stays_in_the_segment() -> None:
    """Words without times share what their neighbors leave, within the segment."""
    words = [Word("1999", None, None), Word("was", 2.0, 2.5), Word("24", None, None)]
    found = filled(words, 1.0, 3.0)
    assert [(word.start, word.end, word.estimated) for word in found] == [
        (1.0, 2.0, True),
        (2.0, 2.5, False),
        (2.5, 3.0, True),
    ]


def test_load_of_transformers_last_chunk_without_end_is_estimated() -> None:
    """transformers omits it at the end of the audio; the word then lasts until the next one at most."""
    chunks = [{"text": " Hi", "timestamp": [0.5, None]}, {"text": " there", "timestamp": [0.6, None]}]
    words = words_in(json.dumps({"chunks": chunks})).words
    assert [(word.start, word.end, word.estimated) for word in words] == [(0.5, 0.6, True), (0.6, 0.933, True)]


@given(transcript=transcripts(max_runs=2))
def test_parse_our_ctm_and_rttm_is_equal(transcript: Transcript) -> None:
    """Every word and every turn comes back, to the millisecond."""
    transcript = Transcript(transcript.words, transcript.turns, speakers=transcript.speakers, media=Media("a.wav", 1.0))
    text = ctm.write(transcript)
    if text:
        assert ctm.matches(FileContent(Path("a"), text.encode()))
        assert len(ctm.parse(text, "a").words) == len(text.splitlines())
    read = sorted((turn.start, turn.end) for turn in rttm.parse(rttm.write(transcript)))
    assert read == [pytest.approx(times) for times in sorted((turn.start, turn.end) for turn in transcript.turns)]


def test_parse_ctm_of_several_recordings_takes_the_named_one() -> None:
    """The recording with the name of the file is read; its channels are merged by time."""
    text = ";; by hand\nb 1 0 1 no\na B 2 1 there 0.5\na A 1 1 Hi 1.0\n"
    assert ctm.parse(text, "a").words == (Word("Hi", 1.0, 2.0, confidence=1.0), Word("there", 2.0, 3.0, confidence=0.5))
    with pytest.raises(ValueError, match="2 recordings"):
        ctm.parse(text, "c")


def test_parse_rttm_ignores_other_lines() -> None:
    """Comments and other lines are ignored."""
    text = "SPKR-INFO b 1 <NA> <NA>\nSPEAKER b 1 0 1 <NA> <NA> x <NA> <NA>\nSPEAKER a 1 2 1 <NA> <NA> y <NA> <NA>\n"
    assert rttm.parse(text, "a") == (Turn(2.0, 3.0, "y"),)
