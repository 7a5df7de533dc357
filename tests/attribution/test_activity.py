"""Tracks of turns as arrays."""

from __future__ import annotations

from speakerplug import Diarization, attribute
from speakerplug.testing import turns, words


def test_attribute_regular_turn_of_zero_length_is_ignored() -> None:
    """A turn of zero length is ignored."""
    (word,) = attribute(words(("a", 0.2, 0.4)), Diarization(turns((1, 1, "A")), turns((0, 2, "A"))))
    assert word.speaker == "A"
