"""XML from strangers: read without entities, external files and deep nesting, so that it cannot harm; and written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, fromstring
from xml.parsers import expat

_NOT_XML = {0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}

DEEPEST = 100
"""Levels of elements within each other; no format of transcripts nests more than a dozen."""


def parse(data: bytes) -> Element:
    """Return the root element of a document in the encoding that it declares.

    Raises ValueError for what is not XML, declares entities (which may be millions of characters, or other files), or
    nests more than `DEEPEST` levels.
    """
    try:
        _inspect(data)
        return fromstring(data)
    except (SyntaxError, expat.ExpatError, LookupError) as error:  # ElementTree's ParseError is a SyntaxError
        raise ValueError(f"it is not XML: {error}") from error


def _inspect(data: bytes) -> None:
    parser = expat.ParserCreate()
    depth = 0

    def begin(name: str, attributes: Mapping[str, str]) -> None:
        """Refuse an element that is nested too deep."""
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise ValueError(f"its elements are nested more than {DEEPEST} levels deep")

    def end(name: str) -> None:
        """Leave an element."""
        nonlocal depth
        depth -= 1

    def declare(*details: Any) -> None:
        """Refuse an entity."""
        raise ValueError("it declares entities, which no transcript needs")

    parser.StartElementHandler, parser.EndElementHandler, parser.EntityDeclHandler = begin, end, declare
    parser.Parse(data, True)


def local(name: str) -> str:
    """Return the name of an element or attribute without its namespace."""
    return name.rpartition("}")[2]


def attribute(element: Element, name: str) -> str | None:
    """Return an attribute by its name in any namespace; None where it is missing."""
    found = element.get(name)
    return found if found is not None else next((v for key, v in element.items() if local(key) == name), None)


def escaped(text: str) -> str:
    """Return the text with a replacement for each character that XML cannot hold, if it has no control characters."""
    return text.translate(_NOT_XML)


def add(parent: Element, name: str, attributes: Mapping[str, str] | None = None, text: str | None = None) -> Element:
    """Add an element at the end of `parent`, and return it; what XML cannot hold is replaced."""
    element = SubElement(parent, name, {key: escaped(value) for key, value in (attributes or {}).items()})
    element.text = text and escaped(text)
    return element
