from __future__ import annotations

import json as reader
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given

from speakerplug.formats import json
from speakerplug.plugin.formats import FileContent
from speakerplug.transcript import Media, Provenance, Speaker, Transcript, Turn, Word
from tests.strategies import transcripts

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = reader.loads((DOCS / "transcript.schema.json").read_text(encoding="utf-8"))
validator = jsonschema.Draft202012Validator(SCHEMA)

SMALL = Transcript(
    words=(
        Word("Hello", 0.12345, 0.5, "SPEAKER_00", 0.9871234, "overlap", 1.0),
        Word("you", 0.5, 0.9, "SPEAKER_00", None, "nearest", 0.25, joined=True, estimated=True, others=("SPEAKER_01",)),
    ),
    turns=(Turn(0.1, 1.0, "SPEAKER_00"),),
    exclusive=(Turn(0.1, 1.0, "SPEAKER_00"),),
    speakers=(Speaker("SPEAKER_00", "Ana"),),
    language="en",
    media=Media("talk.mp4", 1.0004),
    provenance=Provenance("speakerplug", "0.1.0", "faster-whisper", "tiny.en", "pyannote", "cpu"),
)


def test_write_json_whole_file() -> None:
    """The keys are the published ones, in order, a word and a turn per line; times have three decimals."""
    assert json.write(SMALL) == (
        "{\n"
        '  "schema": "speakerplug/transcript",\n'
        '  "version": "1.0",\n'
        '  "provenance": {"name": "speakerplug", "version": "0.1.0", "recognizer": "faster-whisper", '
        '"model": "tiny.en", "diarizer": "pyannote", "device": "cpu", "digest": "eb32f09e8e5812f022103d9ee7b2605e"},\n'
        '  "media": {"file": "talk.mp4", "duration": 1.0},\n'
        '  "language": "en",\n'
        '  "speakers": [\n'
        '    {"id": "SPEAKER_00", "name": "Ana"}\n'
        "  ],\n"
        '  "words": [\n'
        '    {"text": "Hello", "start": 0.123, "end": 0.5, "speaker": "SPEAKER_00", "confidence": 0.9871234, '
        '"method": "overlap", "speaker_confidence": 1.0},\n'
        '    {"text": "you", "start": 0.5, "end": 0.9, "speaker": "SPEAKER_00", "confidence": null, '
        '"method": "nearest", "speaker_confidence": 0.25, "joined": true, "estimated": true, '
        '"others": ["SPEAKER_01"]}\n'
        "  ],\n"
        '  "turns": [\n'
        '    {"start": 0.1, "end": 1.0, "speaker": "SPEAKER_00"}\n'
        "  ],\n"
        '  "exclusive": [\n'
        '    {"start": 0.1, "end": 1.0, "speaker": "SPEAKER_00"}\n'
        "  ]\n"
        "}\n"
    )


def test_write_json_without_words_is_a_valid_file() -> None:
    """A transcript of silence has empty lists and conforms to the schema."""
    document = reader.loads(json.write(Transcript()))
    validator.validate(document)
    assert document["words"] == document["turns"] == document["exclusive"] == document["speakers"] == []


@given(transcripts())
def test_write_json_conforms_to_the_schema(transcript: Transcript) -> None:
    """Every transcript is written as JSON that conforms to the published schema."""
    assert list(validator.iter_errors(reader.loads(json.write(transcript)))) == []


def test_the_example_in_the_docs_keeps_to_the_schema() -> None:
    """The JSON that docs/reference/formats.md shows is valid."""
    example = (DOCS / "reference" / "formats.md").read_text(encoding="utf-8").split("```json\n")[1].split("```")[0]
    assert list(validator.iter_errors(reader.loads(example))) == []


def broken(change: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = reader.loads(json.write(SMALL))
    return document | change


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "other"},
        {"version": "2.0"},
        {"words": [{"text": "no times"}]},
        {"words": [{**reader.loads(json.write(SMALL))["words"][0], "confidence": 1.5}]},
        {"turns": [{"start": "0", "end": 1, "speaker": "A"}]},
        {"speakers": [{"id": "A"}]},
        {"media": {}},
    ],
)
def test_schema_refuses_invalid_documents(change: dict[str, Any]) -> None:
    """The schema refuses another format, another major version, missing keys and wrong types."""
    assert not validator.is_valid(broken(change))


def test_schema_allows_unknown_keys() -> None:
    """Keys that a later 1.x adds are allowed everywhere."""
    document = broken({"version": "1.7", "chapters": []})
    document["words"][0]["emphasis"] = True
    assert validator.is_valid(document)


def test_schema_describes_every_key() -> None:
    """The schema is itself valid, and each of its keys has a description."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    parts = [SCHEMA, *SCHEMA["$defs"].values(), SCHEMA["properties"]["provenance"], SCHEMA["properties"]["media"]]
    assert all("description" in key for part in parts for key in part["properties"].values())


def test_write_json_unencodable_values_are_replaced() -> None:
    """A file name that is not UTF-8 and a number of numpy are written."""
    transcript = Transcript((Word("a", 0.0, 1.0, confidence=np.float32(0.5)),), media=Media("t\udcff.mp4", 1.0))
    document = reader.loads(json.write(transcript))
    assert document["media"]["file"] == "t?.mp4"
    assert document["words"][0]["confidence"] == 0.5


def test_write_json_keeps_where_estimated_cues_begin() -> None:
    """A long cue of few words stays one after JSON; words with times of their own do not need the mark."""
    words = [Word("so", 0.0, 9.0, "A", estimated=True, begins_segment=True), Word("on", 9.0, 9.5, begins_segment=True)]
    document = reader.loads(json.write(Transcript(tuple(words))))
    validator.validate(document)
    assert [word.get("begins_segment", False) for word in document["words"]] == [True, False]
    read = json.read(FileContent(Path("talk.json"), reader.dumps(document).encode()))
    assert [word.begins_segment for word in read.words] == [True, False]
