# ruff: noqa: RUF001 - the wide forms of signs stand here on purpose.
from __future__ import annotations

import logging
import re
from itertools import pairwise
from pathlib import Path

import pysubs2
import pytest
from hypothesis import given, settings

from speakerplug.formats import ass
from speakerplug.formats.subtitles import transcript_from_cues
from speakerplug.plugin.formats import FileContent
from speakerplug.subtitles import PROFILES, CueRules, cues_from
from speakerplug.transcript import Speaker, Transcript, Word, plain
from tests.strategies import HOSTILE_NAMES, HOSTILE_TEXTS, transcripts


def read_back(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> pysubs2.SSAFile:
    return pysubs2.SSAFile.from_string(ass.write(transcript, rules), format_="ass")


def widened(text: str) -> str:
    """Return the text as it is written: what would begin a command is full-width."""
    return text.replace("{", "｛").replace("}", "｝").replace("\\", "＼")


@given(transcripts())
def test_write_ass_is_read_back_by_pysubs2(transcript: Transcript) -> None:
    """pysubs2 reads the same cues, texts and speakers, with times in hundredths; no speaker's style is missing."""
    cues = cues_from(transcript, CueRules().for_ass)
    file = read_back(transcript)
    assert [event.plaintext for event in file] == [widened("\n".join(cue.lines)) for cue in cues]
    assert [event.name for event in file] == [
        (plain(transcript.name_of(cue.speaker) or "") or cue.speaker or "").replace(",", ";") for cue in cues
    ]
    assert [event.start for event in file] == [round(cue.start * 1000) // 10 * 10 for cue in cues]
    assert [event.end for event in file] == [round(cue.end * 1000) // 10 * 10 for cue in cues]
    assert all(event.style in file.styles for event in file)


@pytest.mark.parametrize("profile", PROFILES)
@settings(max_examples=5)
@given(transcript=transcripts())
def test_write_ass_hundredths_keep_the_rules(profile: str, transcript: Transcript) -> None:
    """No cue becomes too short, too long or too close to the next by truncation to hundredths."""
    rules = PROFILES[profile]
    events = read_back(transcript, rules).events
    exact = cues_from(transcript, rules.for_ass)
    for event, cue in zip(events, exact, strict=True):
        assert 0 < event.duration <= rules.longest_ms
        assert event.duration >= rules.shortest_ms or (cue.end - cue.start) * 1000 < rules.shortest_ms + 10
    gaps = (after.start - before.end for before, after in pairwise(events))
    assert all(gap >= rules.gap_ms for gap in gaps)


@pytest.mark.parametrize("dual", ["off", "hyphen"])
@pytest.mark.parametrize("labels", ["never", "always"])
@given(transcript=transcripts())
def test_write_ass_has_the_cues_of_the_rules(dual: str, labels: str, transcript: Transcript) -> None:
    """With times of words, names, hyphens and other lines the cues are those of the rules, and the text is the same.

    A word takes as long as it is until the next; all of a cue take as long as the cue.
    """
    rules = CueRules(columns=20, dual=dual, labels=labels, words=True)
    cues = cues_from(transcript, rules.for_ass)
    file = read_back(transcript, rules)
    assert [event.plaintext for event in file] == [widened(cue.label + "\n".join(cue.lines)) for cue in cues]
    for event, cue in zip(file, cues, strict=True):
        lengths = [int(length) for length in re.findall(r"\{\\k(\d+)\}", event.text)]
        assert sum(lengths) * 10 == event.duration
        assert len(lengths) <= len(cue.words)


def test_write_ass_words_have_karaoke_durations() -> None:
    """The first word begins with its cue; each of the others after the durations of those before it."""
    words = (Word("Yes,", 0.5, 0.8, "A"), Word("a", 0.9, 1.5, "A"), Word("then", 1.6, 2.5, "A"))
    (event,) = read_back(Transcript(words), CueRules(words=True))
    assert event.text == r"{\k40}Yes, {\k70}a {\k90}then"


def test_write_ass_dual_cue_has_both_styles() -> None:
    """With --dual hyphen both speakers are in the Name field, and the second line has the second one's style."""
    words = (Word("Really?", 0.0, 0.4, "A"), Word("Yes.", 0.4, 0.8, "B"))
    transcript = Transcript(words, speakers=(Speaker("A", "Ana"), Speaker("B", "Ben")))
    (event,) = read_back(transcript, CueRules(dual="hyphen"))
    assert (event.name, event.style, event.text) == ("Ana / Ben", "Speaker 1", r"-Really?\N{\rSpeaker 2}-Yes.")


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "Smith, John", "{\\pos(0,0)}"])
def test_write_ass_hostile_name_is_read_back(name: str) -> None:
    """A name comes back on one line, but for commas, which would end the field; the text is unchanged."""
    (event,) = read_back(Transcript((Word("Hello", 0.0, 1.0, "A"),), speakers=(Speaker("A", name),)))
    assert (event.name, event.text) == ((plain(name) or "A").replace(",", ";"), "Hello")


@pytest.mark.parametrize("text", [*HOSTILE_TEXTS, "a\\Nb", "a,b", "{\\p1}m 0 0{\\p0}"])
def test_write_ass_hostile_text_is_read_back(text: str) -> None:
    """Text is shown letter by letter, and contains no command."""
    (event,) = read_back(Transcript((Word(text, 0.0, 1.0),)))
    assert event.plaintext == widened(plain(text))


def test_write_ass_each_speaker_has_a_style() -> None:
    """Two speakers have two colors, even with the same name; unassigned words have the default style."""
    words = (Word("Hi", 0.0, 1.0, "A"), Word("Oh", 2.0, 3.0, "B"), Word("mhm", 4.0, 5.0))
    file = read_back(Transcript(words, speakers=(Speaker("A", "Ana"), Speaker("B", "Ana"))))
    assert [event.style for event in file] == ["Speaker 1", "Speaker 2", "Default"]
    assert file.styles["Speaker 1"].primarycolor != file.styles["Speaker 2"].primarycolor


def test_write_ass_after_ten_hours_logs_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """A cue after ten hours is left out, with a warning that names a format which can hold it."""
    words = (Word("soon", 1.0, 2.0), Word("late", 36_001.0, 36_002.0))
    with caplog.at_level(logging.WARNING):
        assert [event.text for event in read_back(Transcript(words))] == ["soon"]
    assert "1 cues are left out" in caplog.text


def test_write_ass_without_words_is_a_valid_file() -> None:
    """A transcript without words is a file without events."""
    assert len(read_back(Transcript())) == 0


def read(*dialogue: str, head: str = "[Script Info]\n\n[Events]\n") -> Transcript:
    """Return the transcript in lines of dialogue."""
    file = FileContent(Path("talk.ass"), (head + "\n".join(dialogue)).encode())
    return transcript_from_cues(ass.read_cues(file), file.path)


LINE = "Dialogue: 0,0:00:01.00,0:00:03.00,Default,{},0,0,0,,{}"


def test_read_ass_text_has_no_commands() -> None:
    """Overrides, line breaks and hard spaces are no text; braces without a command after them are none either."""
    found = read(LINE.format("Ana", "{\\an8\\fs20}Hi{\\i1} you,{\\i0}\\Nall\\hof{you}\\nhere"))
    assert (found.text, found.speakers) == ("Hi you, all of here", (Speaker("Ana", "Ana"),))


def test_read_ass_drawing_is_no_text() -> None:
    """A shape is not shown as letters; text in the same line is, and `pos` is no drawing."""
    shape = "{\\pos(1,2)\\p1}m 0 0 l 1 1{\\p0}"
    assert read(LINE.format("", shape)).words == ()
    assert read(LINE.format("", shape + "Hi {\\pos(3,4)}you")).text == "Hi you"


def test_read_ass_karaoke_syllables_are_one_word() -> None:
    """The durations of all kinds of karaoke give the start of each word, also of one with several syllables."""
    found = read(LINE.format("", "{\\k50}ka{\\kf30}ra {\\K20}o{\\ko40}ke {\\kt150}now"))
    assert [(word.text, word.start, word.end) for word in found.words] == [
        ("kara", 1.0, 1.8),
        ("oke", 1.8, 2.5),
        ("now", 2.5, 3.0),
    ]


def test_read_ass_dual_cue_has_both_speakers() -> None:
    """Our own cue of two speakers is read back as theirs."""
    words = (Word("Really?", 0.0, 0.4, "A"), Word("Yes.", 0.4, 0.8, "B"))
    transcript = Transcript(words, speakers=(Speaker("A", "Ana"), Speaker("B", "Ben")))
    written = ass.write(transcript, CueRules(dual="hyphen"))
    assert [(word.speaker, word.text) for word in read(written, head="").words] == [("Ana", "Really?"), ("Ben", "Yes.")]


@pytest.mark.parametrize(
    ("head", "line"),
    [
        (
            "[Script Info]\nScriptType: v4.00\n\n[Events]\nFormat: Marked, Start, End, Style, Name, MarginL, MarginR, "
            "MarginV, Effect, Text\n",
            "Dialogue: Marked=0,0:00:01.00,0:00:02.00,Default,Ana,0000,0000,0000,,Hi, you",
        ),
        ("[Events]\nFormat: Start, End, Name, Text\n", "Dialogue: 0:00:01.00,0:00:02.00,Ana,Hi, you"),
        ("[EVENTS]\n", "dialogue: 0, 0:00:1.00,0:00:2,Default,Ana,0,0,0,,Hi, you"),
        ("[Events]\n", "Dialogue: 0,0:00:01:00,0:00:02:00,Default,Ana,0,0,0,,Hi, you"),
    ],
    ids=["SSA", "fields", "case", "colons"],
)
def test_read_ass_of_other_forms_has_its_cue(head: str, line: str) -> None:
    """SSA, fields in another order, other letter case, times without zeros."""
    found = read(line, head=head)
    assert [(word.speaker, word.text) for word in found.words] == [("Ana", "Hi,"), ("Ana", "you")]
    assert (found.words[0].start, found.words[-1].end) == (1.0, 2.0)


def test_read_ass_highlighted_word_stands_out_alone() -> None:
    """A color that is reset is a highlight; a style for the whole line is not."""
    file = FileContent(Path("a.ass"), ("[Events]\n" + LINE.format("", "a {\\1c&H00FF00&}bc{\\r} d")).encode())
    (cue,) = ass.read_cues(file)
    assert (cue.text, cue.highlight) == ("a bc d", (2, 4))


def test_write_ass_of_the_social_profile_is_for_an_upright_picture() -> None:
    """Of 1080x1920, with larger letters, above what apps draw over the picture's lowest fifth."""
    talk = Transcript((Word("Hi", 0.0, 1.0, "A"),), speakers=(Speaker("A", "Ana"),))
    usual, social = read_back(talk), read_back(talk, PROFILES["social"])
    assert (usual.info["PlayResX"], usual.info["PlayResY"]) == ("1920", "1080")
    assert (social.info["PlayResX"], social.info["PlayResY"]) == ("1080", "1920")
    assert all(style.fontsize > usual.styles[name].fontsize for name, style in social.styles.items())
    assert all(style.marginv >= 1920 / 5 for style in social.styles.values())
