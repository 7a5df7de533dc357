"""XML of strangers: what could harm is refused in a sentence, everything else is read."""

from __future__ import annotations

import pytest

from speakerplug.formats.xml import DEEPEST, add, attribute, parse

LAUGHS = b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>'
EXTERNAL = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (LAUGHS, "it declares entities"),
        (EXTERNAL, "it declares entities"),
        (b"<a>" * (DEEPEST + 1) + b"</a>" * (DEEPEST + 1), "levels deep"),
        (b"<a><b></a>", "it is not XML"),
        (b"", "it is not XML"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', "it is not XML"),
        (b"<a>\x00</a>", "it is not XML"),
    ],
)
def test_parse_of_harmful_or_damaged_xml_is_refused(data: bytes, why: str) -> None:
    """Entities are the way to millions of characters, and to other files; deep nesting, to the end of the stack."""
    with pytest.raises(ValueError, match=why):
        parse(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_parse_of_any_declared_encoding_is_read(encoding: str) -> None:
    """A document of whatever encoding, and with a document type that declares no entity, is a document."""
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a><a b="é">ö</a>'
    root = parse(text.encode(encoding))
    assert (root.text, root.get("b")) == ("ö", "é")


def test_attribute_in_any_namespace_is_found() -> None:
    """A name counts, whichever namespace a program gave it."""
    root = parse(b'<a xmlns:x="urn:x" x:one="1" two="2"/>')
    assert [attribute(root, name) for name in ("one", "two", "three")] == ["1", "2", None]


def test_add_of_what_xml_cannot_hold_replaces_it() -> None:
    """A file with U+FFFF would be read by nobody."""
    element = add(parse(b"<a/>"), "b", {"c": "x\uffff"}, "y\ufffe")
    assert (element.get("c"), element.text) == ("x\ufffd", "y\ufffd")
