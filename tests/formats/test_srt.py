from __future__ import annotations

from datetime import timedelta

import pytest
import srt as reader
from hypothesis import given

from speakerplug.formats import srt
from speakerplug.subtitles import CueRules, cues_from
from speakerplug.transcript import Speaker, Transcript, Word, plain
from tests.strategies import HOSTILE_NAMES, HOSTILE_TEXTS, transcripts

RULES = CueRules().for_srt


def labels(transcript: Transcript) -> list[str]:
    """Return the label of each cue, derived from the cues alone."""
    found = []
    last = None
    for cue in cues_from(transcript, RULES):
        name = plain(transcript.name_of(cue.speaker) or "") or cue.speaker
        found.append(f"{name}: " if name and cue.speaker != last else "")
        last = cue.speaker
    return found


@given(transcripts())
def test_write_srt_is_read_back_by_srt(transcript: Transcript) -> None:
    """The package `srt` reads the same cues, times and text, and a label exactly where the speaker changes."""
    read = list(reader.parse(srt.write(transcript), ignore_errors=False))
    cues = cues_from(transcript, RULES)
    assert [round(cue.start / timedelta(milliseconds=1)) for cue in read] == [round(c.start * 1000) for c in cues]
    assert [round(cue.end / timedelta(milliseconds=1)) for cue in read] == [round(c.end * 1000) for c in cues]
    assert [cue.content for cue in read] == [(cue.label + "\n".join(cue.lines)).replace("-->", "→") for cue in cues]
    assert [cue.label.replace(":\n", ": ") for cue in cues] == labels(transcript)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_write_srt_hostile_name_is_read_back(name: str) -> None:
    """A name comes back on one line, but for an arrow; a blank one becomes the speaker's id."""
    transcript = Transcript((Word("Hello", 0.0, 1.0, "A"),), speakers=(Speaker("A", name),))
    (cue,) = reader.parse(srt.write(transcript), ignore_errors=False)
    assert cue.content.replace(":\n", ": ") == (" ".join(name.split()).replace("-->", "→") or "A") + ": Hello"


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_write_srt_hostile_text_is_read_back(text: str) -> None:
    """Text comes back letter by letter, but for an arrow of ASCII characters."""
    (cue,) = reader.parse(srt.write(Transcript((Word(text, 0.0, 1.0),))), ignore_errors=False)
    assert cue.content == plain(text).replace("-->", "→")


def test_write_srt_arrow_of_two_words_is_escaped() -> None:
    """Words that form an arrow only together do not end the cue either."""
    written = srt.write(Transcript((Word("--", 0.0, 0.5), Word(">", 0.5, 1.0, joined=True))))
    assert written.count("-->") == 1


def test_write_srt_whole_file() -> None:
    """Numbers from 1, commas in the times, a name where the speaker changes, one blank line between cues."""
    transcript = Transcript(
        (
            Word("Hi", 0.5, 1.5, "A"),
            Word("again", 3.0, 4.0, "A"),
            Word("mhm", 4.0, 5.0, None),
            Word("yes", 5.0, 3600.0, "A"),
        ),
        speakers=(Speaker("A", "Ana"),),
    )
    assert srt.write(transcript) == (
        "1\n00:00:00,500 --> 00:00:01,500\nAna: Hi\n"
        "\n"
        "2\n00:00:03,000 --> 00:00:03,917\nagain\n"
        "\n"
        "3\n00:00:04,000 --> 00:00:04,917\nmhm\n"
        "\n"
        "4\n00:00:05,000 --> 00:00:12,000\nAna: yes\n"
    )


def test_write_srt_without_words_is_empty() -> None:
    """A transcript without words, or with blank ones only, is an empty file."""
    assert srt.write(Transcript()) == srt.write(Transcript((Word("\n", 0.0, 1.0, "A"),))) == ""
