"""Subtitles, loaded as transcripts and as cues."""

from __future__ import annotations

import html
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from speakerplug.errors import MediaError
from speakerplug.formats import srt, vtt
from speakerplug.formats.load import load, load_cues
from speakerplug.formats.subtitles import transcript_from_cues
from speakerplug.plugin.formats import FileContent
from speakerplug.subtitles import cues_from
from speakerplug.subtitles.parsed import ParsedCue
from speakerplug.transcript import Speaker, Transcript, Turn, Word, plain, text_of
from tests.strategies import HOSTILE_NAMES, transcripts


def read(text: str, suffix: str = ".vtt") -> Transcript:
    file = FileContent(Path(f"talk{suffix}"), text.encode())
    return srt.read(file) if suffix == ".srt" else transcript_from_cues(vtt.read_cues(file), file.path)


def said(transcript: Transcript) -> list[tuple[str | None, str]]:
    """Return speaker and text, word by word."""
    return [(word.speaker, word.text) for word in transcript.words]


def squeezed(text: str) -> str:
    """Return text without spaces, as a line break may or may not stand for one."""
    return "".join(text.split())


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(transcripts().filter(lambda given: not any("{\\an8}" in word.text for word in given.words)))
def test_load_of_our_vtt_has_the_cues(transcript: Transcript) -> None:
    """Every cue comes back with its text, speaker and time, whatever the names and words are."""
    found = read(vtt.write(transcript))
    cues = cues_from(transcript)
    assert squeezed(text_of(found.words)) == squeezed("".join("".join(cue.lines) for cue in cues))
    names = {plain(transcript.name_of(cue.speaker) or "") or cue.speaker for cue in cues if cue.speaker}
    assert {speaker.name for speaker in found.speakers} == names
    assert all(word.estimated for word in found.words)
    edges = {cue.start for cue in cues} | {cue.end for cue in cues}
    assert {turn.start for turn in found.turns} | {turn.end for turn in found.turns} <= edges
    assert all((a.end or 0) <= (b.start or 0) for a, b in zip(found.words, found.words[1:], strict=False))


def test_load_of_a_vtt_cue_of_one_hyphen_keeps_its_speaker() -> None:
    """Only a hyphen before the next voice belongs to that."""
    words = (Word("Yes", 0.0, 1.0, "A"), Word("-", 3.0, 4.0, "B"))
    transcript = Transcript(words, speakers=(Speaker("A", "Ana"), Speaker("B", "Ben")))
    assert [(word.text, word.speaker) for word in read(vtt.write(transcript)).words] == [("Yes", "Ana"), ("-", "Ben")]


@pytest.mark.parametrize("suffix", [".vtt", ".srt"])
@pytest.mark.parametrize("name", [*(name.replace("wait", "Wait") for name in HOSTILE_NAMES), "Ana " * 15])
def test_load_of_a_hostile_name_is_equal(name: str, suffix: str) -> None:
    """A name and its words come back as written; in SRT not what is lowercase, without letters, markup or an entity."""
    if suffix == ".srt" and not any(map(str.isalpha, name)):
        name = "Zoë"
    name = name.replace("x" * 60, "X" * 60).replace("spaces", "Spaces").replace("tab", "Tab")
    words = (Word("Hello", 0.0, 1.0, "A"), Word("there", 3.0, 4.0, "A"), Word("Oh?", 5.0, 6.0, "B"))
    transcript = Transcript(words, speakers=(Speaker("A", name), Speaker("B", "Bob")))
    found = read((vtt if suffix == ".vtt" else srt).write(transcript), suffix)
    written = plain(name) or "A"
    shown = html.unescape(written.replace("-->", "→").removesuffix(" <b>")) if suffix == ".srt" else written
    assert said(found) == [(shown, "Hello"), (shown, "there"), ("Bob", "Oh?")]


def test_load_of_a_cue_shares_its_time_by_length() -> None:
    """The words of a cue share its time by their characters, and the times are marked as estimated."""
    found = read("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<v Ana>abc\nd &lt; e</v>\n")
    assert found.words == (
        Word("abc", 1.0, 1.5, "Ana", estimated=True),
        Word("d", 1.5, 1.667, "Ana", estimated=True),
        Word("<", 1.667, 1.833, "Ana", estimated=True),
        Word("e", 1.833, 2.0, "Ana", estimated=True),
    )
    assert found.turns == (Turn(1.0, 2.0, "Ana"),)
    assert (found.media.file, found.media.duration) == ("talk.vtt", 2.0)


