from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.formats.markup import SRT_TAG, VOICE_TAG, VTT_TAG, marked


def text(body: str, tags: object = SRT_TAG) -> str:
    """Return the text without markup."""
    return marked(body, tags).cue(0, 1).text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("<B><i>Hi</B></i> you", "Hi you"),
        ('<font color="#fff" size=2>Hi</FONT>', "Hi"),
        ("Hi <s>there", "Hi there"),
        ("{\\an8}Hi {\\i1}you{\\i0}{\\pos(1,2)}", "Hi you"),
        ("{Y:i}Hi", "Hi"),
        ("a<br/>b<BR>c", "a\nb\nc"),
        ("a &amp; b &lt;i&gt; &#39;s AT&T R&D", "a & b <i> 's AT&T R&D"),
        ("a < b > c <3 {b} <Ana> 1 <2> 3", "a < b > c <3 {b} <Ana> 1 <2> 3"),
        ("<v Ana>Hi</v>", "<v Ana>Hi</v>"),
    ],
)
def test_marked_srt_has_no_tags(body: str, shown: str) -> None:
    """Tags of any case, nested or never closed, positions and entities; what is none stays."""
    assert text(body) == shown


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("<c.red.bg_blue>Hi</c> <lang en>you</lang>", "Hi you"),
        ("<unknown x>Hi</unknown> {\\an8}you", "Hi you"),
        ("a < b > c <3", "a < b > c <3"),
        ("<ruby>東京<rt>とうきょう</rt></ruby>へ", "東京へ"),
    ],
)
def test_marked_vtt_has_no_tags(body: str, shown: str) -> None:
    """Unknown tags are none either, and the positions that converters of SubRip leave."""
    assert text(body, VTT_TAG) == shown


def test_marked_voices_end_where_they_are_closed() -> None:
    """Voices within classes, several in a line, in any case, and text after them that is nobody's."""
    body = "<c.x><v.loud Ana &amp; Co>Hi</v></c> <V Ben>Yo</V> all<v  Cy>x"
    expected = (("Ana & Co", "Hi"), (None, " "), ("Ben", "Yo"), (None, " all"), ("Cy", "x"))
    assert marked(body, VTT_TAG).parts == marked(body, VOICE_TAG).parts == expected


def test_marked_times_have_positions_in_the_text() -> None:
    """A time holds for the text after it."""
    cue = marked("hello<00:00:00.560><c> all</c> <00:01.040>x", VTT_TAG).cue(0, 2000)
    assert (cue.text, cue.times) == ("hello all x", ((5, 560), (10, 1040)))


@pytest.mark.parametrize("tags", [("<u>", "</u>"), ('<font color="#00ff00">', "</font>"), ("<b>", "</b>")])
def test_marked_single_span_is_the_highlight(tags: tuple[str, str]) -> None:
    """Where exactly one span stands out, its positions are known."""
    assert marked(f"a {tags[0]}bc{tags[1]} d", SRT_TAG).cue(0, 1).highlight == (2, 4)
    assert marked(f"{tags[0]}a{tags[1]} {tags[0]}b{tags[1]}", SRT_TAG).cue(0, 1).highlight is None


@given(st.lists(st.sampled_from(("<", ">", "</", "v ", "v", "b", "{\\", "}", "&", "amp;", "1:2.3", "x", "\n", " "))))
def test_marked_any_text_keeps_its_positions(pieces: list[str]) -> None:
    """However broken the markup is, the parts are the text, and every time is at a place in it."""
    for tags in (SRT_TAG, VOICE_TAG, VTT_TAG):
        cue = marked("".join(pieces), tags).cue(0, 1)
        assert all(0 <= position <= len(cue.text) for position, _ in cue.times)
        assert len(cue.text) <= len("".join(pieces))
