"""Tracks of turns as arrays."""

from __future__ import annotations

from speakerplug import Diarization, attribute
from speakerplug.testing import turns, words


def test_words_beside_regular_turns_of_no_length_have_the_speaker_of_the_exclusive_ones() -> None:
    """A turn of no length says nothing, and takes nobody down."""
    (word,) = attribute(words(("a", 0.2, 0.4)), Diarization(turns((1, 1, "A")), turns((0, 2, "A"))))
    assert word.speaker == "A"