def test_load_of_scripts_without_spaces_divides_characters() -> None:
    """East Asian text becomes a word per character, with its punctuation, so that lines can be broken again."""
    found = read("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n日本語。\nOK 다음\n")
    assert [(word.text, word.joined) for word in found.words][:3] == [("日", False), ("本", True), ("語。", True)]
    assert text_of(found.words).startswith("日本語。OK ")


def test_load_of_foreign_vtt_with_two_voices_has_both() -> None:
    """Voice spans within the cue, classes, tags, entities and settings are read; hyphens before them are no text."""
    text = (
        "WEBVTT\n\nSTYLE\n::cue { color: red }\n\nNOTE no cue\n\n1\n00:01.000 --> 00:03.000 align:start\n"
        "- <v.loud Ana Maria>Who&nbsp;is <i>it</i>?</v>\n- <v Bob>Me.</v>\n"
    )
    assert said(read(text)) == [
        *(("Ana Maria", word) for word in ("Who", "is", "it?")),
        ("Bob", "Me."),
    ]


def test_load_of_a_label_in_a_voice_span_removes_it() -> None:
    """A label that repeats the voice, for players that show no voices, is removed."""
    assert said(read("WEBVTT\n\n00:00.000 --> 00:01.000\n<v Ana>Ana: Hi</v>\n")) == [("Ana", "Hi")]


SRT = "1\n00:00:01,000 --> 00:00:02,000\n{}\n\n2\n00:00:02,000 --> 00:00:03,000\n{}\n"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("Ana: Hi", "you", [("Ana", "Hi"), ("Ana", "you")]),
        ("Ana: Hi", "Bob: you", [("Ana", "Hi"), ("Bob", "you")]),
        ("Hi", "Note: you", [(None, "Hi"), (None, "Note:"), (None, "you")]),
        ("Ana: Hi", "so: you", [("Ana", "Hi"), ("Ana", "so:"), ("Ana", "you")]),
        ("Ana: Hi", "Really? No: you", [("Ana", "Hi"), *(("Ana", word) for word in ("Really?", "No:", "you"))]),
        ("Ana:\nHi", "Bob:you", [("Ana", "Hi"), ("Ana", "Bob:you")]),
        ("Ana: <i>Hi</i>", "Bob: <b", [("Ana", "Hi"), ("Bob", "<b")]),
        ("Ana: <i>Hi</i>", "you", [("Ana", "Hi"), ("Ana", "you")]),
    ],
)
def test_load_of_srt_labels_are_speakers(first: str, second: str, expected: list[tuple[str | None, str]]) -> None:
    """A label holds until the next one; a file whose first cue has none has no labels."""
    assert said(read(SRT.format(first, second), ".srt")) == expected


@pytest.mark.parametrize(("suffix", "empty"), [(".vtt", "WEBVTT\n"), (".srt", "")])
def test_load_of_subtitles_without_cues_has_no_words(suffix: str, empty: str) -> None:
    """A file without cues is a transcript without words."""
    assert read(empty, suffix).words == ()


@pytest.mark.parametrize("suffix", [".vtt", ".SRT"])
@pytest.mark.parametrize("content", [b"no subtitles\n\nat all\n", b"\xff\xfe\x00"])
def test_load_of_no_subtitles_is_refused(tmp_path: Path, suffix: str, content: bytes) -> None:
    """One sentence names the file and what to do."""
    path = tmp_path / f"talk{suffix}"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=";") as caught:
        load(path)
    assert str(path) in str(caught.value)


def test_load_of_crlf_and_bom_is_equal(tmp_path: Path) -> None:
    """Files written with --crlf and --bom are read back the same."""
    transcript = Transcript((Word("Hi", 1.0, 2.0, "A"),), speakers=(Speaker("A", "Ana"),))
    for suffix in (".vtt", ".srt"):
        plainly = load(transcript.save(tmp_path / f"a{suffix}"))
        assert load(transcript.save(tmp_path / f"a{suffix}", crlf=True, bom=True)) == plainly
        assert said(plainly) == [("Ana", "Hi")]


def test_load_of_a_tag_like_a_voice_names_no_speaker() -> None:
    """A tag that merely begins like a voice span names no speaker."""
    assert said(read("WEBVTT\n\n00:00.000 --> 00:01.000\n<video x>Hi\n")) == [(None, "Hi")]


LINES = (
    "WEBVTT",
    "1",
    "00:00:01,000 --> 00:00:02,000",
    "00:02.000 --> 00:01.000",
    "-->",
    "Ana: Hi",
    "<v",
    "<v >x",
    ": ",
    "",
)
DAMAGED = st.lists(st.sampled_from(LINES), max_size=12).map("\n".join)


