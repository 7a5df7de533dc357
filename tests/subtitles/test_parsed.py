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


def test_parsed_cue_without_text_moves_times_and_highlight() -> None:
    """What is removed leaves the other parts, and positions in it go to its end."""
    cue = ParsedCue(0, 1000, (("A", "Ana: Hi "), (None, "x"), ("B", "- you")), ((0, 10), (5, 20), (11, 30)), (5, 7))
    assert cue.without([(0, 5), (9, 11)]) == ParsedCue(
        0, 1000, (("A", "Hi "), (None, "x"), ("B", "you")), ((0, 10), (0, 20), (4, 30)), (0, 2)
    )
    assert cue.without([(8, 9)]).parts == (("A", "Ana: Hi "), ("B", "- you"))
