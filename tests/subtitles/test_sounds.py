"""SDH: names in capitals, and sounds in brackets where the recognizer writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from speakerplug import load
from speakerplug.subtitles import CueRules, cues_from
from speakerplug.subtitles.sounds import bracketed, is_spoken
from speakerplug.transcript import Speaker, Transcript, Word, text_of


def spoken(text: str, speaker: str = "A", start: float = 0.0) -> tuple[Word, ...]:
    """Return words of half a second."""
    return tuple(Word(each, start + at / 2, start + at / 2 + 0.5, speaker) for at, each in enumerate(text.split()))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("(laughs) Yes.", "[laughs] Yes."),
        ("So (audience laughs).", "So [audience laughs]."),
        ("*door closes* Hi", "[door closes] Hi"),
        ("[music] la", "[music] la"),
        ("in (1999) then", "in (1999) then"),
        ("a (long aside of more words than that) b", "a (long aside of more words than that) b"),
        ("f(x) (never closed", "f(x) (never closed"),
        ("(a)b) c", "(a)b) c"),
    ],
)
def test_bracketed_sounds_are_those_that_are_there(said: str, shown: str) -> None:
    """Nothing is added, and what is no sound stays."""
    assert text_of(bracketed(spoken(said))) == shown


def test_bracketed_sound_ends_with_its_speaker() -> None:
    """Parentheses of two speakers are none."""
    words = (*spoken("(well"), *spoken("yes)", "B", 1.0))
    assert bracketed(words) == words


TALK = Transcript(
    (*spoken("Good morning."), *spoken("(laughs) Hi!", "B", 2.0), *spoken("Well.", "B", 5.0)),
    speakers=(Speaker("A", "Ana"), Speaker("B", "Weiß")),
)


def test_cues_for_sdh_have_names_in_capitals_at_each_change() -> None:
    """Not before a cue of the same speaker, and with other labels as these say."""
    cues = cues_from(TALK, CueRules(sdh=True))
    assert [cue.label + " ".join(cue.lines) for cue in cues] == ["ANA: Good morning.", "WEISS: [laughs] Hi!", "Well."]
    assert [cue.label for cue in cues_from(TALK, CueRules(sdh=True, labels="never"))] == ["", "", ""]


def test_cues_for_sdh_are_read_back_with_their_speakers(tmp_path: Path) -> None:
    """The label in capitals repeats the speaker whom VTT names."""
    found = load(TALK.save(tmp_path / "talk.vtt", rules=CueRules(sdh=True)))
    assert found.text == "Good morning. [laughs] Hi! Well."
    assert [speaker.name for speaker in found.speakers] == ["Ana", "Weiß"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[MUSIC]", False),
        ("- [MUSIC].", False),
        ("♪ la la\nla ♪", False),
        ("♪ la la\n- Hi", True),
        ("# la la #", False),
        ("#1 is Ana", True),
        ("(laughs)", False),
        ("(1999)", True),
        ("(an aside that is more than a sound)", True),
        ("*door* Hi", True),
        ("...", False),
    ],
)
def test_is_spoken_of_cues_that_are_sounds_is_false(text: str, expected: bool) -> None:
    """Letters and digits outside of brackets, short parentheses, asterisks and notes are speech."""
    assert is_spoken(text) == expected