@given(DAMAGED, st.sampled_from((".vtt", ".srt")))
def test_load_of_damaged_subtitles_reads_or_refuses(text: str, suffix: str) -> None:
    """Any file gives a transcript whose times never decrease, or one sentence."""
    try:
        words = read(text, suffix).words
    except MediaError:
        return
    assert all((word.start or 0) <= (word.end or 0) and word.text for word in words)


def of(tmp_path: Path, name: str, content: str | bytes) -> tuple[ParsedCue, ...]:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_cues(path)


def test_load_cues_of_foreign_vtt_understands_its_features(tmp_path: Path) -> None:
    """Times without hours, settings, notes, styles, voices, times of words and escapes are understood."""
    cues = of(
        tmp_path,
        "a.vtt",
        "\ufeffWEBVTT - title\n\nSTYLE\n::cue{}\n\nNOTE x\n\n1\n00:01.000 --> 00:02.000 align:start\n"
        "<v.loud Ben &amp; Jerry>a &lt; <00:00:01.200><c>b</c> <00:00:01.500>c</v>\n\n"
        "00:02.000 --> 00:03.000\n<v A>one</v>\n<v B>two</v>\n",
    )
    assert [(cue.start_ms, cue.end_ms, cue.lines, cue.speakers) for cue in cues] == [
        (1000, 2000, ("a < b c",), (frozenset({"Ben & Jerry"}),)),
        (2000, 3000, ("one", "two"), (frozenset("A"), frozenset("B"))),
    ]


def test_load_cues_voice_span_continues_in_the_next_line(tmp_path: Path) -> None:
    """A voice span that opens in the first line holds until it is closed."""
    (cue,) = of(tmp_path, "a.vtt", "WEBVTT\n\n00:02.000 --> 00:03.000\n<v A>one\ntwo</v>\nthree\n")
    assert cue.speakers == (frozenset("A"), frozenset("A"), frozenset())


def test_load_cues_of_broken_srt_keeps_the_damage(tmp_path: Path) -> None:
    """Empty cues, cues that end before they begin, CRLF, missing blank lines and marks are all read."""
    cues = of(
        tmp_path,
        "a.srt",
        "1\r\n00:00:01,000 --> 00:00:00,500\r\n<i>Hi</i> {\\an8}there\r\n\r\n"
        "2\r\n00:00:02,000 --> 00:00:03,000\r\n\r\n"
        "3\r\n00:00:03,000 --> 00:00:04,000\r\nx &amp; y\r\n4\r\n00:00:04,000 --> 00:00:05,000\r\n42\r\n",
    )
    assert [(cue.start_ms, cue.end_ms, cue.lines) for cue in cues] == [
        (1000, 500, ("Hi there",)),
        (2000, 3000, ()),
        (3000, 4000, ("x & y",)),
        (4000, 5000, ("42",)),
    ]


def test_load_cues_of_old_encodings_gives_text(tmp_path: Path) -> None:
    """UTF-16 and the code pages of old tools give text, if not always the right letters."""
    written = "1\n00:00:01,000 --> 00:00:02,000\nol\u00e9\n"
    assert of(tmp_path, "a.srt", written.encode("utf-16"))[0].lines == ("ol\u00e9",)
    assert of(tmp_path, "a.srt", written.encode("cp1252"))[0].lines == ("ol\u00e9",)


def test_load_cues_of_ass_understands_its_features(tmp_path: Path) -> None:
    """Names, line breaks and tags of ASS are understood; comments and drawings are no cues."""
    cues = of(
        tmp_path,
        "a.ass",
        "[Script Info]\nScriptType: v4.00+\n\n[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,no\n"
        "Dialogue: 0,0:00:01.00,0:00:02.50,Default,Ana,0,0,0,,{\\i1}Hi,{\\i0}\\Nall\n",
    )
    assert cues == (ParsedCue(1000, 2500, (("Ana", "Hi,\nall"),)),)


ASS = "[Script Info]\n\n[Events]\n"
LINE = "Dialogue: 0,{},0:00:02.50,Default,Ana,0,0,0,,Hi\n"


