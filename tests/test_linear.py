"""Files that are made to take forever: readers and writers look at each character a few times, however long they are.

Quadratic code took ten seconds and more for these; linear code takes a fraction of a second.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from speakerplug.attribution.attribute import attribute
from speakerplug.attribution.recluster import recluster
from speakerplug.errors import MediaError, SpeakerPlugError
from speakerplug.formats.load import load, load_cues
from speakerplug.subtitles import cues_from
from speakerplug.transcript import Diarization, Speaker, SpeakerTree, Transcript, Turn, Word

pytestmark = pytest.mark.slow

LONG = 60_000
SECONDS = 2.5
"""CPU time, so that a busy machine does not matter much."""

VTT = "WEBVTT\n\n00:01.000 --> 00:03.000\n"
SRT = "1\n00:00:01,000 --> 00:00:02,000\n"
ASS = "[Script Info]\n\n[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,"
GRID = '"ooTextFile" "TextGrid" '
TTML = "<tt xmlns='http://www.w3.org/ns/ttml'><body><div><p begin='1s' end='2s'>"
EAF = "<ANNOTATION_DOCUMENT><TIME_ORDER>{}</TIME_ORDER>".format(
    "".join(f"<TIME_SLOT TIME_SLOT_ID='ts{n}' TIME_VALUE='{n}'/>" for n in range(4001))
)
TIER = (
    "<TIER PARTICIPANT='A' TIER_ID='t{}'><ANNOTATION><ALIGNABLE_ANNOTATION TIME_SLOT_REF1='ts{}' TIME_SLOT_REF2='ts{}'>"
    "<ANNOTATION_VALUE>a</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>"
)


def seconds_of(work: Callable[[], object]) -> float:
    began, refusal = time.process_time(), ""
    try:
        work()
    except SpeakerPlugError as error:
        refusal = str(error)
    assert len(refusal) < 500, "a clear refusal is short"
    return time.process_time() - began


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".vtt", VTT + "<v" + " " * LONG),
        (".vtt", VTT + "<" * 2 * LONG),
        (".vtt", VTT + "<v " * LONG),
        (".vtt", VTT + "<v.x" * LONG + ">"),
        (".vtt", VTT + "<v a " * LONG + ">"),
        (".vtt", VTT + "<00:01>" * (LONG // 4) + "Hi"),
        (".srt", SRT + "Ana: Hi\n" * (LONG // 4)),
        (".srt", (SRT + "a\n" * (LONG // 4) + "\n") * 2),
        (".srt", "1\n00:00:01,000 --> 00:00:01,000\na\n\n" * (LONG // 40)),
        (".srt", SRT + "<b>" * LONG),
        (".srt", SRT + "<b " * LONG),
        (".srt", SRT + "{\\" * LONG),
        (".srt", " " * LONG + SRT + "Ana: " * LONG),
        (".srt", "1\n" + "9" * LONG + ":00:01,000 --> 00:00:02,000\nHi"),
        (".json", "[" * LONG),
        (".json", '{"segments":' * LONG),
        (".json", '{"segments": [{"start": ' + "9" * LONG + ', "end": 1, "text": "Hi"}]}'),
        (".ctm", "talk 1 " + "9" * LONG + " 1 Hi\n"),
        (".TextGrid", GRID + '"' + '""' * LONG),
        (".TextGrid", GRID + "1." * LONG),
        (".TextGrid", GRID + "0 1 <exists> " + "9" * 300),
        (".ttml", TTML + "<span>a</span><br/>" * (LONG // 8)),
        (".ttml", TTML + "<span begin='1s'>a</span> " * (LONG // 6) + "</p></div></body></tt>"),
        (".ttml", "<tt>" * LONG),
        (".eaf", EAF + "".join(TIER.format(n, n, n + 1) for n in range(3000)) + "</ANNOTATION_DOCUMENT>"),
        (".scc", "Scenarist_SCC V1.0\n\n00:00:01:00\t9429 9429 9470 9470 " + "c1c1 " * (LONG // 8)),
        (".scc", "Scenarist_SCC V1.0\n\n" + ("00:00:01:00" + " " * 10) * (LONG // 10)),
    ],
)
def test_load_of_a_hostile_file_is_fast(tmp_path: Path, suffix: str, text: str) -> None:
    """It is read, or rejected in a short sentence, in a time linear in its length."""
    path = tmp_path / f"talk{suffix}"
    path.write_text(text, encoding="utf-8")
    assert seconds_of(lambda: load(path)) < SECONDS


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".vtt", VTT + "<v" + " " * LONG),
        (".vtt", VTT + "<" * 2 * LONG),
        (".vtt", VTT + "<v.x" * LONG + ">"),
        (".srt", SRT + "<b " * LONG),
        (".srt", SRT + "{\\" * LONG),
        (".srt", "1\n" + "9" * LONG + ":00:01,000 --> 00:00:02,000\nHi"),
        (".ass", ASS + "{" * 2 * LONG),
        (".ass", ASS + "{}" * LONG),
        (".ass", ASS + "{\\p" * LONG),
        (".ass", ASS + "Hi\n[" + "a" * LONG),
    ],
)
def test_check_of_a_hostile_file_is_fast(tmp_path: Path, suffix: str, text: str) -> None:
    """As for loading."""
    path = tmp_path / f"talk{suffix}"
    path.write_text(text, encoding="utf-8")
    assert seconds_of(lambda: load_cues(path)) < SECONDS


def test_cues_of_a_speaker_for_each_word_are_fast() -> None:
    """The time is linear in the words, not in words times speakers."""
    words = tuple(Word("word", float(n), n + 0.5, f"S{n}") for n in range(10_000))
    assert seconds_of(lambda: cues_from(Transcript(words))) < SECONDS


def test_relabel_of_many_turns_is_fast() -> None:
    """Turns find those of their speaker within them, and groups their speaker, without a search through all of them."""
    count = 10_000
    turns = tuple(Turn(float(n), n + 1.0, "AB"[n % 2]) for n in range(count))
    joins = (*((n % 2, n) for n in range(2, count)), (0, 1))
    tree = SpeakerTree(tuple(range(count)), joins)
    transcript = Transcript((), turns, turns, (Speaker("A", "A"), Speaker("B", "B")), speaker_tree=tree)
    assert seconds_of(lambda: recluster(transcript, 3)) < SECONDS


def test_turns_that_all_overlap_are_fast() -> None:
    """Overlapping turns of one speaker are one interval; a thousand concurrent speakers are rejected."""
    words = tuple(Word("word", float(n), n + 0.5) for n in range(5000))
    same = Diarization(tuple(Turn(float(n), 9000.0, "A") for n in range(5000)))
    crowd = Diarization(tuple(Turn(0.0, 9000.0 + n, f"S{n}") for n in range(10_000)))
    assert seconds_of(lambda: attribute(words, same)) < SECONDS
    assert seconds_of(lambda: attribute(words, crowd)) < SECONDS


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".vtt", VTT + "<v " + "S" * LONG + ">Hi"),
        (".json", json.dumps({"segments": [{"start": 0, "end": 1, "text": "Hi", "speaker": "S" * LONG}]})),
    ],
)
def test_load_of_an_endless_name_is_rejected(tmp_path: Path, suffix: str, text: str) -> None:
    """A name goes into every cue: one of a megabyte would make a gigabyte of a short file."""
    path = tmp_path / f"talk{suffix}"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MediaError, match=f"name of {LONG} characters"):
        load(path)
