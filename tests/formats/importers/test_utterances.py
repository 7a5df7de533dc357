"""Segments with missing, wrong and unsorted times: right, or estimated within what is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.errors import MediaError
from speakerplug.formats.importers.utterances import Utterance, words_of
from speakerplug.formats.importers.words import in_order, with_both_times
from speakerplug.formats.load import load
from speakerplug.transcript import Word, text_of

Times = tuple[float | None, float | None]


def spans(tmp_path: Path, document: Any) -> list[tuple[str, float | None, float | None]]:
    """Return the text and the times of each word of a document."""
    path = tmp_path / "words.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return [(word.text, word.start, word.end) for word in load(path).words]


WHOLE: dict[str, Any] = {
    "whisper": lambda start, end, text: {"start": start, "end": end, "text": text},
    "podcast": lambda start, end, text: {"startTime": start, "endTime": end, "body": text},
}


@pytest.mark.parametrize("form", WHOLE)
def test_load_of_segments_out_of_order_sorts_them(tmp_path: Path, form: str) -> None:
    """As of tracks of speakers that were written one after the other."""
    segments = [WHOLE[form](start, start + 1, f"w{start}") for start in (0, 6, 3, 9)]
    assert [text for text, _, _ in spans(tmp_path, {"segments": segments})] == ["w0", "w3", "w6", "w9"]


@pytest.mark.parametrize("form", WHOLE)
@pytest.mark.parametrize("following", [[], [(10.2, 11.0)]], ids=["last", "followed"])
def test_load_of_a_segment_without_end_starts_where_it_says(tmp_path: Path, form: str, following: list[Times]) -> None:
    """A null end is estimated from the text, at most to the next segment."""
    times = [(0.0, 2.0), (10.0, None), *following]
    found = spans(tmp_path, {"segments": [WHOLE[form](*each, "three") for each in times]})
    assert found[1] == ("three", 10.0, 10.2 if following else 10.333)


@pytest.mark.parametrize("end", [5.0, 4.0])
def test_load_of_a_segment_that_does_not_end_after_its_start_warns(
    tmp_path: Path, end: float, caplog: pytest.LogCaptureFixture
) -> None:
    """Its words are not of no length; one warning counts such segments."""
    segments = [{"start": 0, "end": 1, "text": "one"}, {"start": 5, "end": end, "text": "Thank you."}]
    found = spans(tmp_path, {"segments": segments})
    assert (found[1][1], found[2][2]) == (5.0, 5.667)
    assert caplog.text.count("1 of 2 segments do not end after they start") == 1


def test_load_of_a_long_segment_of_two_words_keeps_them_together(tmp_path: Path) -> None:
    """Two words do not last half a minute; a segment of usual length, or with more text, keeps its end."""
    for text, end in (("Thank you.", 7.0), ("x" * 20, 10.0), ("x" * 70, 30.0)):
        found = spans(tmp_path, {"segments": [{"start": 0, "end": 30, "text": text}]})
        assert found[-1][2] == end
    assert spans(tmp_path, {"segments": [{"start": 0, "end": 6, "text": "Oh"}]}) == [("Oh", 0.0, 6.0)]


def test_load_of_a_segment_with_duration_ends_after_it(tmp_path: Path) -> None:
    """A duration in place of the end, of segments and of words."""
    segments = {"segments": [{"start": 1.5, "duration": 2.0, "text": "Hi"}]}
    assert spans(tmp_path, segments) == [("Hi", 1.5, 3.5)]
    assert spans(tmp_path, {"words": [{"word": "Hi", "start": 1.5, "duration": 0.5}]}) == [("Hi", 1.5, 2.0)]


def test_load_of_a_segment_without_start_ends_where_it_says(tmp_path: Path) -> None:
    """The start is estimated from the text, not before the end of the segment before."""
    segments = [{"start": 0, "end": 1, "text": "one"}, {"start": None, "end": 20, "text": "Thank you."}]
    assert spans(tmp_path, {"segments": segments})[1:] == [("Thank", 19.333, 19.704), ("you.", 19.704, 20.0)]


def test_load_of_a_segment_without_times_follows_the_one_before(tmp_path: Path) -> None:
    """It is not of no length."""
    segments = [{"start": 0, "end": 1, "text": "one"}, {"start": None, "end": None, "text": "two"}]
    assert spans(tmp_path, {"segments": segments}) == [("one", 0.0, 1.0), ("two", 1.0, 1.2)]


@pytest.mark.parametrize(
    "document",
    [
        {"text": " Hello there.", "segments": [], "language": "en"},
        {"segments": [{"start": None, "end": None, "text": "Hello there."}]},
        {"results": {"transcripts": [{"transcript": "Hello there."}], "items": []}},
        {"monologues": [{"speaker": 0, "elements": [{"type": "punct", "value": "Hello there."}]}]},
        {"result_index": 0, "results": [{"final": True, "alternatives": [{"transcript": "Hello there."}]}]},
        {"words": [{"word": "Hello", "start": None, "end": None}]},
    ],
)
def test_load_of_text_without_times_is_refused(tmp_path: Path, document: Any) -> None:
    """A transcript that has text is never read as an empty one, nor with all of its words at zero."""
    with pytest.raises(MediaError, match=r"cannot be read as .* times"):
        spans(tmp_path, document)


@pytest.mark.parametrize(
    "document",
    [
        {"text": "", "segments": []},
        {"segments": [{"start": 0, "end": 1, "text": " "}]},
        {"language_code": "en", "language_probability": 0.1, "text": "", "words": []},
        {"result_index": 0, "results": []},
        {"recognizedPhrases": []},
        {"combinedPhrases": [], "phrases": []},
        {"monologues": []},
        {"format": "2.9", "results": []},
        {"events": []},
        {"transcription": []},
        {"transcription": {"utterances": []}},
    ],
)
def test_load_of_silence_is_empty(tmp_path: Path, document: Any) -> None:
    """Without any text, no words are right."""
    assert spans(tmp_path, document) == []


def test_load_of_a_segment_with_blank_words_has_its_text(tmp_path: Path) -> None:
    """The words of a segment whose own words are blank share its time."""
    segment = {"start": 0, "end": 2, "text": "one two", "words": [{"word": "", "start": 0, "end": 1}]}
    assert [text for text, _, _ in spans(tmp_path, {"segments": [segment]})] == ["one", "two"]


def test_load_of_verbose_json_keeps_speakers_of_segments(tmp_path: Path) -> None:
    """Some tools label the segments only, beside a list of words."""
    path = tmp_path / "words.json"
    segments = [{"start": at, "end": at + 1, "text": "", "speaker": who} for at, who in ((0, "A"), (1, "B"))]
    words = [{"word": "a", "start": 0.1, "end": 0.5}, {"word": "b", "start": 1.1, "end": 1.5}]
    path.write_text(json.dumps({"text": "a b", "segments": segments, "words": words}))
    assert [word.speaker for word in load(path).words] == ["A", "B"]


def test_in_order_keeps_inexact_and_joined_words() -> None:
    """A start that is a little early is no reason to move a word, and a suffix stays with its word."""
    words = [Word("I", 1.0, 1.2), Word("am", 0.9, 1.1), Word("up", 9.0, 9.5), Word("-on", 5.0, 5.5, joined=True)]
    assert in_order(words) == words
    moved = [Word("late", 9.0, 9.5), Word("early", 2.0, 2.5), Word("untimed", None, None)]
    assert [word.text for word in in_order(moved)] == ["early", "untimed", "late"]


def test_with_both_times_stays_before_the_next_word() -> None:
    """An estimated end is that of the text, at most the next start."""
    found = with_both_times([Word("understanding", 1.0, None), Word("it", 1.2, None)], 1.25)
    assert [(word.end, word.estimated) for word in found] == [(1.2, True), (1.25, True)]


times = st.one_of(st.none(), st.integers(0, 100).map(float))


@given(st.lists(st.tuples(times, times), max_size=8))
def test_words_of_any_utterances_has_every_word_in_order(given_times: list[Times]) -> None:
    """Every text comes back; known starts stay, and sort the words; nothing ends before it starts."""
    utterances = [Utterance(f"w{number} x", *each) for number, each in enumerate(given_times)]
    words = words_of(utterances)
    assert sorted(text_of(words).split()) == sorted(" ".join(each.text for each in utterances).split())
    firsts = {word.text: word for word in words if word.text != "x"}
    for number, (start, _) in enumerate(given_times):
        assert start is None or firsts[f"w{number}"].start == start
    assert all(word.end >= word.start for word in words if word.start is not None and word.end is not None)
    order = [int(word.text[1:]) for word in words if word.text != "x"]
    known = [start for number in order if (start := given_times[number][0]) is not None]
    assert known == sorted(known)


def test_with_both_times_of_a_word_without_start_begins_after_the_one_before() -> None:
    """An estimated start is as early as the text takes, at most as early as the end before."""
    found = with_both_times([Word("a", 0.0, 0.9), Word("understanding", None, 1.0), Word("it", None, 5.0)])
    assert [(word.start, word.end) for word in found] == [(0.0, 0.9), (0.9, 1.0), (4.867, 5.0)]


@pytest.mark.parametrize("with_words", [False, True])
def test_load_of_a_segment_that_begins_before_zero_begins_at_zero(
    tmp_path: Path, with_words: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """As the cues of subtitles do, and its words keep what is known; one warning says so."""
    words = [{"word": "a", "start": -0.5, "end": 0.5}, {"word": "b", "start": 0.5, "end": 1.0}]
    segment = {"start": -0.5, "end": 1.0, "text": "a b"} | ({"words": words} if with_words else {})
    assert spans(tmp_path, {"segments": [segment]}) == [("a", 0.0, 0.5), ("b", 0.5, 1.0)]
    assert "before zero" in caplog.text
