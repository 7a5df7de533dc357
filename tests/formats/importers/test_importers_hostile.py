"""Files that are damaged, of other kinds, or hostile: read, or refused with one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.errors import MediaError, SpeakerPlugError, UsageError
from speakerplug.formats import vtt
from speakerplug.formats.load import load
from tests.formats.importers.writing import words_in

FILES = Path(__file__).parent / "files"
SEGMENT = {"start": 0.0, "end": 1.0, "text": " Hi"}


def loaded(tmp_path: Path, document: Any) -> Any:
    path = tmp_path / "words.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return load(path)


@pytest.mark.parametrize(
    ("document", "error", "words"),
    [
        ([], UsageError, "not a SpeakerPlug transcript, nor in another readable format .*lists"),
        ({"text": "words without times"}, UsageError, "not a SpeakerPlug transcript"),
        ([{"text": "a", "chunks": []}, {"text": "b", "chunks": []}], UsageError, "holds 2 transcripts"),
        ({"segments": [None]}, UsageError, "not a SpeakerPlug transcript"),
        ({"segments": [{"foo": 1}]}, UsageError, "not a SpeakerPlug transcript"),
        ({"segments": [SEGMENT, {"foo": 1}]}, UsageError, "not a SpeakerPlug transcript"),
        ({"segments": [{"start": 0.0, "words": [{"foo": 1}]}]}, UsageError, "not a SpeakerPlug transcript"),
        ({"chunks": [{"foo": 1}]}, UsageError, "not a SpeakerPlug transcript"),
        ({"word": [{"foo": 1}]}, UsageError, "not a SpeakerPlug transcript"),
        ({"timestamp": {"segment": [{"foo": 1}]}}, UsageError, "not a SpeakerPlug transcript"),
        ({"results": {"channels": [{"foo": 1}]}}, UsageError, "not a SpeakerPlug transcript"),
        ({"results": {"items": [{"foo": 1}]}}, UsageError, "not a SpeakerPlug transcript"),
        ({"audio_url": "", "words": [{"foo": 1}]}, UsageError, "not a SpeakerPlug transcript"),
        ({"words": [{"start_time": 0.0, "end_time": 1.0}]}, UsageError, "not a SpeakerPlug transcript"),
        ({"segments": [{**SEGMENT, "words": [None]}]}, MediaError, "Whisper's JSON .*list of objects"),
        ({"segments": [{**SEGMENT, "text": 5}]}, MediaError, "5 is not a text"),
        ({"segments": [{**SEGMENT, "words": [{"word": "Hi", "start": "soon"}]}]}, MediaError, "'soon' is not a time"),
        ({"segments": [{**SEGMENT, "words": [{"word": "Hi", "start": True}]}]}, MediaError, "True is not a time"),
        ({"segments": [{**SEGMENT, "end": 1e300}]}, MediaError, "not a time in a recording"),
        ({"segments": [{**SEGMENT, "speaker": [1]}]}, MediaError, "not a speaker"),
        ({"chunks": [{"text": "Hi", "timestamp": 3}]}, MediaError, "not a pair of times"),
        ({"timestamp": {"word": [{"word": "Hi", "start_offset": 3}]}}, MediaError, "offsets in frames"),
        ({"audio_url": "", "words": None, "status": "processing"}, MediaError, "its status is 'processing'"),
        ({"audio_url": "", "words": None, "status": "error", "error": "no audio"}, MediaError, "failed: no audio"),
        ({"results": {"channels": [{"alternatives": [{"words": 3}]}]}}, MediaError, "Deepgram.*`words`"),
        ({"results": {"items": [{"alternatives": [{"content": None}], "start_time": "x"}]}}, MediaError, "AWS"),
        ("SPEAKER a 1 0 1 <NA> <NA> x <NA> <NA>\n", UsageError, "turns but no words; .*--rttm"),
        ("a 1 0 1 Hi\na 1\n", MediaError, "cannot be read as CTM .*five fields"),
        ("a 1 0 1 Hi\nb 1 0 1 Ho\n", MediaError, "2 recordings"),
    ],
)
def test_load_of_invalid_json_is_refused_with_one_sentence(
    tmp_path: Path, document: Any, error: type[Exception], words: str
) -> None:
    """The sentence names the file, the program that it seems to be of, what is wrong, and what to do."""
    with pytest.raises(error, match=words) as caught:
        loaded(tmp_path, document)
    assert str(caught.value).count("words.json") == 1
    assert ";" in str(caught.value)


def test_load_of_segments_with_only_words_reads_them(tmp_path: Path) -> None:
    """Segments without times are read if their words have times."""
    found = loaded(tmp_path, {"segments": [{"words": [{"word": "Hi", "start": 0.0, "end": 1.0}]}]})
    assert [(word.text, word.start, word.end) for word in found.words] == [("Hi", 0.0, 1.0)]


@pytest.mark.parametrize(
    "document",
    [
        {"segments": [], "text": ""},
        {"chunks": []},
        {"results": {"channels": []}},
        {"results": {"items": None}},
        {"audio_url": "", "words": []},
        {"timestamp": {"word": []}},
    ],
)
def test_load_of_silence_has_no_words(tmp_path: Path, document: Any) -> None:
    """A recording without speech is an empty transcript, in every form."""
    assert loaded(tmp_path, document).words == ()


def test_load_of_a_json_suffix_does_not_override_the_content(tmp_path: Path) -> None:
    """A file with the suffix of WhisperX's JSON, but without segments, is not read as such."""
    path = tmp_path / "talk.whisperx.json"
    path.write_text('{"segments": [{"foo": 1}]}')
    with pytest.raises(UsageError, match="not a SpeakerPlug transcript"):
        load(path)


