"""Text as it is written to files."""

from __future__ import annotations

from hypothesis import given

from speakerplug.transcript import plain
from tests.strategies import names, texts


@given(names | texts)
def test_plain_text_fits_any_file(text: str) -> None:
    """Plain text is one line without control characters or double spaces, can be encoded, and stays as it is."""
    shown = plain(text)
    assert len(shown.splitlines()) <= 1
    assert "  " not in shown
    assert shown == shown.strip()
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert plain(shown) == shown


def test_plain_replaces_lone_surrogates() -> None:
    """What a file name that is not UTF-8 leaves in a name becomes the replacement character."""
    assert plain("t\udcff") == "t\ufffd"
