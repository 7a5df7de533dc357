"""JSON forms of other programs: podcast, openai, verbose_json, whisperx."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from speakerplug.attribution.word_breaks import in_dictionary_script
from speakerplug.formats import openai, podcast, whisper
from speakerplug.formats.load import load
from speakerplug.formats.segments import segments_of, shown, shown_words
from speakerplug.subtitles import PROFILES, cues_from
from speakerplug.transcript import Media, Speaker, Transcript, Word, text_of
from speakerplug_evaluate.hypotheses import read_hypothesis
from tests.formats.schemas import DIARIZED, PODCAST, VERBOSE, WHISPERX
from tests.strategies import HOSTILE_NAMES, transcripts

FORMS = [
    pytest.param(podcast.write, PODCAST, id="podcast"),
    pytest.param(openai.write_diarized, DIARIZED, id="openai"),
    pytest.param(openai.write_verbose, VERBOSE, id="verbose_json"),
    pytest.param(whisper.write, WHISPERX, id="whisperx"),
]
Write = Callable[[Transcript], str]

TALK = Transcript(
    (Word("Hi", 0.5, 0.7, "A", 0.5), Word("there", 0.7, 1.0, "A", 0.25), Word("mhm", 4.0, 5.25)),
    speakers=(Speaker("A", "Ana"),),
    language="en",
    media=Media("talk.mp4", 6.0),
)


@pytest.mark.parametrize(("write", "schema"), FORMS)
@given(transcript=transcripts())
def test_write_conforms_to_the_published_schema(write: Write, schema: dict[str, Any], transcript: Transcript) -> None:
    """Every transcript has the published form, a segment per cue, and all words in the segments."""
    document = json.loads(write(transcript))
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(document)) == []
    said = [segment.get("body", segment.get("text")) for segment in document["segments"]]
    usual = PROFILES["podcast" if write is podcast.write else "netflix"]
    assert said == [segment.text for segment in segments_of(transcript, usual)]


@pytest.mark.parametrize(("write", "schema"), FORMS)
@pytest.mark.parametrize("profile", PROFILES)
@settings(max_examples=5)
@given(transcript=transcripts())
def test_write_has_a_segment_per_cue_of_the_rules(
    write: Callable[..., str], schema: dict[str, Any], profile: str, transcript: Transcript
) -> None:
    """Every form follows the rules, and has a segment per cue, never of two speakers."""
    rules = replace(PROFILES[profile], labels="always", dual="hyphen", words=True)
    document = json.loads(write(transcript, rules))
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(document)) == []
    said = [segment.get("body", segment.get("text")) for segment in document["segments"]]
    assert said == [text_of(map(shown, cue.words)) for cue in cues_from(transcript, PROFILES[profile].shown_alone)]


def test_load_of_podcast_has_its_words_and_speakers(tmp_path: Path) -> None:
    """The cues of the podcast's JSON are read back: text and names, with times shared by the words."""
    found = load(TALK.save(tmp_path / "talk.podcast.json"))
    assert [(word.text, word.speaker, word.estimated) for word in found.words] == [
        ("Hi", "Ana", True),
        ("there", "Ana", True),
        ("mhm", None, True),
    ]
    assert found.words[0].start == 0.5


@pytest.mark.parametrize(("write", "schema"), FORMS)
def test_write_without_words_conforms_to_the_schema(write: Write, schema: dict[str, Any]) -> None:
    """A transcript without words has empty lists."""
    document = json.loads(write(Transcript()))
    jsonschema.validate(document, schema)
    assert document["segments"] == []


@given(transcripts())
def test_write_podcast_segments_have_times_of_cues(transcript: Transcript) -> None:
    """Podcast segments last as long as cues do, and those of unassigned words have no speaker."""
    segments = json.loads(podcast.write(transcript))["segments"]
    cues = cues_from(transcript, PROFILES["podcast"].shown_alone)
    assert [(segment["startTime"], segment["endTime"]) for segment in segments] == [(c.start, c.end) for c in cues]
    assert [("speaker" in segment) for segment in segments] == [cue.speaker is not None for cue in cues]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_write_hostile_name_is_a_name(name: str) -> None:
    """A name comes back on one line; a blank one becomes the speaker's id."""
    transcript = Transcript((Word("Hello", 0.0, 1.0, "A"),), speakers=(Speaker("A", name),))
    expected = " ".join(name.split()) or "A"
    for write in (podcast.write, openai.write_diarized, whisper.write):
        assert json.loads(write(transcript))["segments"][0]["speaker"] == expected


def test_write_openai_diarized_whole_file() -> None:
    """Unassigned words are "unknown"'s; ids are counted; the text is the whole text."""
    document = json.loads(openai.write_diarized(TALK))
    assert document["text"] == "Hi there mhm"
    assert [(s["id"], s["speaker"]) for s in document["segments"]] == [("seg_001", "Ana"), ("seg_002", "unknown")]


def test_write_openai_verbose_whole_file() -> None:
    """The mean log probability is that of the words; the words are there with their times."""
    document = json.loads(openai.write_verbose(TALK))
    assert [segment["avg_logprob"] for segment in document["segments"]] == [pytest.approx(-1.0397, abs=1e-4), 0.0]
    assert document["words"][1] == {"word": "there", "start": 0.7, "end": 1.0}


@given(transcripts())
def test_write_whisperx_is_read_by_the_reader_of_whisperx(transcript: Transcript) -> None:
    """The reader of WhisperX's own files finds all words, by name of the speaker; those of Thai perhaps in parts."""
    found, words = read_hypothesis(whisper.write(transcript)).words or (), shown_words(transcript)
    letters = [sorted("".join("".join(word.text.split()) for word in each)) for each in (found, words)]
    assert letters[0] == letters[1]
    if not any(in_dictionary_script(word.text) for word in words):
        assert sorted((word.text, word.start or 0.0) for word in found) == sorted(
            (word.text, word.start or 0.0) for word in words
        )
    assert {word.speaker is None for word in found} == {word.speaker is None for word in shown_words(transcript)}


def test_write_whisperx_has_all_words_twice() -> None:
    """`word_segments` holds what the segments hold, and a score only where there is one."""
    document = json.loads(whisper.write(TALK))
    assert document["word_segments"] == [word for segment in document["segments"] for word in segment["words"]]
    assert document["word_segments"][0] == {"word": "Hi", "start": 0.5, "end": 0.7, "score": 0.5, "speaker": "Ana"}
    assert document["word_segments"][2] == {"word": "mhm", "start": 4.0, "end": 5.25}
    assert " ".join(word["word"] for word in document["word_segments"]) == text_of(TALK.words)
