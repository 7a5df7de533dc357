from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.transcript import Word
from speakerplug_evaluate.alignment import align
from speakerplug_evaluate.calibration import BINS, Bin, calibration, calibration_error, together
from speakerplug_evaluate.drawing import calibration_plot

MARGINS = st.lists(st.none() | st.floats(0, 1), max_size=30)


def bins_of(confidences: list[float | None], wrong: int = 0) -> tuple[Bin, ...]:
    """Return the bins of words of one speaker with these confidences, the last `wrong` of them without a speaker."""
    right = len(confidences) - wrong
    reference = [Word(f"w{i}", float(i), i + 0.5, "ann") for i in range(len(confidences))]
    words = [
        Word(f"w{i}", float(i), i + 0.5, "S" if i < right else None, speaker_confidence=confidence)
        for i, confidence in enumerate(confidences)
    ]
    return calibration(reference, words, align(reference, words))


@given(MARGINS)
def test_every_word_with_a_confidence_is_in_one_bin(confidences: list[float | None]) -> None:
    """Bins contain all words with a confidence, in the tenth that it is in."""
    bins = bins_of(confidences)
    assert len(bins) == BINS
    assert sum(each.words for each in bins) == sum(confidence is not None for confidence in confidences)
    for number, each in enumerate(bins):
        assert number / BINS * each.words - 1e-9 <= each.confidences <= (number + 1) / BINS * each.words + 1e-9


def test_calibrated_confidences_have_no_error() -> None:
    """Eight of ten words of confidence 0.8 right: no error; all ten of 0.5 right: an error of a half."""
    assert calibration_error(bins_of([0.8] * 10, wrong=2)) == pytest.approx(0.0)
    assert calibration_error(bins_of([0.5] * 10)) == pytest.approx(0.5)
    assert calibration_error(bins_of([])) is None


def test_bins_of_recordings_add_up() -> None:
    """Each bin is added to the same one of the others."""
    both = together([bins_of([0.05, 0.95]), bins_of([0.95])])
    assert [each.words for each in both] == [1, *[0] * 8, 2]


def test_each_bin_with_words_has_a_dot() -> None:
    """The plot has as many dots as there are bins with words; without any it is empty, not broken."""
    assert calibration_plot(bins_of([0.05, 0.5, 0.55, 1.0])).count("<circle") == 3
    assert calibration_plot(bins_of([])).count("<circle") == 0
