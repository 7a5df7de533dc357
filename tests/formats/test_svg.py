"""SVG: a picture that is well-formed, whatever the names are."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given

from speakerplug.formats import svg
from speakerplug.formats.fields import clock_time
from speakerplug.transcript import Media, Speaker, Transcript, Turn, Word
from tests.strategies import transcripts

TALK = Transcript(
    (Word("Hi", 0.0, 1.0, "A", speaker_confidence=0.1),),
    turns=(Turn(0.0, 30.0, "A"), Turn(30.0, 40.0, "B")),
    speakers=(Speaker("A", "Ana & <Co>"), Speaker("B", "B" * 40)),
    media=Media("talk.wav", 60.0),
)


def test_write_svg_has_a_lane_of_bars_for_each_speaker() -> None:
    """With the name, the share and the talk time; a long name is cut, and whole in its title."""
    text = svg.write(TALK)
    assert "Ana &amp; &lt;Co&gt;" in text
    assert "75% · 0:30" in text
    assert f">{'B' * 17}…<title>{'B' * 40}</title>" in text
    assert f'<path fill="{svg.COLORS[0]}" d="M150 36h315v18H150z"/>' in text
    assert "Uncertain words" in text


def test_write_svg_of_an_empty_transcript_is_a_picture() -> None:
    """Without lanes."""
    assert fromstring(svg.write(Transcript())).tag.endswith("svg")


@given(transcripts())
def test_write_svg_is_well_formed(transcript: Transcript) -> None:
    """Names and file names may hold anything."""
    root = fromstring(svg.write(transcript))
    speakers = {turn.speaker for turn in transcript.turns}
    assert len([each for each in root if each.get("fill")]) >= len(speakers)


@pytest.mark.parametrize(("seconds", "text"), [(42.9, "0:42"), (3723.0, "1:02:03"), (0.0, "0:00"), (-1.0, "0:00")])
def test_clock_time_has_hours_where_there_are_some(seconds: float, text: str) -> None:
    """As in a player."""
    assert clock_time(seconds) == text
