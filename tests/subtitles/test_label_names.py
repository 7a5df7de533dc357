from __future__ import annotations

import pytest

from speakerplug.subtitles.label_names import has_phrase, is_likely_name, is_machine_name, may_be_name


@pytest.mark.parametrize(
    "name", ["Ana", "ANA", "Ana de Souza", "Dr. J. Smith", "Ben & Jerry", "田中", "Man 1", "ANA (on phone)"]
)
def test_is_likely_name_of_names_is_true(name: str) -> None:
    """Up to four words with capital letters, or in a script that has none; particles and asides do not count."""
    assert is_likely_name(name)


@pytest.mark.parametrize(
    "name",
    ["Note", "NOTE", "Chapter 12", "Part II", "He said", "This is it", "Really? No", "ana", "10", "", "A b c"],
)
def test_is_likely_name_of_prose_is_false(name: str) -> None:
    """Words that stand before a colon in prose, sentences, numbers and lowercase words."""
    assert not is_likely_name(name)


@pytest.mark.parametrize("name", ["Tuesday", "Mittwoch", "Chapter One", "Scene 3"])
def test_may_be_name_of_days_and_headings_is_false(name: str) -> None:
    """As in a weather report and in the names of chapters."""
    assert not may_be_name(name)


def test_may_be_name_of_lowercase_is_true() -> None:
    """Where every cue has a label, it may be a nickname; a word of prose, a question or what somebody said is none."""
    assert may_be_name("ana silva")
    assert not any(map(may_be_name, ("warning", "What now?", "She says", "12")))


@pytest.mark.parametrize("name", ["SPEAKER_00", "speaker 1", "Speaker A", "spk_2", "UNKNOWN", "Sprecher 3", "说话人1"])
def test_is_machine_name_of_numbered_speakers_is_true(name: str) -> None:
    """In the languages that programs use."""
    assert is_machine_name(name)
    assert not is_machine_name(name + " said")


def test_has_phrase_counts_lowercase_words() -> None:
    """A name has one at most."""
    assert has_phrase("I told him this")
    assert not has_phrase("Ana from Rio de Janeiro")
