from __future__ import annotations

import pytest

from cpu_spread import share_changed
from speakerplug import Word


def test_share_changed_counts_other_more_and_fewer_words() -> None:
    """Of four words one is another and one is missing, and one is new; other recordings do not count."""
    first, other = (
        {"a": [Word(text, float(at), at + 0.5) for at, text in enumerate(texts)], "b": [Word(texts[0], 0.0, 0.5)]}
        for texts in (("so", "it", "goes", "on"), ("and", "so", "he", "goes"))
    )
    assert share_changed(first, other, ["a"]) == pytest.approx(75.0)
    assert share_changed(first, first, ["a", "b"]) == 0.0
