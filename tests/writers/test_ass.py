# ruff: noqa: RUF001 - the wide forms of signs stand here on purpose.
from __future__ import annotations

import logging

import pysubs2
import pytest
from hypothesis import given

from speakerplug.cues import cues_from
from speakerplug.transcript import Speaker, Transcript, Word
from speakerplug.typography import plain
from speakerplug.writers import ass
from tests.strategies import HOSTILE_NAMES, HOSTILE_TEXTS, transcripts


def read_back(transcript: Transcript) -> pysubs2.SSAFile:
    return pysubs2.SSAFile.from_string(ass.write(transcript), format_="ass")


def widened(text: str) -> str:
    """The text as it is written: what would begin a command has its wide form."""
    return text.replace("{", "｛").replace("}", "｝").replace("\\", "＼")


@given(transcripts())
def test_what_is_written_is_read_back(transcript: Transcript) -> None:
    """pysubs2 reads the same cues, text and speakers, with times to the hundredth; no speaker's style is missing."""
    cues = cues_from(transcript)
    file = read_back(transcript)
    assert [event.plaintext for event in file] == [widened("\n".join(cue.lines)) for cue in cues]
    assert [event.name for event in file] == [
        (plain(transcript.name_of(cue.speaker) or "") or cue.speaker or "").replace(",", ";") for cue in cues
    ]
    assert all(abs(event.start - cue.start * 1000) <= 5.01 for event, cue in zip(file, cues, strict=True))
    assert all(abs(event.end - cue.end * 1000) <= 5.01 for event, cue in zip(file, cues, strict=True))
    assert all(event.style in file.styles for event in file)


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "Smith, John", "{\\pos(0,0)}"])
def test_a_hostile_name_is_read_back(name: str) -> None:
    """A name comes back on one line, but for commas, which would end the field; the text stays what it is."""
    (event,) = read_back(Transcript((Word("Hello", 0.0, 1.0, "A"),), speakers=(Speaker("A", name),)))
    assert (event.name, event.text) == ((plain(name) or "A").replace(",", ";"), "Hello")


@pytest.mark.parametrize("text", [*HOSTILE_TEXTS, "a\\Nb", "a,b", "{\\p1}m 0 0{\\p0}"])
def test_a_hostile_text_is_read_back(text: str) -> None:
    """What is said is shown letter by letter, and commands nothing."""
    (event,) = read_back(Transcript((Word(text, 0.0, 1.0),)))
    assert event.plaintext == widened(plain(text))


def test_each_speaker_has_a_style() -> None:
    """Two speakers have two colours, also where they have one name; words of nobody have the default style."""
    words = (Word("Hi", 0.0, 1.0, "A"), Word("Oh", 2.0, 3.0, "B"), Word("mhm", 4.0, 5.0))
    file = read_back(Transcript(words, speakers=(Speaker("A", "Ana"), Speaker("B", "Ana"))))
    assert [event.style for event in file] == ["Speaker 1", "Speaker 2", "Default"]
    assert file.styles["Speaker 1"].primarycolor != file.styles["Speaker 2"].primarycolor


def test_what_the_format_has_no_times_for_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """A cue after ten hours is left out, with a warning that names a format which can hold it."""
    words = (Word("soon", 1.0, 2.0), Word("late", 36_001.0, 36_002.0))
    with caplog.at_level(logging.WARNING):
        assert [event.text for event in read_back(Transcript(words))] == ["soon"]
    assert "1 cues are left out" in caplog.text


def test_nothing_to_show_is_a_valid_file() -> None:
    """A transcript without words is a file without events."""
    assert len(read_back(Transcript())) == 0
