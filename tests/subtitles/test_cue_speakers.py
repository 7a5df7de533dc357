"""Who speaks in a cue: by the speakers of its words, lines, dashes and sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.attribution.word_times import interpolated
from speakerplug.subtitles.cue_speakers import speakers_of_cues, without_sounds
from speakerplug.subtitles.parsed import ParsedCue
from speakerplug.transcript import Word


def cue(text: str, start_ms: int = 0, end_ms: int = 4000) -> ParsedCue:
    """Return a cue without speakers."""
    return ParsedCue(start_ms, end_ms, ((None, text),))


def words_of(text: str, speakers: str, estimated: bool = True, start: float = 0.0) -> list[Word]:
    """Return the words of a cue of four seconds, each with a speaker of one letter."""
    found = interpolated([(None, text)], start, start + 4.0)
    return [
        Word(word.text, word.start, word.end, speaker, estimated=estimated)
        for word, speaker in zip(found, speakers, strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "speakers", "expected", "by_line"),
    [
        ("How are you? Fine.", "AAAB", [("A", "How are you?"), ("B", "Fine.")], False),
        ("How are you? I am fine.", "AAAABB", [("A", "How are you?"), ("B", "I am fine.")], False),
        ("one two three four five six", "AAAAAB", [("A", "one two three four five six")], False),
        ("one two three four five six", "AAABBB", [("A", "one two three"), ("B", "four five six")], False),
        ("one two\nthree four", "AAAB", [("A", "one two"), ("B", "three four")], True),
        ("- one two\n- three four", "AAAAAB", [("A", "- one two\n- three four")], False),
        ("- one two\n- three four", "AAABBA", [("A", "- one two"), ("B", "- three four")], True),
        ("[laughs] Well then", "BAA", [("A", "[laughs] Well then")], False),
        ("[DOOR]\nHello", "BA", [("A", "Hello")], False),
        ("♪ la la ♪", "AAAA", [], False),
        ("...", "A", [], False),
    ],
)
def test_speakers_of_cues_change_at_lines_and_sentences(
    text: str, speakers: str, expected: list[tuple[str, str]], by_line: bool
) -> None:
    """With estimated times a change is moved to a sentence nearby; dashed lines have one speaker each."""
    (found,) = speakers_of_cues([cue(text)], words_of(text, speakers))
    assert [(run.speaker, text[run.start : run.end]) for run in found.runs] == expected
    assert found.by_line == by_line


def test_speakers_of_cues_with_known_times_change_where_words_do() -> None:
    """Where the file has the times of words, every word counts; the main speaker is who says most."""
    (found,) = speakers_of_cues([cue("one two three four")], words_of("one two three four", "AAAB", estimated=False))
    assert (found.speakers, found.main) == (("A", "B"), "A")


def test_speakers_of_cues_that_roll_are_those_of_the_words() -> None:
    """A line that is shown again keeps its speaker, though its word is said once."""
    cues = [cue("one two"), cue("one two\nthree", 4000, 8000), cue("three", 8000, 8010)]
    words = [*words_of("one two", "AA"), *words_of("three", "B", start=4.0)]
    assert [each.speakers for each in speakers_of_cues(cues, words)] == [("A",), ("A", "B"), ("B",)]


def test_speakers_of_cues_whose_words_a_plugin_changed_are_found_by_time() -> None:
    """Then each word has the speaker of the one at its time."""
    cues = [cue("Ana sez hi"), cue("bye now", 4000, 8000)]
    words = [*words_of("Ana says hi", "AAA"), *words_of("goodbye now", "BB", start=4.0)]
    assert [each.speakers for each in speakers_of_cues(cues, words)] == [("A",), ("B",)]


def test_without_sounds_takes_the_speaker_from_sounds_alone() -> None:
    """A sound next to words stays with them."""
    text = "[DOOR]\n[sighs] Hello"
    words = without_sounds([cue(text)], words_of(text, "AAA"))
    assert [word.speaker for word in words] == [None, "A", "A"]


@given(
    st.lists(st.lists(st.sampled_from(("a", "b.", "[x]", "♪", "-", "c\n", "(d)", "日本")), max_size=6), max_size=5),
    st.lists(st.sampled_from("AB"), min_size=80, max_size=80),
)
def test_speakers_of_any_cues_are_in_the_text(texts: list[list[str]], speakers: list[str]) -> None:
    """Runs are in order within the text; a cue has one if it has a word that is no sound."""
    cues = [cue(" ".join(text), number * 4000, number * 4000 + 4000) for number, text in enumerate(texts)]
    words = [word for each in cues for word in interpolated(each.parts, each.start_ms / 1000, each.end_ms / 1000)]
    named = [Word(w.text, w.start, w.end, who, estimated=True) for w, who in zip(words, speakers, strict=False)]
    for text, each in zip(texts, speakers_of_cues(cues, named), strict=True):
        edges = [edge for run in each.runs for edge in (run.start, run.end)]
        assert edges == sorted(edges)
        assert not edges or edges[-1] <= len(each.text)
        assert bool(each.runs) or not {"a", "b.", "c\n", "日本"} & {*text} or "♪" in text
