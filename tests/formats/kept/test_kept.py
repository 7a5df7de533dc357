"""Cues that are kept: number, times, order, text and markup stay, and each spoken cue has a speaker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.formats import ass, srt, ttml, vtt
from speakerplug.formats.kept import KeptCues, read_file
from speakerplug.formats.subtitles import transcript_from_cues
from speakerplug.plugin.formats import FileContent, FormatRegistration
from speakerplug.subtitles import PROFILES, CueRules
from speakerplug.subtitles.parsed import ParsedCue
from speakerplug.subtitles.sounds import is_spoken
from speakerplug.transcript import Speaker, Transcript, Word

FORMATS = {each.name: each for each in (srt.FORMAT, vtt.FORMAT, ass.FORMAT, ttml.FORMAT)}
SRT = r"""1
00:00:00,000 --> 00:00:02,000
<i>Good morning, everybody.</i>

2
00:00:02,100 --> 00:00:04,000
{\an8}How are you? Fine, thank you.

3
00:00:04,000 --> 00:00:06,000
[MUSIC]

4
00:00:06,000 --> 00:00:08,000
- Really?
- <i>Yes &amp; no.</i>

7
00:00:08,000 --> 00:00:10,000
<font color="yellow">One line here
and the other</font> there a < b.

8
00:00:10,000 --> 00:00:11,000
[DOOR OPENS]
Hello.
"""
VTT = """WEBVTT - a talk
Kind: captions

STYLE
::cue { color: red }

NOTE made by hand

intro
00:00:00.000 --> 00:00:02.000 line:0 align:start
<v.loud Zoe><i>Good morning, everybody.</i></v>

NOTE in between
two lines

00:00:02.100 --> 00:00:04.000
<c.yellow>How are you? <b>Fine, thank</b> you.</c>

