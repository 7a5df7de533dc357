from __future__ import annotations

from pathlib import Path

import pytest

from speakerplug.errors import MediaError, UsageError
from speakerplug.plugin.formats import FileContent


def content(data: bytes) -> FileContent:
    return FileContent(Path("talk"), data)


@pytest.mark.parametrize(
    ("data", "text", "is_unicode"),
    [
        ("olé".encode(), "olé", True),
        ("olé".encode("utf-16"), "olé", True),
        ("olé".encode("cp1252"), "olé", False),
        (b"\xe9", "é", False),
        (b"\xff\xfe\x00", "\ufffd", True),
        ("olé".encode("utf-16-le"), "olé", True),
        ("Привет, мир.".encode("cp1251"), "Привет, мир.", False),
    ],
)
def test_file_content_text_of_any_bytes_is_decoded(data: bytes, text: str, is_unicode: bool) -> None:
    """UTF-8, UTF-16 by its mark or its zeros, and otherwise a code page, as a guess."""
    assert (content(data).text, content(data).is_unicode) == (text, is_unicode)


def test_file_content_head_of_a_long_file_is_short() -> None:
    """A format is recognized by the beginning of a file, however long it is."""
    assert content(b"a" * 10_000_000).head == "a" * 4096
    assert content(b"\xff\xfe" + b"a\0" * 100).head == "a" * 100


@pytest.mark.parametrize(
    ("data", "document"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'{"a": 1}\n\n{"b": 2}\n', [{"a": 1}, {"b": 2}]),
        (b"", None),
        (b"no", None),
        (b"\xff", None),
        (b"[" * 100_000, None),
    ],
)
def test_file_content_json_is_lenient(data: bytes, document: object) -> None:
    """One document, or one on each line; None for anything else."""
    assert content(data).json == document


def test_file_content_items_are_files() -> None:
    """Each item of a list is a document of its own."""
    assert [item.json for item in content(b'[{"a": 1}, 2]').items()] == [{"a": 1}, 2]
    assert list(content(b'{"a": 1}').items()) == []


def test_file_content_of_a_file_drops_the_byte_order_mark(tmp_path: Path) -> None:
    """A UTF-8 byte order mark is not part of the text; a missing file or a folder is a MediaError with a hint."""
    path = tmp_path / "talk"
    path.write_bytes(b"\xef\xbb\xbfHi")
    assert FileContent.of(path).data == b"Hi"
    with pytest.raises(MediaError, match="check the path"):
        FileContent.of(tmp_path / "none")
    with pytest.raises(MediaError, match="is a folder; name a file"):
        FileContent.of(tmp_path)


def test_file_content_of_a_declared_encoding_is_decoded(tmp_path: Path) -> None:
    """The named encoding is certain; where it is wrong or unknown, one sentence says so."""
    path = tmp_path / "talk"
    path.write_bytes("zażółć".encode("cp1250"))
    file = FileContent.of(path, "cp1250")
    assert (file.text, file.head, file.is_unicode) == ("zażółć", "zażółć", True)
    with pytest.raises(MediaError, match="talk is not in the encoding utf-8; name another one"):
        _ = FileContent.of(path, "utf-8").text
    for unknown in ("klingon", "base64", ""):
        with pytest.raises(UsageError, match=f"There is no encoding '{unknown}'; name one such as"):
            FileContent.of(path, unknown)
