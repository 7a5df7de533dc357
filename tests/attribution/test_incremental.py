"""Words that come one after the other get the speakers that they get together."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from speakerplug import Diarization, Word
from speakerplug.attribution.attribute import attribute
from speakerplug.attribution.incremental import IncrementalAttribution
from speakerplug.testing import turns, words
from tests.strategies import conversations


def in_portions(spoken: tuple[Word, ...], size: int) -> list[tuple[Word, ...]]:
    """Return the words, `size` at a time; a portion begins no part of a word."""
    portions = [spoken[start : start + size] for start in range(0, len(spoken), size)]
    return [(replace(first, joined=False), *others) for first, *others in portions]


@given(conversations(), st.integers(1, 5), st.booleans())
def test_incremental_attribution_equals_attribution_of_all(
    conversation: tuple[tuple[Word, ...], Diarization], size: int, joined: bool
) -> None:
    """However many words come at a time: speaker, method, confidence and others are those of all words together."""
    spoken, diarization = conversation
    spoken = tuple(replace(word, joined=joined and number % 2 == 1) for number, word in enumerate(spoken))
    portions = in_portions(spoken, size)
    gradual = IncrementalAttribution(diarization)
    came = [word for portion in portions for word in gradual.add(portion)] + [*gradual.finish()]
    assert came == list(attribute([word for portion in portions for word in portion], diarization))
    assert gradual.finish() == ()


def test_incremental_attribution_returns_a_word_when_it_is_certain() -> None:
    """A word inside a turn comes immediately; one between two turns waits for the next certain one."""
    one, between, other = words(("one", 0.0, 0.5), ("between", 1.9, 2.1), ("other", 2.5, 3.0))
    gradual = IncrementalAttribution(Diarization(turns((0, 2, "A"), (2, 4, "B"))))
    assert [word.text for word in gradual.add([one])] == ["one"]
    assert gradual.add([between]) == ()
    assert [word.text for word in gradual.add([other])] == ["between", "other"]


def test_incremental_attribution_without_turns_waits_for_nothing() -> None:
    """Words without speakers come as they are."""
    spoken = words(("one", 0.0, 0.5))
    assert IncrementalAttribution(Diarization()).add(spoken) == spoken