NOTE last
"""
ASS = r"""[Script Info]
; a comment

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,note
Dialogue: 0,0:00:00.00,0:00:02.00,Default,Zoe,0,0,0,,{\i1}Good morning,{\i0} everybody.
Dialogue: 0,0:00:02.10,0:00:04.00,Top,,0,0,0,,{\an8}How are you?\NFine, {\b1}thank you.
Dialogue: 0,0:00:04.00,0:00:06.00,Default,,0,0,0,,{\p1}m 0 0 l 1 1{\p0}
"""
CHANGES_S = (0.0, 2.9, 6.0, 7.0, 8.0, 8.8, 10.0)
"""When Ana and Ben begin to speak, by turns; in the cue at 2.1 s after its first sentence."""


def speaker_at(second: float) -> str:
    """Return who speaks: Ana or Ben by turns."""
    return "Ben" if sum(change <= second for change in CHANGES_S) % 2 == 0 else "Ana"


def by_times(word: Word) -> Word:
    """Return a word with who speaks in its middle."""
    return replace(word, speaker=speaker_at(((word.start or 0.0) + (word.end or 0.0)) / 2))


def by_letters(word: Word) -> Word:
    """Return a word with a speaker that depends on its text alone."""
    return replace(word, speaker="Ana" if len(word.text.strip("-")) % 2 else "Ben")


def kept(
    text: str,
    name: str,
    rules: CueRules = PROFILES["netflix"],
    to: str | None = None,
    spoken: Callable[[Word], Word] = by_times,
) -> str:
    """Return a file of the format `name` with its speakers, in the format `to`."""
    file = FileContent(Path(f"talk.{name}"), text.encode())
    form = FORMATS[name]
    words = read_words(file, form)
    transcript = Transcript(tuple(map(spoken, words)), speakers=(Speaker("Ana", "Ana"), Speaker("Ben", "Ben")))
    found = read_file(file, form)
    assert found is not None
    cues = KeptCues.of(found, transcript)
    writer = cues.format(FORMATS[to or name])
    return str(replace(writer, plugin="x").write(transcript, rules)) if writer.write is not None else ""


def read_words(file: FileContent, form: FormatRegistration) -> tuple[Word, ...]:
    """Return the words of a file as it is loaded."""
    if form.read is not None:
        return form.read(file).words
    assert form.read_cues is not None
    return transcript_from_cues(form.read_cues(file), file.path).words


def test_srt_keeps_all_but_labels() -> None:
    """Numbers, times and markup stay; a name is where the speaker changes, a line each where lines divide a cue."""
    expected = (
        SRT.replace("<i>Good", "Ana: <i>Good")
        .replace("}How", "}Ben: How")
        .replace("- Really", "- Ana: Really")
        .replace("- <i>Yes", "- Ben: <i>Yes")
        .replace("<font", "Ana: <font")
        .replace("and the", "Ben: and the")
        .replace("Hello", "Ana: Hello")
    )
    assert kept(SRT, "srt") == expected


def test_srt_without_labels_is_the_file_itself() -> None:
    """With labels=never, nothing is added."""
    assert kept(SRT, "srt", CueRules(labels="never")) == SRT


def test_vtt_keeps_all_but_voices() -> None:
    """Header, notes, styles, identifiers and settings stay; markup that two speakers share is closed and reopened."""
    expected = (
        VTT.replace("<v.loud Zoe>", "<v.loud Ana>")
        .replace("<c.yellow>How are you? ", "<v Ana><c.yellow>How are you?</c></v> ")
        .replace("<b>Fine, thank</b> you.</c>", "<v Ben><c.yellow><b>Fine, thank</b> you.</c></v>")
    )
    assert kept(VTT, "vtt") == expected


def test_ass_keeps_all_but_names() -> None:
    """Styles, comments, drawings and commands stay; the name field has the speakers."""
    assert kept(ASS, "ass") == ASS.replace("Default,Zoe", "Default,Ana").replace("Top,,", "Top,Ana / Ben,")


def test_srt_as_vtt_translates_markup() -> None:
    """Italics, colors and places become those of WebVTT; sounds have no voice."""
    blocks = kept(SRT, "srt", to="vtt").split("\n\n")
    assert blocks[0] == "WEBVTT"
    assert blocks[1].endswith("<v Ana><i>Good morning, everybody.</i></v>")
    assert blocks[2].splitlines()[1:] == [
        "00:00:02.100 --> 00:00:04.000 line:0",
        "<v Ana>How are you?</v> <v Ben>Fine, thank you.</v>",
    ]
    assert blocks[3].endswith("\n[MUSIC]")
    assert blocks[4].endswith("<v Ana>- Really?</v>\n<v Ben>- <i>Yes &amp; no.</i></v>")
    assert blocks[5].endswith(
        "<v Ana><c.yellow>One line here</c></v>\n<v Ben><c.yellow>and the other</c> there a &lt; b.</v>"
    )
    assert blocks[6].endswith("[DOOR OPENS]\n<v Ana>Hello.</v>\n")


@pytest.mark.parametrize(
    ("name", "text", "to", "expected"),
    [
        ("vtt", VTT, "srt", r"{\an7}Ana: <i>Good morning, everybody.</i>"),
        ("vtt", VTT, "srt", '<font color="yellow">How are you? <b>Fine, thank</b> you.</font>'),
        ("ass", ASS, "srt", "Ana: <i>Good morning,</i> everybody."),
        ("ass", ASS, "srt", "{\\an8}Ana: How are you?\nBen: Fine, <b>thank you.</b>"),
        ("ass", ASS, "vtt", "line:0\n<v Ana>How are you?</v>\n<v Ben>Fine, <b>thank you.</b></v>"),
        ("srt", SRT, "ass", r"Ana,0,0,0,,{\i1}Good morning, everybody.{\i0}"),
        ("srt", SRT, "ass", r"{\c&H00FFFF&}One line here\Nand the other{\c} there a < b."),
        ("srt", "1\n00:00:00,500 --> 00:00:01,000\n\n", "ass", "0:00:00.50,0:00:01.00,Default,,0,0,0,,\n"),
        ("srt", SRT, "ttml", '<p begin="00:00:04.000" end="00:00:06.000">[MUSIC]</p>'),
    ],
)
def test_kept_cues_in_another_format_have_its_markup(name: str, text: str, to: str, expected: str) -> None:
    """What both formats have is translated, what is never closed ends with its cue."""
    assert expected in kept(text, name, to=to)


def test_labels_of_a_file_are_replaced() -> None:
    """As everywhere in `attribute`, speakers of the file are dropped; so is markup that held nothing but a label."""
    text = "1\n00:00:00,000 --> 00:00:01,000\n<b>ZOE:</b> Hi.\n\n2\n00:00:01,000 --> 00:00:02,000\n- ZOE: Yes.\n"
    assert kept(text, "srt") == text.replace("<b>ZOE:</b> Hi", "Ana: Hi").replace("ZOE: Y", "Y")


def test_track_shows_one_cue_at_a_time() -> None:
    """A track has the cues by start, each until the next one begins, without markup."""
    text = SRT.replace("00:00:02,000\n<i>", "00:00:03,000\n<i>")
    file = FileContent(Path("talk.srt"), text.encode())
    found = read_file(file, srt.FORMAT)
    assert found is not None
    words = tuple(map(by_times, read_words(file, srt.FORMAT)))
    cues = KeptCues.of(found, Transcript(words)).track(Transcript(words), None)
    assert [(cue.start, cue.end, cue.lines) for cue in cues[:2]] == [
        (0.0, 2.1, ("Ana: Good morning, everybody.",)),
        (2.1, 4.0, ("Ben: How are you? Fine, thank you.",)),
    ]


PIECES = st.sampled_from(
    (
        "Hi",
        "there.",
        "Yes,",
        "no",
        "\n",
        "\n- so",
        "[MUSIC]",
        "♪ la ♪",
        "<i>So",
        "to</i>",
        "<b>it</b>",
        "&amp;",
        "a<b",
        "日本",
        "…",
    )
)


@st.composite
def files(draw: st.DrawFn, name: str) -> str:
    """Return a file of SRT or VTT with any cues after two plain ones, as a single label in a file names nobody."""
    blocks, start = [], 0
    for number in range(draw(st.integers(2, 6))):
        start += draw(st.integers(0, 4000))
        end = start + draw(st.integers(1, 5000))
        lines = " ".join(draw(st.lists(PIECES, min_size=1, max_size=10))).split("\n")
        body = "Oh." if number < 2 else "\n".join(" ".join(line.split()) for line in lines if line.strip()) or "Oh."
        times = " --> ".join(
            f"00:00:{ms // 1000:02}{',' if name == 'srt' else '.'}{ms % 1000:03}" for ms in (start, end)
        )
        blocks.append(f"{number + 1}\n{times}\n{body}\n")
    return "\n".join(blocks if name == "srt" else ["WEBVTT\n", *blocks])


def cues_in(text: str, name: str) -> list[ParsedCue]:
    """Return the cues that are read from a file, without the labels in their text."""
    found = read_file(FileContent(Path(f"talk.{name}"), text.encode()), FORMATS[name])
    assert found is not None
    assert ["".join(unit.shows for unit in cue.units) for cue in found.cues] == [cue.parsed.text for cue in found.cues]
    return [cue.parsed for cue in found.cues]


@pytest.mark.parametrize(("name", "to"), [("srt", "srt"), ("vtt", "vtt"), ("srt", "vtt"), ("vtt", "srt")])
@given(data=st.data())
def test_kept_cues_of_any_file_stay(name: str, to: str, data: st.DataObject) -> None:
    """Number, times, order and text of cues never change; every spoken cue has a speaker; once more changes nothing."""
    text = data.draw(files(name))
    rules = CueRules(labels="always" if to == "srt" else "never")
    made = kept(text, name, rules, to, by_letters)
    before, after = cues_in(text, name), cues_in(made, to)
    assert [(cue.start_ms, cue.end_ms) for cue in after] == [(cue.start_ms, cue.end_ms) for cue in before]
    assert [cue.text.split() for cue in after] == [cue.text.split() for cue in before]
    read_cues = FORMATS[to].read_cues
    assert read_cues is not None
    for cue, old in zip(read_cues(FileContent(Path(f"talk.{to}"), made.encode())), before, strict=True):
        is_named = any(speaker for speaker, _ in cue.parts) or "Ana: " in cue.text or "Ben: " in cue.text
        assert is_named == is_spoken(old.text)
    assert kept(made, to, rules, spoken=by_letters) == made
