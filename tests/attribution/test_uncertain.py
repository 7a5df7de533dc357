"""Which words a person should check."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.attribution.uncertain import MOST, SPEAKER, WORDING, Limits, limits_of, uncertain_passages
from speakerplug.cli.preview import preview
from speakerplug.formats import html
from speakerplug.transcript import Word

WORD = Word("a", 0.0, 1.0)
DOCS = Path(__file__).parents[2] / "docs" / "how-to"


@given(st.lists(st.none() | st.sampled_from([0.1, 0.3, 0.49, 0.5]) | st.floats(0.0, 1.0)))
def test_limits_of_words_leave_at_most_a_tenth_below_and_all_of_equal_confidence_together(
    confidences: list[float | None],
) -> None:
    """A tenth of the words that have a confidence, ties included, all of them below the fixed limit."""
    known = [confidence for confidence in confidences if confidence is not None]
    limit = limits_of([replace(WORD, confidence=confidence) for confidence in confidences]).wording
    marked = [confidence for confidence in known if confidence < limit]
    assert len(marked) * MOST <= len(known)
    assert limit <= WORDING
    assert limit == WORDING or (len(marked) + known.count(limit)) * MOST > len(known)


@pytest.mark.parametrize(
    ("lowest", "marked"),
    [([0.1, 0.2, 0.3], 2), ([0.1, 0.2, 0.2], 1), ([0.2, 0.2, 0.2], 0), ([0.1, 0.49, 0.5], 2), ([0.1, 0.5, 0.5], 1)],
)
def test_limits_of_twenty_words_mark_two_at_most(lowest: list[float], marked: int) -> None:
    """The third one and its equals are not marked, nor is half a chance."""
    words = [replace(WORD, confidence=confidence) for confidence in [*lowest, *[0.9] * 17]]
    assert sum(map(limits_of(words).is_uncertain, words)) == marked


@pytest.mark.parametrize(
    ("confidence", "speaker", "expected"),
    [(None, None, False), (0.4, 0.6, False), (0.39, 0.6, True), (0.4, 0.59, True), (None, 0.59, True)],
)
def test_is_uncertain_below_either_limit(confidence: float | None, speaker: float | None, expected: bool) -> None:
    """Unknown is not uncertain."""
    assert Limits(0.4).is_uncertain(replace(WORD, confidence=confidence, speaker_confidence=speaker)) is expected


def test_uncertain_passages_join_where_they_touch_and_end_with_the_speaker() -> None:
    """Words around them show what is meant."""
    certain, low = (Word("a", 0.0, 1.0, "A", speaker_confidence=confidence) for confidence in (0.9, 0.1))
    other = replace(certain, speaker="B")
    words = [other, low, certain, low, certain, certain, certain, certain, low, other]
    assert uncertain_passages(words, around=1) == (range(1, 5), range(7, 9))


@pytest.mark.parametrize(
    "text",
    [
        (DOCS / "page.md").read_text(encoding="utf-8"),
        (DOCS / "preview.md").read_text(encoding="utf-8"),
        preview.help or "",
        html._file("page.html").partition('id="legend"')[2].partition("</p>")[0],
    ],
    ids=["page.md", "preview.md", "preview --help", "legend"],
)
def test_rule_is_described_as_it_is(text: str) -> None:
    """Pages, help and legend name the limits of today."""
    assert all(number in text for number in (f"{SPEAKER * 100:g} %", f"{WORDING * 100:g} %", "tenth"))
    assert "70 %" not in text
