"""The language is detected in several windows, and another than the expected one is told."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

from speakerplug.media.waveform import SAMPLE_RATE, Waveform
from speakerplug.recognizers.language import detected_language, tell_not_english, tell_other_language
from speakerplug.transcript import Word


class Whisper:
    """Detect German where the samples are loud, otherwise English, with this probability; `asked` are the levels."""

    def __init__(self, probability: float) -> None:
        self.asked: list[float] = []
        self._probability = probability

    def detect_language(self, samples: Any) -> tuple[str, float, list[tuple[str, float]]]:
        """Return what faster-whisper's model returns."""
        self.asked.append(round(float(samples.mean()), 2))
        codes = ("de", "en") if self.asked[-1] > 0.5 else ("en", "de")
        return codes[0], self._probability, list(zip(codes, (self._probability, 1 - self._probability), strict=True))


def minutes(*levels: float) -> tuple[Waveform, list[tuple[float, float]]]:
    """Return audio with a speech segment of 28 s at each of these levels, and the segments."""
    length = 40 * SAMPLE_RATE
    samples = np.concatenate([np.full(length, level, np.float32) for level in levels])
    return Waveform.of(samples), [(40.0 * index + 5, 40.0 * index + 33) for index in range(len(levels))]


@pytest.mark.parametrize(
    ("levels", "probability", "expected", "asked"),
    [
        ((0.1, 0.9, 0.9), 0.95, ("de", 0.95), 1),  # the greeting is not asked
        ((0.9, 0.9, 0.1, 0.9, 0.9), 0.7, ("de", 0.62), 5),  # the middle one alone is unsure, and wrong
        ((0.1,), 0.6, ("en", 0.6), 1),
        ((0.9,) * 45, 0.9, ("de", 0.9), 3),
        ((), 0.9, None, 0),
    ],
)
def test_detected_language_is_the_most_probable_of_as_few_windows_as_make_it_sure(
    levels: tuple[float, ...], probability: float, expected: tuple[str, float] | None, asked: int
) -> None:
    """At least one in twenty, and at most five; the probability is the average."""
    whisper = Whisper(probability)
    waveform, speech = minutes(*levels) if levels else (Waveform.of(np.zeros(16_000, np.float32)), [])
    found = detected_language(whisper, waveform, speech)
    assert (found and (found[0], pytest.approx(found[1]))) == expected
    assert len(whisper.asked) == asked


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ((("la", 0.5), ("ca", 0.2), ("en", 0.3)), ("en", 0.5)),
        ((("la", 0.9), ("ca", 0.1)), ("la", 0.18 / 0.28)),
        ((("sa", 0.6), ("hi", 0.3), ("ne", 0.1)), ("hi", 0.3 / 0.52)),
        ((("la", 1.0), ("en", 0.0)), ("la", 1.0)),
    ],
)
def test_detected_language_is_latin_or_sanskrit_only_where_no_other_is_plausible(
    probabilities: tuple[tuple[str, float], ...], expected: tuple[str, float]
) -> None:
    """It must be five times as probable as any other; the probabilities still have the sum of one."""

    class Unsure(Whisper):
        """Detect these languages."""

        def detect_language(self, samples: Any) -> tuple[str, float, list[tuple[str, float]]]:
            """Return what faster-whisper's model returns."""
            return probabilities[0][0], probabilities[0][1], list(probabilities)

    assert detected_language(Unsure(0.0), *minutes(0.5)) == (expected[0], pytest.approx(expected[1]))


def test_detected_language_that_is_the_given_one_is_asked_for_once() -> None:
    """Also where it is unsure: there is nothing to contradict."""
    whisper = Whisper(0.6)
    assert detected_language(whisper, *minutes(0.9, 0.9, 0.9), given="de") == ("de", pytest.approx(0.6))
    assert len(whisper.asked) == 1


@pytest.mark.parametrize(
    ("given", "detected", "expected"),
    [
        ("fr", ("de", 0.97), ["The recording sounds like German (97 % sure), but language says French."]),
        ("fr", ("de", 0.7), []),
        ("de", ("de", 0.97), []),
        (None, ("de", 0.97), []),
        ("fr", None, []),
    ],
)
def test_tell_other_language_says_only_what_is_sure(
    caplog: pytest.LogCaptureFixture, given: str | None, detected: tuple[str, float] | None, expected: list[str]
) -> None:
    """One line, with both languages."""
    with caplog.at_level(logging.WARNING):
        tell_other_language(given, detected)
    assert caplog.messages == expected


@pytest.mark.parametrize(("confidence", "count", "tells"), [(0.36, 40, True), (0.58, 40, False), (0.2, 5, False)])
def test_tell_not_english_speaks_where_most_words_are_uncertain(
    caplog: pytest.LogCaptureFixture, confidence: float, count: int, tells: bool
) -> None:
    """Not after a few words: they may be anything."""
    with caplog.at_level(logging.WARNING):
        tell_not_english([Word("x", 0.0, 1.0, confidence=confidence)] * count, "tiny.en")
    assert bool(caplog.messages) == tells
    assert not tells or "tiny.en supports only English" in caplog.text
