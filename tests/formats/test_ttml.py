"""TTML: what we write is read back by ttconv and by us, and what others write is read, with its times and agents."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from ttconv.imsc import reader
from ttconv.model import Br, P, Text

import speakerplug
from speakerplug.errors import MediaError
from speakerplug.formats import ttml
from speakerplug.plugin.formats import FileContent
from speakerplug.subtitles import PROFILES, cues_from
from speakerplug.transcript import Speaker, Transcript, Word, plain
from tests.strategies import HOSTILE_NAMES, HOSTILE_TEXTS, transcripts

RULES = PROFILES["netflix"]
Shown = tuple[int, int, str]


def content(written: str) -> FileContent:
    return FileContent(Path("talk.ttml"), written.encode())


def by_ttconv(written: str) -> list[Shown]:
    """Return start, end (milliseconds) and text of each paragraph as ttconv has it, which reads IMSC only."""
    logging.getLogger("ttconv").setLevel(logging.CRITICAL)
    document = reader.to_model(ElementTree.ElementTree(ElementTree.fromstring(written)))
    body = document.get_body()
    found = []
    for each in body.dfs_iterator() if body is not None else ():
        if isinstance(each, P):
            text = "".join(
                "\n" if isinstance(part, Br) else part.get_text()
                for part in each.dfs_iterator()
                if isinstance(part, (Br, Text))
            )
            found.append((round((each.get_begin() or 0) * 1000), round(each.get_end() * 1000), text))
    return found


@given(transcripts())
def test_write_ttml_is_read_back_by_ttconv(transcript: Transcript) -> None:
    """Another library finds every cue, with its times and lines, in the most hostile file."""
    cues = cues_from(transcript)
    assert by_ttconv(ttml.write(transcript)) == [
        (round(cue.start * 1000), round(cue.end * 1000), "\n".join(cue.lines)) for cue in cues
    ]


@given(transcripts())
def test_write_ttml_is_read_back_with_words_and_speakers(transcript: Transcript) -> None:
    """Our own file comes back cue by cue: the times, the text, and who said it."""
    cues = cues_from(transcript)
    back = ttml.read_cues(content(ttml.write(transcript)))
    assert [(cue.start_ms, cue.end_ms, cue.lines) for cue in back] == [
        (round(cue.start * 1000), round(cue.end * 1000), cue.lines) for cue in cues
    ]
    names = [{plain(transcript.name_of(who) or "") or who for who in cue.speakers} - {None} for cue in cues]
    assert [{who for who, _ in cue.parts} - {None} for cue in back] == names


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
@pytest.mark.parametrize("name", HOSTILE_NAMES[:5])
def test_write_ttml_hostile_name_and_text_are_read_back(name: str, text: str) -> None:
    """Names and texts come back letter by letter, whatever they mean to XML."""
    transcript = Transcript((Word(text, 0.0, 1.0, "A"),), speakers=(Speaker("A", name),))
    (cue,) = ttml.read_cues(content(ttml.write(transcript)))
    assert cue.parts == ((plain(name) or "A", plain(text)),)


TALK = Transcript(
    (
        Word("Who", 0.5, 0.9, "A"),
        Word("lives", 1.0, 1.5, "A"),
        Word("there?", 1.5, 2.0, "A"),
        Word("Stratford", 3.0, 3.5, "B"),
        Word("-upon", 3.5, 4.0, "B", joined=True),
        Word("Avon.", 4.1, 4.5, "B"),
    ),
    speakers=(Speaker("A", "Ana"), Speaker("B", "Ben & Jerry")),
    language="en",
)


def test_write_ttml_with_words_is_read_back_with_their_times() -> None:
    """With --words each word has a span; its speaker, its start and what it is joined to come back."""
    back = ttml.read(content(ttml.write(TALK, replace(RULES, words=True))))
    assert [(w.text, w.start, w.speaker, w.joined) for w in back.words] == [
        (w.text, w.start, TALK.name_of(w.speaker), w.joined) for w in TALK.words
    ]
    assert back.language == "en"
    labeled = ttml.read(content(ttml.write(TALK, replace(RULES, words=True, labels="always"))))
    assert labeled.text == back.text == TALK.text
    assert [(turn.start, turn.speaker) for turn in back.turns] == [(0.5, "Ana"), (3.0, "Ben & Jerry")]


def test_write_ttml_two_speakers_in_a_cue_have_a_span_each() -> None:
    """A cue of two speakers keeps who says which line."""
    words = (Word("Really?", 0.0, 0.5, "A"), Word("Yes.", 0.6, 1.0, "B"))
    written = ttml.write(replace(TALK, words=words), replace(RULES, dual="hyphen"))
    (cue,) = ttml.read_cues(content(written))
    assert cue.lines == ("-Really?", "-Yes.")
    assert cue.speakers == (frozenset({"Ana"}), frozenset({"Ben & Jerry"}))


def test_write_ttml_without_words_is_a_valid_empty_document() -> None:
    """A recording without speech gives a document without cues, which is read back as an empty transcript."""
    written = ttml.write(Transcript())
    assert by_ttconv(written) == []
    assert ttml.read(content(written)).words == ()


NETFLIX = """<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"
 ttp:tickRate="10000000"><body><div><p begin="15000000t" end="25000000t" xml:id="s1">Hello<br/>you</p></div></body>
