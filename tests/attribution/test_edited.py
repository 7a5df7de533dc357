"""Corrections in a copy: names become ids, and a copy of something else is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from speakerplug.attribution.edited import edited, free_id
from speakerplug.errors import UsageError
from speakerplug.transcript import Speaker, Transcript, Turn, Word

WORDS = tuple(Word(text, float(at), at + 0.8, who) for at, (text, who) in enumerate(zip("abcd", "XXYY", strict=True)))
TURNS = (Turn(0.0, 1.9, "X"), Turn(1.9, 4.0, "Y"))
TALK = Transcript(WORDS, TURNS, TURNS, (Speaker("X", "Ana"), Speaker("Y", "Ben")))


def copy(*names: str | None) -> Transcript:
    """Return the words as subtitles name their speakers."""
    known = [name for name in dict.fromkeys(names) if name]
    words = tuple(replace(word, speaker=name) for word, name in zip(WORDS, names, strict=True))
    return Transcript(words, speakers=tuple(Speaker(name, name) for name in known))


def test_edited_with_an_unchanged_copy_is_the_same() -> None:
    """Names are found whatever their capitals."""
    assert edited(TALK, copy("Ana", "Ana", "BEN", "BEN")) == TALK


def test_edited_without_speakers_keeps_them() -> None:
    """Subtitles need not have labels."""
    assert edited(TALK, copy(None, None, None, None)) == TALK


def test_edited_label_gives_the_word_and_its_turn() -> None:
    """To the speaker of that name."""
    after = edited(TALK, copy("Ana", "Ben", "Ben", "Ben"))
    assert [word.speaker for word in after.words] == ["X", "Y", "Y", "Y"]
    assert after.exclusive[0] == Turn(0.0, 0.9, "X")


def test_edited_name_in_place_of_another_renames() -> None:
    """No one is called Ben any more, so Ben is Benjamin."""
    after = edited(TALK, copy("Ana", "Ana", "Benjamin", "Benjamin"))
    assert after.speakers == (Speaker("X", "Ana"), Speaker("Y", "Benjamin"))
    assert after.words == WORDS


def test_edited_name_beside_the_others_is_a_new_speaker() -> None:
    """With an id of its own."""
    after = edited(TALK, copy("Ana", "Cleo", "Ben", "Ben"))
    assert after.speakers == (*TALK.speakers, Speaker("SPEAKER_00", "Cleo"))
    assert after.words[1].speaker == "SPEAKER_00"


def test_edited_name_of_two_ids_keeps_the_id_of_each_word() -> None:
    """Nothing tells which of them is meant."""
    talk = replace(TALK, speakers=(Speaker("X", "Ana"), Speaker("Y", "Ana")))
    assert edited(talk, copy("Ana", "Ana", "Ana", "Ana")) == talk


def test_edited_page_has_ids_and_new_names() -> None:
    """A page saves ids, also of new speakers, and names, which may have changed."""
    page = replace(TALK, speakers=(Speaker("X", "Ana Li"), Speaker("Y", "Ben"), Speaker("Z", "New")))
    page = replace(page, words=(*WORDS[:3], replace(WORDS[3], speaker="Z")))
    after = edited(TALK, page)
    assert after.speakers == (Speaker("X", "Ana Li"), Speaker("Y", "Ben"), Speaker("Z", "New"))
    assert after.words[3].speaker == "Z"


def test_edited_by_a_copy_of_another_recording_is_refused() -> None:
    """Few of its words are the same."""
    other = Transcript(tuple(replace(word, text=f"other{at}") for at, word in enumerate(WORDS)))
    with pytest.raises(UsageError, match="Few of its words are in the transcript"):
        edited(TALK, other)


def test_free_id_is_the_first_that_is_not_taken() -> None:
    """In the form of those that diarizers give."""
    assert free_id(["SPEAKER_00", "SPEAKER_02"]) == "SPEAKER_01"
