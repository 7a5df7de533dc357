"""YouTube's captions as XML: srv3 (`p` and `s` in milliseconds), srv2 and srv1 (`text` in milliseconds, seconds)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...plugin.formats import FileContent, FormatRegistration
from ...transcript import Transcript
from .fields import seconds
from .utterances import span
from .words import ParsedWords, transcript_from
from .youtube import MS_IN_ONE, Caption, words_of_captions

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

TITLE = "YouTube's XML"
_ROOT = re.compile(r"\s*(?:<\?xml[^>]*\?>\s*)?<(?:timedtext|transcript)\b[^>]*>", re.IGNORECASE)
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def matches(file: FileContent) -> bool:
    """Return whether its root is `timedtext`, or `transcript` as in srv1."""
    return _ROOT.match(file.head) is not None


def read(file: FileContent) -> Transcript:
    """Return the transcript; raises MediaError for a damaged file."""
    return transcript_from(lambda: ParsedWords(words_of_captions(_captions(_root(file)))), TITLE, file.path)


def _root(file: FileContent) -> Element:
    """Return the root; entities are refused, as they can make a short file expand without bound."""
    from xml.etree import ElementTree

    if _DECLARATION.search(file.data):
        raise ValueError("it declares entities, which captions have no use for")
    try:
        return ElementTree.fromstring(file.text.lstrip())
    except ElementTree.ParseError as error:
        raise ValueError(f"its XML is damaged: {error}") from error


def _captions(root: Element) -> Iterator[Caption]:
    in_seconds = root.tag == "transcript"
    for element in root.iter("text" if in_seconds or root.find(".//p") is None else "p"):
        keys = ("start", "", "dur", 1.0) if in_seconds else ("t", "", "d", MS_IN_ONE)
        start, end = span(element.attrib, *keys)
        yield Caption(start, end, _parts(element, start, keys[-1]))


def _parts(element: Element, start: float | None, in_one: float) -> list[tuple[str, float | None]]:
    """Return the texts in a caption, and the start of each if it is a word; srv1 escapes its text twice."""
    is_spoken = any(child.tag == "s" and child.attrib.keys() & {"t", "ac"} for child in element)
    parts: list[tuple[str, float | None]] = [(html.unescape(element.text or ""), None)]
    for child in element:
        offset = seconds(child.get("t"), in_one)
        own = round((start or 0.0) + (offset or 0.0), 6) if is_spoken and start is not None else None
        said = "\n" if child.tag == "br" else html.unescape("".join(child.itertext()))
        parts += [(said, own), (html.unescape(child.tail or ""), None)]
    return [(said, own) for said, own in parts if said]


FORMAT = FormatRegistration("youtube_xml", TITLE, for_programs=True, matches=matches, read=read)