def test_load_of_null_and_nan_has_missing_values(tmp_path: Path) -> None:
    """NaN, which Python writes into JSON, is a missing value like null."""
    words = [{"word": " a", "start": 0.5, "end": 1.0, "probability": float("nan")}, {"word": " b", "start": None}]
    found = loaded(tmp_path, {"segments": [{"start": 0.0, "end": 2.0, "text": None, "words": words}]}).words
    assert [(word.text, word.start, word.end, word.confidence) for word in found] == [
        ("a", 0.5, 1.0, None),
        ("b", 1.0, 2.0, None),
    ]


def test_load_of_negative_or_swapped_times_repairs_them(tmp_path: Path) -> None:
    """A time slightly below zero is zero, and a word that ends before it starts shares its neighbors' time."""
    words = [{"word": " a", "start": -0.02, "end": 0.5}, {"word": " b", "start": 2.0, "end": 1.0}]
    found = loaded(tmp_path, {"segments": [{"start": 0.0, "end": 2.0, "text": " a b", "words": words}]}).words
    assert [(word.start, word.end) for word in found] == [(0.0, 0.5), (0.5, 0.5)]
    assert [word.estimated for word in found] == [False, True]


VALUES = st.sampled_from((None, True, -1, 0.5, "1.5", "x", "", [], {}, [{}], float("nan"), 1e308, {"start": 1}))
FORMS = ("assemblyai", "aws", "deepgram", "nemo", "openai-verbose", "transformers-word", "whisperx")


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in _places(item, (*path, key)))]


DOCUMENTS = {name: (FILES / f"{name}.json").read_text(encoding="utf-8") for name in FORMS}
PLACES = {name: _places(json.loads(text))[1:] for name, text in DOCUMENTS.items()}


@pytest.mark.parametrize("name", DOCUMENTS)
@given(data=st.data())
def test_load_of_a_damaged_value_reads_or_refuses(name: str, data: st.DataObject) -> None:
    """Any damage gives a transcript that can be written, or one sentence."""
    document = json.loads(DOCUMENTS[name])
    place, value = data.draw(st.sampled_from(PLACES[name])), data.draw(VALUES)
    inner = document
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    try:
        transcript = words_in(json.dumps(document))
    except SpeakerPlugError:
        return
    assert all(word.text and (word.start or 0.0) <= (word.end or 0.0) for word in transcript.words)
    assert vtt.write(transcript).startswith("WEBVTT")
