"""RTTM, as other tools read it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import meeteval.io
from hypothesis import given

import speakerplug
from speakerplug.formats import rttm
from speakerplug.testing import turns
from speakerplug.transcript import Media, Speaker, Transcript
from tests.strategies import transcripts

TALK = Transcript(
    turns=turns((0.5, 3.1004, "SPEAKER_00"), (3.0, 4.25, "SPEAKER_01")),
    speakers=(Speaker("SPEAKER_00", "Ben & Jerry"), Speaker("SPEAKER_01", "  ")),
    media=Media("my talk.final.mp4", 5.0),
)


def test_write_rttm_whole_file() -> None:
    """Ten fields per turn; recording and speaker have names without spaces, a nameless speaker its id."""
    assert rttm.write(TALK) == (
        "SPEAKER my_talk.final 1 0.500 2.600 <NA> <NA> Ben_&_Jerry <NA> <NA>\n"
        "SPEAKER my_talk.final 1 3.000 1.250 <NA> <NA> SPEAKER_01 <NA> <NA>\n"
    )


def test_write_rttm_is_read_by_pyannote(tmp_path: Path) -> None:
    """pyannote's own reader finds the turns; the suffix chooses the format."""
    from pyannote.database.util import load_rttm

    path = TALK.save(tmp_path / "talk.rttm")
    (annotation,) = load_rttm(path).values()
    found = [(round(s.start, 3), round(s.end, 3), label) for s, _, label in annotation.itertracks(yield_label=True)]
    assert annotation.uri == "my_talk.final"
    assert found == [(0.5, 3.1, "Ben_&_Jerry"), (3.0, 4.25, "SPEAKER_01")]


@given(transcripts())
def test_write_rttm_is_read_by_meeteval(transcript: Transcript) -> None:
    """meeteval finds all turns of one recording."""
    lines = meeteval.io.RTTM.parse(rttm.write(transcript), parse_float=float).lines
    assert [line.begin_time for line in lines] == [turn.start for turn in transcript.turns]
    assert len({line.filename for line in lines}) <= 1


def test_write_rttm_empty_turns_are_left_out() -> None:
    """A turn shorter than a millisecond is left out; samples without a name are called waveform."""
    short = replace(TALK, turns=turns((1.0, 1.0004, "A")))
    assert rttm.write(short) == ""
    assert rttm.write(replace(TALK, media=Media("", 5.0))).startswith("SPEAKER waveform 1 ")
    assert rttm.write(Transcript()) == ""


@given(transcripts())
def test_write_rttm_every_turn_is_a_line_of_ten_fields(transcript: Transcript) -> None:
    """Whatever the names, start and length come back to the millisecond, and exclusive turns stay exclusive."""
    lines = rttm.write(transcript).splitlines()
    assert all(len(line.split(" ")) == len(line.split()) == 10 for line in lines)
    spans = [(float(fields[3]), float(fields[4])) for fields in map(str.split, lines)]
    assert [(start, round(start + length, 3)) for start, length in spans] == [
        (turn.start, turn.end) for turn in transcript.turns
    ]
    assert all(re.fullmatch(r"\d+\.\d{3}", field) for line in lines for field in line.split()[3:5])


def test_save_rttm_by_name_writes_turns(tmp_path: Path) -> None:
    """`--format rttm` and save(format="rttm") write it."""
    assert TALK.save(tmp_path / "x.txt", format="rttm").read_text(encoding="utf-8") == rttm.write(TALK)
    assert "rttm" in speakerplug.Transcriber(device="cpu").plugins.formats
