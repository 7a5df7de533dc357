"""Captions that repeat words, in the forms of the programs that write them: openai-whisper 20250625 and WhisperX 3.8.6
(`--highlight_words True`), stable-ts 2.19.1, YouTube's automatic captions and yt-dlp's SubRip of these.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.formats import ass, srt, vtt
from speakerplug.formats.rolling import each_word_once
from speakerplug.formats.subtitles import transcript_from_cues
from speakerplug.plugin.formats import FileContent
from speakerplug.subtitles import CueRules
from speakerplug.subtitles.parsed import ParsedCue
from speakerplug.transcript import Transcript, Word, text_of
from tests.strategies import transcripts


def read(text: str, suffix: str) -> Transcript:
    """Return the transcript in a file of this suffix."""
    file = FileContent(Path(f"talk{suffix}"), text.encode())
    if suffix == ".srt":
        return srt.read(file)
    return transcript_from_cues((ass if suffix == ".ass" else vtt).read_cues(file), file.path)


def timed(transcript: Transcript) -> list[tuple[str, float | None, float | None]]:
    """Return text, start and end of every word."""
    return [(word.text, word.start, word.end) for word in transcript.words]


HIGHLIGHTED = (
    ("00:00:00,000", "00:00:00,500", "{}<u>Hello</u> my world"),
    ("00:00:00,500", "00:00:00,800", "{}Hello my world"),
    ("00:00:00,800", "00:00:01,200", "{}Hello <u>my</u> world"),
    ("00:00:01,200", "00:00:02,000", "{}Hello my <u>world</u>"),
    ("00:00:03,000", "00:00:03,400", "{}<u>Hello</u> my world"),
    ("00:00:03,400", "00:00:03,700", "{}Hello <u>my</u> world"),
    ("00:00:03,700", "00:00:04,000", "{}Hello my <u>world</u>"),
    ("00:00:05,000", "00:00:05,500", "{}<u>Bye</u>"),
)
WORDS = [("Hello", 0.0, 0.5), ("my", 0.8, 1.2), ("world", 1.2, 2.0)]
AGAIN = [("Hello", 3.0, 3.4), ("my", 3.4, 3.7), ("world", 3.7, 4.0), ("Bye", 5.0, 5.5)]


def blocks(label: str = "") -> str:
    """Return cues of which each highlights one word of a segment."""
    cues = [f"{begin} --> {end}\n{text.format(label)}" for begin, end, text in HIGHLIGHTED]
    return "".join(f"{number}\n{cue}\n\n" for number, cue in enumerate(cues, 1))


def test_highlighted_words_are_read_once_with_their_times() -> None:
    """As openai-whisper writes SRT and VTT, also where the same sentence is said twice."""
    assert timed(read(blocks(), ".srt")) == WORDS + AGAIN
    assert timed(read("WEBVTT\n\n" + blocks().replace(",", "."), ".vtt")) == WORDS + AGAIN


def test_highlighted_words_in_a_color_are_read_once() -> None:
    """As stable-ts writes SRT."""
    text = blocks().replace("<u>", '<font color="#00ff00">').replace("</u>", "</font>")
    assert timed(read(text, ".srt")) == WORDS + AGAIN


def test_highlighted_words_of_whisperx_have_their_speaker() -> None:
    """The label, which each cue repeats, is no word."""
    found = read(blocks("[SPEAKER_01]: "), ".srt")
    assert timed(found) == WORDS + AGAIN
    assert {word.speaker for word in found.words} == {"SPEAKER_01"}


def test_highlighted_words_of_ass_are_read_once() -> None:
    """As stable-ts writes ASS with a tag for the word."""
    lines = [
        "Dialogue: 0,0:00:{},0:00:{},Default,,0,0,0,,{}".format(
            begin[6:11].replace(",", "."),
            end[6:11].replace(",", "."),
            text.format("").replace("<u>", "{\\1c00ff00&}").replace("</u>", "{\\r}"),
        )
        for begin, end, text in HIGHLIGHTED
    ]
    assert timed(read("\n".join(["[Script Info]", "", "[Events]", *lines]), ".ass")) == WORDS + AGAIN


YOUTUBE = """WEBVTT
Kind: captions
Language: en

00:00:00.160 --> 00:00:02.389 align:start position:0%
 
hello<00:00:00.560><c> everyone</c><00:00:01.040><c> welcome</c>

00:00:02.389 --> 00:00:02.399 align:start position:0%
hello everyone welcome
 

00:00:02.399 --> 00:00:04.390 align:start position:0%
hello everyone welcome
to<00:00:02.800><c> my</c><00:00:03.120><c> channel</c>

00:00:04.390 --> 00:00:04.400 align:start position:0%
to my channel
 
