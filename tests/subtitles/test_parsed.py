from __future__ import annotations

from speakerplug.subtitles.parsed import ParsedCue


def test_parsed_cue_of_parts_has_lines_and_speakers() -> None:
    """A part that continues in the next line has its speaker there, too; blank ends of parts have none."""
    cue = ParsedCue(0, 1000, (("A", "one\ntwo "), ("B", "three\n"), (None, "four")))
    assert cue.lines == ("one", "two three", "four")
    assert cue.speakers == (frozenset("A"), frozenset("AB"), frozenset())


def test_parsed_cue_without_parts_has_no_lines() -> None:
    """A cue without parts shows nothing and has no speakers."""
    assert ParsedCue(0, 1000).lines == ParsedCue(0, 1000).speakers == ()


def test_parsed_cue_with_a_silent_speaker_names_them() -> None:
    """A voice span without text still names a speaker of the line."""
    assert ParsedCue(0, 1000, (("A", ""), ("B", "Hi"))).speakers == (frozenset("AB"),)
