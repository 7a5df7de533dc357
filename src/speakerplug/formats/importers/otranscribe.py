"""oTranscribe (.otr): a page's HTML in JSON, in which time stamps stand before what is said."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from ...attribution.word_times import interpolated
from .fields import seconds, short_name, text
from .utterances import Utterance, words_of
from .words import ParsedWords, estimated_end, json_format

BLOCKS = ("p", "div", "br", "li")
_LABEL = re.compile(r"\s*([^\W\d_a-z][^:?!\n]{0,59}):\s+(?=\S)")


def matches(document: Any) -> bool:
    """Return whether it has a `text` of HTML and oTranscribe's fields of the recording."""
    return isinstance(document, dict) and isinstance(document.get("text"), str) and "media-time" in document


def read(document: Any) -> ParsedWords:
    """Return the words, which share the time from their stamp to the next one.

    Names before colons (`Ana: `) are speakers if two lines begin with one, and hold until the next one.
    """
    page = _Page()
    page.feed(text(document, "text"))
    page.close()
    parts = [(start, list(filter(str.strip, said.split("\n")))) for start, said in page.parts]
    is_labeled = sum(_LABEL.match(line) is not None for _, lines in parts for line in lines) > 1
    spoken: list[Utterance] = []
    who: str | None = None
    for (start, lines), (following, _) in zip(parts, [*parts[1:], (None, [])], strict=True):
        said: list[tuple[str | None, str]] = []
        for line in lines:
            label = _LABEL.match(line) if is_labeled else None
            who = short_name(label[1]) if label else who
            said.append((who, line[label.end() :] if label else line))
        whole = "\n".join(line for _, line in said)
        end = estimated_end(whole, start, None) if following is None and start is not None else following
        spoken += [Utterance(whole, start, end, words=interpolated(said, start, end))] if whole.strip() else []
    return ParsedWords(words_of(spoken))


class _Page(HTMLParser):
    """Collects what is said after each time stamp; before the first one, from the beginning."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[tuple[float | None, list[str]]] = [(0.0, [])]
        self._is_stamp = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a part at a time stamp, and a line at a paragraph."""
        fields = dict(attrs)
        if tag == "span" and "data-timestamp" in fields:
            self._parts.append((seconds(fields["data-timestamp"]), []))
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
            self._parts[-1][1].append(data)

    @property
    def parts(self) -> list[tuple[float | None, str]]:
        """The start of each part, and what is said in it."""
        return [(start, "".join(said)) for start, said in self._parts]


FORMAT = json_format("otranscribe", "oTranscribe's file", matches, read)