</tt>"""
FRAMES = """<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"
 ttp:frameRate="24" ttp:frameRateMultiplier="1000 1001"><body><div>
 <p begin="00:00:01:12" end="60f">Hello <span>you</span></p></div></body></tt>"""
EBU = """<tt:tt xmlns:tt="http://www.w3.org/ns/ttml" xmlns:ebuttm="urn:ebu:tt:metadata" xml:lang="de">
 <tt:head><tt:metadata><ebuttm:documentMetadata/></tt:metadata></tt:head><tt:body><tt:div>
 <tt:p xml:id="sub1" begin="00:00:01.500" end="00:00:02.500"><tt:span>Hello</tt:span><tt:br/>
 <tt:span>you</tt:span></tt:p></tt:div></tt:body></tt:tt>"""
DRAFT = """<tt xmlns="http://www.w3.org/2006/10/ttaf1"><body><div>
 <p begin="1.5s" dur="1000ms">Hello<br/>you</p></div></body></tt>"""
NESTED = """<tt xmlns="http://www.w3.org/ns/ttml"><body begin="1s"><div begin="0.25s">
 <p begin="0.25s" end="1.25s">Hello you</p></div></body></tt>"""
SEQUENCE = """<tt xmlns="http://www.w3.org/ns/ttml"><body><div timeContainer="seq">
 <p dur="1.5s"></p><p dur="1s">Hello you</p></div></body></tt>"""
RUBY = """<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling"><body><div>
 <p begin="1.5s" end="2.5s"><metadata>no</metadata>Hello <span tts:ruby="container"><span
 tts:ruby="base">you</span><span tts:ruby="text">hidden</span></span></p></div></body></tt>"""


@pytest.mark.parametrize("document", [NETFLIX, FRAMES, EBU, DRAFT, NESTED, SEQUENCE, RUBY])
def test_read_ttml_of_others_has_their_times_and_text(document: str) -> None:
    """Ticks, frames, offsets, nested and sequential times, old namespaces, prefixes: all of the published forms."""
    back = ttml.read(content(document))
    assert [word.text for word in back.words] == ["Hello", "you"]
    # 12 frames of 24000/1001 Hz are 0.5005 s.
    assert back.words[0].start == pytest.approx(1.5, abs=0.001)
    assert back.words[1].end == pytest.approx(2.5, abs=0.003)


APPLE = """<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata" xml:lang="en"
 xmlns:podcasts="http://podcasts.apple.com/transcript-ttml-internal">