"""  # noqa: W293 - as the service has it
ROLLED = [
    ("hello", 0.16, 0.56),
    ("everyone", 0.56, 1.04),
    ("welcome", 1.04, 2.389),
    ("to", 2.399, 2.8),
    ("my", 2.8, 3.12),
    ("channel", 3.12, 4.39),
]


def test_rolling_captions_have_each_word_once_with_its_time() -> None:
    """Lines that roll on, and cues that only hold them for a moment, add no words."""
    found = read(YOUTUBE, ".vtt")
    assert timed(found) == ROLLED
    assert not any(word.estimated for word in found.words)


def test_rolling_captions_without_word_times_have_each_word_once() -> None:
    """As yt-dlp converts them to SubRip: the words of a new line share the time of its cue."""
    text = "\n\n".join(
        f"{number}\n00:00:0{begin} --> 00:00:0{end}\n{lines}"
        for number, (begin, end, lines) in enumerate(
            (
                ("0,160", "2,389", " \nhello everyone welcome"),
                ("2,389", "2,399", "hello everyone welcome\n "),
                ("2,399", "4,390", "hello everyone welcome\nto my channel"),
                ("4,390", "4,400", "to my channel\n "),
                ("4,400", "6,000", "to my channel\nto my channel"),
            ),
            1,
        )
    )
    words = read(text, ".srt").words
    assert text_of(words) == "hello everyone welcome to my channel to my channel"
    assert [word.start for word in words][::3] == [0.16, 2.399, 4.4]


def cues(*texts: str) -> list[ParsedCue]:
    """Return cues of two seconds, one after the other."""
    return [ParsedCue(2000 * at, 2000 * at + 2000, ((None, text),)) for at, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("A", "A B", "A B C", "A B C D"), ["A", "B", "C", "D"]),
        (("A\nB", "B\nC", "C\nD"), ["A\nB", "C", "D"]),
        (("A\nB\nC", "B\nC\nD", "C\nD\nE"), ["A\nB\nC", "D", "E"]),
        (("A", "A\nB", "B\nC", "B\nC D", "C D\nE"), ["A", "B", "C", "D", "E"]),
        (("No.", "No.", "No."), ["No.", "No.", "No."]),
        (("La la\nla", "La la\nla", "Yeah", "La la\nla"), ["La la\nla", "La la\nla", "Yeah", "La la\nla"]),
        (("No.", "No.\nNever.", "Well.", "Ok."), ["No.", "No.\nNever.", "Well.", "Ok."]),
        (("A", "AB", "ABC"), ["A", "AB", "ABC"]),
    ],
)
def test_each_word_once_of_repeating_cues_is_what_is_new(texts: tuple[str, ...], expected: list[str]) -> None:
    """Lines that roll up and text that grows are one thing; sentences and choruses that are said again another."""
    assert [cue.text.strip() for cue in each_word_once(cues(*texts))] == expected


def test_each_word_once_of_cues_that_all_overlap_ends_them_at_the_next() -> None:
    """As in YouTube's SubRip, where a line stays while the next is said; people who talk at once overlap."""
    before = [ParsedCue(1000 * at, 1000 * at + 1900, ((None, f"line {at}"),)) for at in range(5)]
    assert [cue.end_ms for cue in each_word_once(before)] == [1000, 2000, 3000, 4000, 5900]
    voiced = [ParsedCue(cue.start_ms, cue.end_ms, (("A", cue.text),)) for cue in before]
    assert each_word_once(voiced) == voiced
    assert each_word_once(before[:3]) == before[:3]


@given(st.lists(st.sampled_from(("A", "A B", "A\nB", "B\nC", "<", "", " ", "A\nB C"))))
def test_each_word_once_of_any_cues_keeps_the_order(texts: list[str]) -> None:
    """Nothing is added, and what is left is part of its cue."""
    before = cues(*texts)
    after = each_word_once(before)
    assert [cue.start_ms for cue in after] == sorted(cue.start_ms for cue in after)
    shown = {cue.start_ms: cue.text for cue in before}
    assert all(cue.text in shown[cue.start_ms] for cue in after)


@pytest.mark.parametrize("suffix", [".vtt", ".ass"])
def test_own_word_times_are_read_back(suffix: str) -> None:
    """What `--words` writes is read: the start of each word, to the precision of the format."""
    words = (Word("Yes,", 0.5, 0.8, "A"), Word("a", 0.9, 1.5, "A"), Word("then", 1.6, 2.5, "A"))
    written = (ass if suffix == ".ass" else vtt).write(Transcript(words), CueRules(words=True))
    found = read(written, suffix).words
    assert [(word.text, word.start, word.estimated) for word in found] == [
        ("Yes,", 0.5, False),
        ("a", 0.9, False),
        ("then", 1.6, False),
    ]


@given(transcripts().filter(lambda given: not any("{\\an8}" in word.text for word in given.words)))
def test_word_times_change_no_text(transcript: Transcript) -> None:
    """With and without times, the same words are read from the same cues, and no time decreases within a cue."""
    plain = read(vtt.write(transcript), ".vtt")
    found = read(vtt.write(transcript, CueRules(words=True)), ".vtt")
    assert [word.text for word in found.words] == [word.text for word in plain.words]
    assert all((word.start or 0) <= (word.end or 0) for word in found.words)
