"""Damaged files of cues: what can be read is read, what cannot is named once."""

from __future__ import annotations

from pathlib import Path

import pytest

from speakerplug.errors import MediaError
from speakerplug.formats.timed_blocks import blocks_of
from speakerplug.plugin.formats import FileContent

ONE = "00:00:01,000 --> 00:00:02,000"
TWO = "00:00:03,000 --> 00:00:04,000"
SIX = "00:00:06,000 --> 00:00:07,000"


def blocks(text: str) -> list[tuple[int, str]]:
    """Return start in seconds and text of every block."""
    found = blocks_of(FileContent(Path("talk.srt"), text.encode()))
    return [(block.start_ms // 1000, "|".join(filter(str.strip, block.lines))) for block in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"\n\n\n1\n{ONE}\nA\n\n2\n{TWO}\nB\n", [(1, "A"), (3, "B")]),
        (f"{ONE}\nA\n\n{TWO}\nB\n", [(1, "A"), (3, "B")]),
        (f"{ONE}\nA\n{TWO}\nB", [(1, "A"), (3, "B")]),
        (f"7\n{ONE}\nA\n3\n{TWO}\nB", [(1, "A"), (3, "B")]),
        (f"1\n\n{ONE}\n\nA\n\nA2\n\n2\n{TWO}\nB", [(1, "A|A2"), (3, "B")]),
        (f"1\n{ONE}\n2\n\n2\n{TWO}\n3\n\n3\n{SIX}\nC", [(1, "2"), (3, "3"), (6, "C")]),
        (f"1\n{ONE}\n2\n{TWO}\nB", [(1, ""), (3, "B")]),
        (f"1\n{ONE} Hello\n\n2\n{TWO} X1:10 X2:20 Y1:1\nB", [(1, "Hello"), (3, "B")]),
        (f"1\n{ONE}\nA\n\n2\n", [(1, "A")]),
        (f"1\n{ONE}\nA\n\n1984\n", [(1, "A|1984")]),
        (f"[{ONE}]  A\n[{TWO}]  B\n", [(1, "A"), (3, "B")]),
        (f"1\n{ONE}\nSay --> this\n", [(1, "Say --> this")]),
        (f"1\r{ONE}\rA\r\r2\r{TWO}\rB\r", [(1, "A"), (3, "B")]),
        (f"1\r\n{ONE}\r\nA\r\n\r\n2\r\n{TWO}\r\nB\r\n", [(1, "A"), (3, "B")]),
    ],
)
def test_blocks_of_untidy_files_have_their_text(text: str, expected: list[tuple[int, str]]) -> None:
    """Blank lines and numbers that are missing or too many, line ends of any system, text in the line of times."""
    assert blocks(text) == expected


@pytest.mark.parametrize(
    ("lost", "line"),
    [
        ("2\n00:00:0x,000 --> 00:00:04,000\nlost", 5),
        ("2\nxx --> yy\nlost", 5),
        ("2\n00:00:03,000 00:00:0x,000\nlost", 6),
        ("2\nlost", 5),
    ],
)
def test_blocks_of_a_cue_without_readable_times_names_its_line(
    lost: str, line: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Its text is not shown with the cue before it, and one warning says what is left out."""
    assert blocks(f"1\n{ONE}\nA\n\n{lost}\n\n3\n{SIX}\nC\n") == [(1, "A"), (6, "C")]
    (record,) = caplog.records
    assert "1 cue is left out, as the times cannot be read (line " in record.getMessage()
    assert record.getMessage().endswith("; correct them.")
    assert f"(line {line}: " in record.getMessage() or f"(line {line + 1}: " in record.getMessage()


def test_blocks_of_many_damaged_cues_are_named_in_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    """The first five, and how many more."""
    assert blocks(f"1\n{ONE}\nA\n\n" + "2\nxx --> yy\nlost\n\n" * 9) == [(1, "A")]
    (record,) = caplog.records
    assert "9 cues are left out" in record.getMessage()
    assert record.getMessage().count("line ") == 5
    assert "and 4 more" in record.getMessage()


def test_blocks_before_zero_begin_there(caplog: pytest.LogCaptureFixture) -> None:
    """A cue that ends before zero is not shown; one warning says both."""
    text = f"1\n-00:00:03,000 --> -00:00:01,000\ngone\n\n2\n-00:00:01,000 --> 00:00:01,000\nA\n\n3\n{TWO}\nB\n"
    assert blocks(text) == [(0, "A"), (3, "B")]
    (record,) = caplog.records
    assert "2 cues begin before zero (line 2, line 6), and now at zero; 1 that end before it are left out" in (
        record.getMessage()
    )


def test_blocks_of_only_damaged_cues_are_refused() -> None:
    """A file of which nothing can be read is an error that says where to look."""
    with pytest.raises(MediaError, match=r"no times that can be read \(line 2: 'a --> b'\); correct"):
        blocks("1\na --> b\nHi\n")
