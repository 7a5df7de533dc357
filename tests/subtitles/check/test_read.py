from __future__ import annotations

from pathlib import Path

import pytest

from speakerplug.errors import MediaError
from speakerplug.subtitles.check import Shown, read


def of(tmp_path: Path, name: str, content: str | bytes) -> tuple[Shown, ...]:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(path)


def test_vtt_of_others_is_read(tmp_path: Path) -> None:
    """Times without hours, settings, notes, styles, voices, times of words and escapes are understood."""
    cues = of(
        tmp_path,
        "a.vtt",
        "\ufeffWEBVTT - title\n\nSTYLE\n::cue{}\n\nNOTE x\n\n1\n00:01.000 --> 00:02.000 align:start\n"
        "<v.loud Ben &amp; Jerry>a &lt; <00:00:01.200><c>b</c> <00:00:01.500>c</v>\n\n"
        "00:02.000 --> 00:03.000\n<v A>one</v>\n<v B>two</v>\n",
    )
    assert cues == (
        Shown(1000, 2000, ("a < b c",), (frozenset({"Ben & Jerry"}),)),
        Shown(2000, 3000, ("one", "two"), (frozenset("A"), frozenset("B"))),
    )


def test_a_voice_goes_on_in_the_next_line(tmp_path: Path) -> None:
    """What a voice opened in the first line holds until it is closed."""
    (cue,) = of(tmp_path, "a.vtt", "WEBVTT\n\n00:02.000 --> 00:03.000\n<v A>one\ntwo</v>\nthree\n")
    assert cue.speakers == (frozenset("A"), frozenset("A"), frozenset())


def test_broken_srt_is_read_to_be_measured(tmp_path: Path) -> None:
    """Empty cues, cues that end before they begin, CRLF, missing blank lines and marks stop nothing."""
    cues = of(
        tmp_path,
        "a.srt",
        "1\r\n00:00:01,000 --> 00:00:00,500\r\n<i>Hi</i> {\\an8}there\r\n\r\n"
        "2\r\n00:00:02,000 --> 00:00:03,000\r\n\r\n"
        "3\r\n00:00:03,000 --> 00:00:04,000\r\nx &amp; y\r\n4\r\n00:00:04,000 --> 00:00:05,000\r\n42\r\n",
    )
    assert [(cue.start, cue.end, cue.lines) for cue in cues] == [
        (1000, 500, ("Hi there",)),
        (2000, 3000, ()),
        (3000, 4000, ("x &amp; y",)),
        (4000, 5000, ("42",)),
    ]


def test_old_encodings_are_read(tmp_path: Path) -> None:
    """UTF-16 and the code pages of old tools give text, if not always the right letters."""
    written = "1\n00:00:01,000 --> 00:00:02,000\nol\u00e9\n"
    assert of(tmp_path, "a.srt", written.encode("utf-16"))[0].lines == ("ol\u00e9",)
    assert of(tmp_path, "a.srt", written.encode("cp1252"))[0].lines == ("ol\u00e9",)


def test_ass_is_read(tmp_path: Path) -> None:
    """Names, line breaks and marks of ASS are understood; comments and drawings are no cues."""
    cues = of(
        tmp_path,
        "a.ass",
        "[Script Info]\nScriptType: v4.00+\n\n[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,no\n"
        "Dialogue: 0,0:00:01.00,0:00:02.50,Default,Ana,0,0,0,,{\\i1}Hi,{\\i0}\\Nall\n",
    )
    assert cues == (Shown(1000, 2500, ("Hi,", "all"), (frozenset({"Ana"}),) * 2),)


@pytest.mark.parametrize(("name", "content"), [("a.srt", "just text"), ("a.txt", "a --> b"), ("a.ass", "nothing")])
def test_what_has_no_cues_is_refused(tmp_path: Path, name: str, content: str) -> None:
    """A file of something else is named in one sentence."""
    with pytest.raises(MediaError, match=name):
        of(tmp_path, name, content)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A wrong path is named."""
    with pytest.raises(MediaError, match=r"missing\.srt"):
        read(tmp_path / "missing.srt")


def test_empty_files_have_no_cues(tmp_path: Path) -> None:
    """Recordings in which nobody speaks give valid files."""
    assert of(tmp_path, "a.srt", "") == of(tmp_path, "a.vtt", "WEBVTT\n") == ()