<head><metadata><ttm:agent type="person" xml:id="v1"/><ttm:agent type="person" xml:id="v2">
<ttm:name type="alias">Ben</ttm:name><ttm:name type="full">Ben Lee</ttm:name></ttm:agent></metadata></head>
<body dur="1:02.500"><div podcasts:unit="paragraph" begin="1.5" end="9"><p begin="1.5" end="3" ttm:agent="v1">
<span begin="1.5" end="1.9">Hello</span> <span begin="2" end="2.5">there</span></p>
<p begin="1:01.000" end="1:02.500" ttm:agent="v2"><span begin="1:01" end="1:01.5">Good</span><span begin="1:01.5"
 end="1:02">bye</span></p></div></body></tt>"""


def test_read_ttml_of_apple_has_the_time_and_speaker_of_each_word() -> None:
    """Times there count from the start of the recording at every level; an agent without a name has its id."""
    back = ttml.read(content(APPLE))
    assert [(w.text, w.start, w.end, w.speaker, w.joined) for w in back.words] == [
        ("Hello", 1.5, 1.9, "v1", False),
        ("there", 2.0, 2.5, "v1", False),
        ("Good", 61.0, 61.5, "Ben Lee", False),
        ("bye", 61.5, 62.0, "Ben Lee", True),
    ]


def test_read_ttml_time_that_fits_its_parent_from_the_start_of_the_recording_only_is_taken_so() -> None:
    """Relative to its paragraph the span would never be shown: its program counts from the start of the recording."""
    document = """<tt xmlns="http://www.w3.org/ns/ttml"><body><div><p begin="10s" end="12s">
    <span begin="11s">Hi</span></p></div></body></tt>"""
    assert [(w.start, w.end) for w in ttml.read(content(document)).words] == [(11.0, 12.0)]


def test_read_ttml_cue_without_an_end_ends_with_the_next() -> None:
    """What is shown until something else ends it keeps its start, and is not stretched over the whole recording."""
    document = """<tt xmlns="http://www.w3.org/ns/ttml"><body><div><p begin="10s">one two</p><p begin="12s">three</p>
    </div></body></tt>"""
    back = ttml.read(content(document))
    assert [(w.text, w.start, w.end) for w in back.words] == [
        ("one", 10.0, 11.0),
        ("two", 11.0, 12.0),
        ("three", 12.0, pytest.approx(12.333)),
    ]


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("<tt><body><div><p begin='soon'>Hi</p></div></body></tt>", "'soon' is not a time"),
        ("<tt><body><div><p begin='99999999s'>Hi</p></div></body></tt>", "not a time in a recording"),
        ("<tt frameRate='0'><body><div><p begin='1f'>Hi</p></div></body></tt>", "not a rate"),
        ("<tt><body><div><p begin='1s'><image src='x.png'/></p></div></body></tt>", "have no text"),
        ("<tt><body><div>", "not XML"),
        ("<!DOCTYPE tt [<!ENTITY a 'b'>]><tt><body/></tt>", "entities"),
    ],
)
def test_load_ttml_damaged_is_refused_in_a_sentence(tmp_path: Path, document: str, why: str) -> None:
    """It is named, with what is wrong with it; it never becomes an empty transcript."""
    path = tmp_path / "talk.ttml"
    path.write_text(document)
    with pytest.raises(MediaError, match=why) as error:
        speakerplug.load(path)
    assert str(error.value).count("\n") == 0


def test_load_ttml_by_any_name_is_recognized(tmp_path: Path) -> None:
    """The content tells it: .xml, .dfxp and .itt are TTML, too."""
    path = tmp_path / "talk.xml"
    path.write_text(NETFLIX)
    assert speakerplug.load(path).text == "Hello you"


def words_of(transcript: Transcript) -> list[Any]:
    return [(word.text, word.speaker) for word in transcript.words]


def test_save_and_load_ttml_keeps_words_turns_and_speakers(tmp_path: Path) -> None:
    """By the suffix alone, through the registered formats."""
    back = speakerplug.load(TALK.save(tmp_path / "talk.ttml"))
    assert words_of(back) == [
        ("Who", "Ana"),
        ("lives", "Ana"),
        ("there?", "Ana"),
        ("Stratford-upon", "Ben & Jerry"),
        ("Avon.", "Ben & Jerry"),
    ]
    assert [turn.speaker for turn in back.turns] == ["Ana", "Ben & Jerry"]
