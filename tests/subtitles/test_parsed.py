from __future__ import annotations

from speakerplug.subtitles.parsed import ParsedCue


def test_parsed_cue_of_parts_has_lines_and_speakers() -> None:
    """A part that goes on in the next line is its speaker's there, too; blank ends of parts are nobody's."""
    cue = ParsedCue(0, 1000, (("A", "one\ntwo "), ("B", "three\n"), (None, "four")))
    assert cue.lines == ("one", "two three", "four")
    assert cue.speakers == (frozenset("A"), frozenset("AB"), frozenset())


def test_parsed_cue_without_parts_has_no_lines() -> None:
    """Nothing is shown."""
    assert ParsedCue(0, 1000).lines == ParsedCue(0, 1000).speakers == ()


def test_parsed_cue_with_a_silent_speaker_names_them() -> None:
    """A voice that opens and says nothing is a speaker of the line."""
    assert ParsedCue(0, 1000, (("A", ""), ("B", "Hi"))).speakers == (frozenset("AB"),)
