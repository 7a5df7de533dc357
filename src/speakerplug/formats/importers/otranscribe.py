"""oTranscribe (.otr): a page's HTML in JSON, in which time stamps stand before what is said."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from .fields import seconds, text
from .utterances import Utterance, words_of
from .words import ParsedWords, json_format

BLOCKS = ("p", "div", "br", "li")


def matches(document: Any) -> bool:
    """Return whether it has a `text` of HTML and oTranscribe's fields of the recording."""
    return isinstance(document, dict) and isinstance(document.get("text"), str) and "media-time" in document


def read(document: Any) -> ParsedWords:
    """Return the words, which share the time from their stamp to the next one, with the names before their colons."""
    page = _Page()
    page.feed(text(document, "text"))
    page.close()
    parts = page.parts
    starts = [start for start, _ in parts]
    spoken = zip(parts, [*starts[1:], None], strict=True)
    return ParsedWords(words_of(Utterance(said, start, end) for (start, said), end in spoken if said.strip()))


class _Page(HTMLParser):
    """Collects what is said after each time stamp; before the first one, from the beginning."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[tuple[float | None, str]] = [(0.0, "")]
        self._is_stamp = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a part at a time stamp, and a line at a paragraph."""
        fields = dict(attrs)
        if tag == "span" and "data-timestamp" in fields:
            self.parts.append((seconds(fields["data-timestamp"]), ""))
            self._is_stamp = True
        elif tag in BLOCKS:
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        """End a time stamp."""
        if tag == "span":
            self._is_stamp = False
        elif tag in BLOCKS:
            self.handle_data("\n")

    def handle_data(self, data: str) -> None:
        """Add text, without that of a time stamp, which repeats its time."""
        if not self._is_stamp:
            start, said = self.parts[-1]
            self.parts[-1] = (start, said + data)


FORMAT = json_format("otranscribe", "oTranscribe's file", matches, read)
