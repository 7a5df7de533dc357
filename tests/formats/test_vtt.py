from __future__ import annotations

import re

import pytest
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st

from speakerplug.formats import vtt
from speakerplug.subtitles import Cue, CueRules, cues_from
from speakerplug.subtitles.rules import DUAL, LABELS, OVERLAP
from speakerplug.transcript import Speaker, Transcript, Word, plain
from tests.strategies import HOSTILE_NAMES, HOSTILE_TEXTS, transcripts


def read_back(written: str) -> list[webvtt.Caption]:
    return webvtt.from_string(written, strict=True).captions


def unescape(text: str) -> str:
    """Return what a player shows for the three escapes that are written."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def milliseconds(caption: webvtt.Caption) -> tuple[int, int]:
    return caption.start_time.in_milliseconds(), caption.end_time.in_milliseconds()


def span(cue: Cue) -> tuple[int, int]:
    return round(cue.start * 1000), round(cue.end * 1000)


@given(transcripts())
def test_write_vtt_is_read_back_by_webvtt(transcript: Transcript) -> None:
    """webvtt-py reads the same number of cues, with the same times, text and voice, from the most hostile file."""
    cues = cues_from(transcript)
    captions = read_back(vtt.write(transcript))
    assert [milliseconds(caption) for caption in captions] == [span(cue) for cue in cues]
    assert [unescape(caption.text) for caption in captions] == ["\n".join(cue.lines) for cue in cues]
    assert [unescape(caption.voice or "").strip() for caption in captions] == [
        plain(transcript.name_of(cue.speaker) or "") or cue.speaker or "" for cue in cues
    ]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_write_vtt_hostile_name_is_read_back(name: str) -> None:
    """A name comes back as it is, on one line, with single spaces; a blank one becomes the speaker's id."""
    transcript = Transcript((Word("Hello", 0.0, 1.0, "A"),), speakers=(Speaker("A", name),))
    (caption,) = read_back(vtt.write(transcript))
    assert unescape(caption.voice or "").strip() == (" ".join(name.split()) or "A")
    assert caption.text == "Hello"


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_write_vtt_hostile_text_is_read_back(text: str) -> None:
    """Text comes back letter by letter, whatever it means to WebVTT, without the escapes of HTML."""
    written = vtt.write(Transcript((Word(text, 0.0, 1.0, "A"),)))
    (caption,) = read_back(written)
    assert unescape(caption.text) == plain(text)
    assert "&quot;" not in written
    assert "&nbsp;" not in written


def test_write_vtt_whole_file() -> None:
    """A block per cue, hours always written, LF, a voice span on every cue that has a speaker, and no STYLE block."""
    transcript = Transcript(
        (Word("Hi", 0.5, 1.5, "A"), Word("a<b", 3599.9996, 3601.0, "A"), Word("mhm", 3605.0, 3606.25, None)),
        speakers=(Speaker("A", "Ben & Jerry"),),
    )
    assert vtt.write(transcript) == (
        "WEBVTT\n"
        "\n"
        "00:00:00.500 --> 00:00:01.500\n"
        "<v Ben &amp; Jerry>Hi</v>\n"
        "\n"
        "01:00:00.000 --> 01:00:01.000\n"
        "<v Ben &amp; Jerry>a&lt;b</v>\n"
        "\n"
        "01:00:05.000 --> 01:00:06.250\n"
        "mhm\n"
    )


def test_write_vtt_voice_span_has_both_lines() -> None:
    """The voice span opens before the first line and closes after the second."""
    text = "this line has so many words that it does not fit"
    words = tuple(Word(word, i * 0.3, i * 0.3 + 0.3, "A") for i, word in enumerate(text.split()))
    (caption,) = read_back(vtt.write(Transcript(words)))
    assert len(caption.lines) == 2
    assert caption.lines[0].startswith("<v A>")
    assert caption.lines[1].endswith("</v>")


def test_write_vtt_without_words_is_a_valid_file() -> None:
    """A transcript without words, or with blank ones only, is an empty WebVTT file."""
    blank = Transcript((Word(" ", 0.0, 1.0, "A"),))
    assert vtt.write(Transcript()) == vtt.write(blank) == "WEBVTT\n"
    assert read_back("WEBVTT\n") == []


def test_write_vtt_five_days_have_all_hours() -> None:
    """A recording longer than 99 hours keeps its times."""
    late = Word("late", 123 * 3600.0, 123 * 3600.0 + 1, "A")
    assert "123:00:00.000 --> 123:00:01.000" in vtt.write(Transcript((late,)))


@settings(max_examples=40)
@given(transcripts(), st.sampled_from(DUAL), st.sampled_from(OVERLAP), st.booleans(), st.sampled_from(LABELS))
def test_write_vtt_markup_changes_no_text(
    transcript: Transcript, dual: str, overlap: str, colors: bool, labels: str
) -> None:
    """With times of words, colors, labels, hyphens and stacks the same cues and the same text are read back."""
    rules = CueRules(dual=dual, overlap=overlap, words=True, colors=colors, labels=labels)
    cues = cues_from(transcript, rules)
    captions = read_back(vtt.write(transcript, rules))
    assert [milliseconds(caption) for caption in captions] == [span(cue) for cue in cues]
    assert [unescape(re.sub("<[^>]*>", "", caption.raw_text)) for caption in captions] == [
        cue.label + "\n".join(cue.lines) for cue in cues
    ]


def test_write_vtt_words_have_times() -> None:
    """The time of a word is written before it where it begins after the cue."""
    words = (Word("Yes,", 0.5, 0.8, "A"), Word("a<b", 0.9, 1.5, "A"), Word("then", 1.6, 2.5, "A"))
    written = vtt.write(Transcript(words), CueRules(words=True))
    assert "<v A>Yes, <00:00:00.900>a&lt;b <00:00:01.600>then</v>\n" in written


def test_write_vtt_each_speaker_has_a_color() -> None:
    """Speakers have colors in the order in which they are shown; an unassigned one has none."""
    words = (Word("Hi.", 0.0, 1.0, "B"), Word("Ho.", 3.0, 4.0, "A"), Word("Hm.", 6.0, 7.0, None))
    written = vtt.write(Transcript(words), CueRules(colors=True))
    assert "<v B><c.white>Hi.</c></v>" in written
    assert "<v A><c.yellow>Ho.</c></v>" in written
    assert "\nHm.\n" in written


def test_write_vtt_dual_cue_has_a_voice_span_per_line() -> None:
    """A cue of two speakers has a voice span on each line."""
    words = (Word("Really?", 0.0, 0.4, "A"), Word("Yes.", 0.4, 0.8, "B"))
    written = vtt.write(Transcript(words), CueRules(dual="hyphen"))
    assert "\n<v A>-Really?</v>\n<v B>-Yes.</v>\n" in written
