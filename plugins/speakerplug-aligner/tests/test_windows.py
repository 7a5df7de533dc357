"""The windows in which words are aligned."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from speakerplug.transcript import Word
from speakerplug_aligner.windows import AROUND_S, LONGEST_S, windows

DURATION = 100.0
spoken = st.lists(st.tuples(st.floats(-0.3, 4), st.floats(0, 3)), max_size=30)


def laid_out(spans: list[tuple[float, float]]) -> list[Word]:
    said, now = [], 0.0
    for gap, length in spans:
        start = min(DURATION, max(0.0, now + gap))
        said.append(Word(str(len(said)), start, min(DURATION, start + length)))
        now = start + length
    return said


@given(spoken)
def test_windows_contain_all_words_and_never_overlap(spans: list[tuple[float, float]]) -> None:
    """Every word is in one window, in order; windows are inside the recording, without overlap, and not too long."""
    said = laid_out(spans)
    found = windows(said, DURATION)
    assert [word for window in found for word in window.words] == said
    for window in found:
        assert 0 <= window.start <= window.end <= DURATION
        assert window.end - window.start <= LONGEST_S + 3 + 2 * AROUND_S
    assert all(one.end <= other.start + 1e-9 for one, other in pairwise(found))


@given(spoken)
def test_words_in_order_lie_in_their_window(spans: list[tuple[float, float]]) -> None:
    """Words that do not overlap are inside their window, with up to half a second around them."""
    said = laid_out([(abs(gap), length) for gap, length in spans])
    for window in windows(said, DURATION):
        assert window.start <= (window.words[0].start or 0)
        assert (window.words[-1].end or 0) <= window.end