def test_load_of_ass_with_damaged_lines_counts_them(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A bad time, or a line that ends too soon, loses that line alone; one warning counts them."""
    path = tmp_path / "a.ass"
    path.write_text(ASS + LINE.format("0:00:01.00") + LINE.format("soon") + "Dialogue: 0\n" + LINE.format("0:00:02.00"))
    assert load(path).text == "Hi Hi"
    assert [record.getMessage() for record in caplog.records if "2 cues are left out" in record.getMessage()]
    assert len(caplog.records) == 1


def test_load_of_ass_without_readable_lines_is_refused(tmp_path: Path) -> None:
    """A file without any readable line is an error, as it may not be silent."""
    (tmp_path / "a.ass").write_text(ASS + LINE.format("soon"))
    with pytest.raises(MediaError, match=r"a\.ass is not readable as ASS .*soon.*; export it again"):
        load(tmp_path / "a.ass")


@pytest.mark.parametrize("lines", ["", "Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,no\n"])
def test_load_of_ass_without_dialogue_logs_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, lines: str
) -> None:
    """A file without dialogue may be of silence or a mistake, so it is read with a warning."""
    (tmp_path / "a.ass").write_text(ASS + lines)
    assert load(tmp_path / "a.ass").words == ()
    assert "a.ass has no dialogue" in caplog.text


@pytest.mark.parametrize(("name", "content"), [("a.srt", "just text"), ("a.txt", "a --> b"), ("a.ass", "nothing")])
def test_load_cues_of_something_else_is_refused(tmp_path: Path, name: str, content: str) -> None:
    """A file that holds no subtitles is named in one sentence."""
    with pytest.raises(MediaError, match=name):
        of(tmp_path, name, content)


def test_load_cues_of_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A missing path is named."""
    with pytest.raises(MediaError, match=r"missing\.srt"):
        load_cues(tmp_path / "missing.srt")


def test_load_cues_of_empty_files_is_empty(tmp_path: Path) -> None:
    """Recordings without speech give valid files."""
    assert of(tmp_path, "a.srt", "") == of(tmp_path, "a.vtt", "WEBVTT\n") == ()


SAME = "1\n00:00:01,000 --> 00:00:02,000\n{}\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<i>Hi</i> there", "Hi there"),
        ("<I>Hi</I> <FONT color=red>you</FONT>", "Hi you"),
        ("{\\an8}Hi", "Hi"),
        ("<i>Hi", "Hi"),
        ("Hi</i>", "Hi"),
        ("one\n<b>two", "one\ntwo"),
        ("a <b>word", "a word"),
        ("one\\Ntwo", "one\ntwo"),
        ("a <word> b", "a <word> b"),
        ("a < b > c", "a < b > c"),
        ("a {b} c", "a {b} c"),
        ("Hi\n\nthere", "Hi\nthere"),
    ],
)
def test_load_of_srt_tags_are_no_text(tmp_path: Path, text: str, shown: str) -> None:
    """Style tags that are closed or at the edge of a line, and positions, are removed, for `check` and `load`."""
    path = tmp_path / "a.srt"
    path.write_text(SAME.format(text), encoding="utf-8")
    assert [cue.lines for cue in load_cues(path)] == [tuple(shown.split("\n"))]
    assert load(path).text == " ".join(shown.split())


def test_load_and_load_cues_agree(tmp_path: Path) -> None:
    """Unnumbered cues, cues without fractions or blank lines, numbers that are text, and damaged times."""
    path = tmp_path / "a.srt"
    path.write_text(
        "00:00:01,000 --> 00:00:02,000\nIn\n1999\n\n00:00:03 --> 00:00:04\nor\n3\n00:00:05.0 -> 00:00:06.0\n2000\n\n"
        "4\n-00:00:07,000 --> 00:00:08,000\nfirst\n\n5\n\n00:00:09,000 --> 00:00:10,000\ny\n"
    )
    expected = [(1000, "In\n1999"), (3000, "or"), (5000, "2000"), (0, "first"), (9000, "y")]
    assert [(cue.start_ms, "\n".join(cue.lines)) for cue in load_cues(path)] == expected
    assert load(path).text == "first In 1999 or 2000 y"


def test_load_of_a_code_page_logs_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Windows-1252 and UTF-16 are read; only a guessed encoding is logged as a warning."""
    path = tmp_path / "a.srt"
    path.write_bytes(SAME.format("olé").encode("utf-16"))
    assert load(path).text == "olé"
    assert caplog.text == ""
    path.write_bytes(SAME.format("olé").encode("cp1252"))
    assert load(path).text == "olé"
    assert "is not UTF-8" in caplog.text


def test_load_of_ass_has_names_and_words(tmp_path: Path) -> None:
    """`load` reads what `check` reads."""
    transcript = Transcript((Word("Hi", 1.0, 2.0, "A"), Word("you.", 2.0, 3.0, "A")), speakers=(Speaker("A", "Ana"),))
    found = load(transcript.save(tmp_path / "a.ass"))
    assert said(found) == [("Ana", "Hi"), ("Ana", "you.")]
    assert found.speakers == (Speaker("Ana", "Ana"),)
