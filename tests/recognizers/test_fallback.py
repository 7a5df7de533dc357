"""What shows that Whisper failed in a window, and the shorter windows in which it is recognized again."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.recognizers.fallback import IMPROBABLE, NO_TIME, REPEATS, Decoded, compression_ratio, shorter
from speakerplug.recognizers.windows import Span, Window
from speakerplug.transcript import Word

TEXT = " But how does a computer know whose voice it hears? It listens to how the vocal tract shapes each sound."


def decoded(text: str, log_probability: float = -0.3, lasts: float = 0.3, no_speech: float = 0.1) -> Decoded:
    """Return what Whisper finds in a window: the words of a text, each of which `lasts` seconds."""
    words = tuple(Word(each, index / 2, index / 2 + lasts) for index, each in enumerate(text.split()))
    return Decoded(words, text, log_probability, no_speech)


def with_brief_run(count: int) -> Decoded:
    """Return words of which so many in a row have no duration, a small share of all."""
    found = decoded(TEXT)
    words = [replace(word, end=word.start) if index < count else word for index, word in enumerate(found.words)]
    return replace(found, words=tuple(words))


@pytest.mark.parametrize(
    ("found", "defect", "is_usable"),
    [
        (decoded(TEXT), None, True),
        (decoded(" yeah" * 87, lasts=0.02), REPEATS, False),
        (decoded(TEXT + " it opens a menu" * 30, lasts=0.02), REPEATS, False),
        (decoded(" ๆๆๆๆ" * 60, lasts=0.0), REPEATS, False),
        (decoded(" Yeah, yeah, yeah, no, no."), None, True),
        (decoded(" We want peace!" * 20), None, True),
        (decoded(TEXT, lasts=0.0), NO_TIME, False),
        (decoded(" Thank you.", lasts=0.0), None, True),
        (with_brief_run(5), None, True),
        (with_brief_run(6), NO_TIME, False),
        (decoded(TEXT, log_probability=-1.2), IMPROBABLE, True),
        (decoded(TEXT, log_probability=-1.2, no_speech=0.9), IMPROBABLE, False),
        (decoded("", log_probability=-1.2, no_speech=0.9), None, False),
    ],
)
def test_defect_of_what_was_decoded(found: Decoded, defect: str | None, is_usable: bool) -> None:
    """A loop, words without time and an improbable text; the last is better than nothing unless it may be silence.

    A chant repeats itself, too, but its words have their time.
    """
    assert found.defect == defect
    assert found.is_usable is is_usable


@given(st.text(max_size=200))
def test_compression_ratio_of_any_text_is_a_number_that_repeating_it_raises(text: str) -> None:
    """Emoji and lone surrogates included."""
    assert compression_ratio(text) >= 0.0
    assert compression_ratio(text * 50) >= compression_ratio(text)


@st.composite
def windows_with_speech(draw: st.DrawFn) -> tuple[Window, list[Span]]:
    """Return a window of up to 30 s, in one span or several, and the speech segments of the recording."""
    speech, spans, now = [], list[Span](), 5.0
    for _ in range(draw(st.integers(1, 6))):
        now += draw(st.floats(0.1, 5.0))
        speech.append((now, now + draw(st.floats(0.2, 12.0))))
        now = speech[-1][1]
    for start, end in speech:
        if spans and start - spans[-1][1] < 2.0:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return tuple(spans), [(0.0, 1.0), *speech, (now + 50.0, now + 60.0)]


@given(windows_with_speech(), st.sampled_from((14.0, 7.0)))
def test_shorter_windows_are_the_window_in_parts_of_at_most_that_length(
    made: tuple[Window, list[Span]], longest_s: float
) -> None:
    """Nothing is lost, repeated or out of order."""
    window, speech = made
    found = shorter(window, speech, longest_s)
    assert all(sum(end - start for start, end in part) <= longest_s + 1e-6 for part in found)
    spans = [span for part in found for span in part]
    assert all(a[1] <= b[0] + 1e-9 for a, b in itertools.pairwise(spans))
    joined: list[Span] = []
    for start, end in spans:
        if joined and start <= joined[-1][1] + 1e-9:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    assert joined == [pytest.approx(span) for span in window]


def test_shorter_windows_begin_in_pauses() -> None:
    """A pause of a third of a second is where a window of half a minute is cut, in its middle."""
    speech = [(0.2, 14.0), (14.4, 29.8)]
    assert shorter(((0.0, 30.0),), speech, 16.0) == [((0.0, pytest.approx(14.2)),), ((pytest.approx(14.2), 30.0),)]
