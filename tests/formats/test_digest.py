"""The digest by which edited transcripts are known, in the JSON of transcripts and of diarizations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from speakerplug.formats import diarization, json
from speakerplug.formats.digest import content_digest, is_edited, is_only_named
from speakerplug.plugin.formats import FileContent
from speakerplug.testing import turns, words
from speakerplug.transcript import Speaker, Transcript
from tests.strategies import transcripts

TALK = Transcript(
    words(("Hello", 0.1, 0.4), ("you.", 0.5, 0.9)),
    turns((0.0, 1.0, "SPEAKER_00")),
    turns((0.0, 1.0, "SPEAKER_00")),
    (Speaker("SPEAKER_00", "SPEAKER_00"),),
)


def saved(transcript: Transcript) -> Transcript:
    """Return the transcript as its JSON holds it."""
    return json.read(FileContent(Path("talk.json"), json.write(transcript).encode()))


@given(transcripts())
def test_is_edited_of_what_is_read_back_is_false(transcript: Transcript) -> None:
    """Also when it is written again; times that no file holds exactly change nothing."""
    again = saved(saved(transcript))
    assert not is_edited(again)
    assert again.provenance.digest == content_digest(transcript)


def test_is_edited_of_times_between_milliseconds_is_false() -> None:
    """They are rounded in the file."""
    odd = replace(TALK, words=words(("Hello", 0.1234567, 0.98765)), turns=turns((0.00049, 0.9995, "SPEAKER_00")))
    assert not is_edited(saved(odd))


@pytest.mark.parametrize(
    ("change", "is_name"),
    [
        ({"words": words(("Hallo", 0.1, 0.4), ("you.", 0.5, 0.9))}, False),
        ({"words": words(("Hello", 0.1, 0.45), ("you.", 0.5, 0.9))}, False),
        ({"words": tuple(replace(word, speaker="B") for word in TALK.words)}, False),
        ({"words": TALK.words[:1]}, False),
        ({"turns": turns((0.0, 1.1, "SPEAKER_00"))}, False),
        ({"exclusive": ()}, False),
        ({"speakers": (Speaker("SPEAKER_00", "Ana"),)}, True),
        ({"speakers": (Speaker("SPEAKER_00", "Ana"),), "exclusive": ()}, False),
    ],
)
def test_is_edited_of_a_change_is_true(change: dict[str, object], is_name: bool) -> None:
    """Whatever people change; names alone are told from other changes, and the digest stays that of the run."""
    edited = saved(replace(saved(TALK), **change))  # type: ignore[arg-type]
    assert is_edited(edited)
    assert is_only_named(edited) is is_name
    assert edited.provenance.digest == content_digest(TALK)


def test_is_edited_of_names_that_were_written_first_is_false() -> None:
    """Names of --name are no edit; without a digest nothing is known."""
    assert not is_edited(saved(TALK.renamed({"SPEAKER_00": "Ana"})))
    assert not is_edited(TALK)


def test_is_edited_of_a_diarization_knows_its_turns_and_names() -> None:
    """Its JSON has the same digest."""
    text = diarization.write_json(replace(TALK, words=()))
    for old, new, changed in (("", "", False), ('"name": "SPEAKER_00"', '"name": "Ana"', True), ("1.0,", "1.2,", True)):
        file = FileContent(Path("talk.diarization.json"), text.replace(old, new).encode() if old else text.encode())
        assert is_edited(json.read(file, diarization.SCHEMA)) is changed
