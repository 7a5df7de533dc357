"""TextGrid: what we write is read back by praatio and by us, and files of Praat in each of its forms are read."""

from __future__ import annotations

import logging
import struct
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from praatio.utilities import textgrid_io

import speakerplug
from speakerplug.errors import MediaError
from speakerplug.formats import textgrid
from speakerplug.plugin.formats import FileContent
from speakerplug.transcript import Media, Speaker, Transcript, Word
from tests.formats.test_eaf import TALK
from tests.strategies import HOSTILE_NAMES, HOSTILE_TEXTS, transcripts


def content(written: str | bytes) -> FileContent:
    return FileContent(Path("talk.TextGrid"), written if isinstance(written, bytes) else written.encode())


def test_write_textgrid_is_read_back_by_praatio() -> None:
    """Another library finds each tier, and in it every interval with its time and label."""
    found = textgrid_io.parseTextgridStr(textgrid.write(TALK))
    tiers = {each["name"]: [(float(a), float(b), text) for a, b, text in each["entries"]] for each in found["tiers"]}
    assert {name: entries for name, entries in tiers.items() if name != "Ben & <Jerry> - words"} == {
        "Ana": [(0.5, 2.0, "Who is it?")],
        "Ben & <Jerry>": [(3.0, 4.4, "Stratford-upon 我们")],
        "utterances": [(6.0, 6.5, "Hm.")],
        "Ana - words": [(0.5, 0.9, "Who"), (1.0, 1.5, "is"), (1.5, 2.0, "it?")],
        "words": [(6.0, 6.5, "Hm.")],
    }


def test_write_textgrid_is_read_back_with_words_turns_and_speakers() -> None:
    """Texts, times, speakers and what is written without a space: all comes back."""
    back = textgrid.read(content(textgrid.write(TALK)))
    names = {"A": "Ana", "B": "Ben & <Jerry>", None: None}
    assert [(w.text, w.start, w.end, w.speaker, w.joined, w.estimated) for w in back.words] == [
        (w.text, w.start, w.end, names[w.speaker], w.joined, False) for w in TALK.words
    ]
    assert [(t.start, t.end, t.speaker) for t in back.turns] == [(0.5, 2.0, "Ana"), (3.0, 4.4, "Ben & <Jerry>")]


@given(transcripts())
def test_write_textgrid_of_any_transcript_has_tiers_without_gaps(transcript: Transcript) -> None:
    """Praat opens only a file whose intervals follow each other from the first second to the last."""
    found = textgrid_io.parseTextgridStr(textgrid.write(Transcript(transcript.words, media=transcript.media)), True)
    for tier in found["tiers"]:
        edges = [(float(start), float(end)) for start, end, _ in tier["entries"]]
        assert edges[0][0] == 0.0
        assert edges[-1][1] == float(found["xmax"]) > 0
        assert all(before[1] == after[0] for before, after in pairwise(edges))
        assert all(start < end for start, end in edges)


LABELS = ('"', '""', "item [1]:", "intervals [2]:", "! no comment", "<exists>", "0.5", 'text = "x"')
USUAL = ("words", "utterances", "phones", "Ana - words", "Ana - phones", "MAU")


@pytest.mark.parametrize("text", [*HOSTILE_TEXTS, *LABELS])
def test_write_textgrid_hostile_label_is_read_back(text: str) -> None:
    """A label may be what elsewhere in the file is a number, a flag, or a key."""
    back = textgrid.read(content(textgrid.write(Transcript((Word(text, 0.0, 1.0, "A"), Word("end", 1.0, 2.0, "A"))))))
    assert back.text == " ".join((*text.replace("\x00", " ").replace("\x1b", " ").split(), "end"))


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, *USUAL])
def test_write_textgrid_hostile_name_is_read_back(name: str) -> None:
    """A name comes back; a speaker who is called like a usual tier is called a speaker, and nothing is lost."""
    transcript = Transcript((Word("Hi", 0.0, 1.0, "A"),), speakers=(Speaker("A", name),))
    (word,) = textgrid.read(content(textgrid.write(transcript))).words
    plain = " ".join(name.split()) or "A"
    assert (word.text, word.speaker) == ("Hi", f"{plain} (speaker)" if name in USUAL else plain)


def test_write_textgrid_without_words_has_an_empty_tier() -> None:
    """Praat opens no file without a tier; it is read back as an empty transcript."""
    written = textgrid.write(Transcript(media=Media("talk.wav", 4.0)))
    assert "xmax = 4.000" in written
    assert textgrid.read(content(written)).words == ()


# To Praat's manual, "TextGrid file formats": the long form, the short one, and one with comments and free text.
LONG = '''File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.3
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "Mary"
        xmin = 0
        xmax = 2.3
        intervals: size = 2
        intervals [1]:
            xmin = 0
            xmax = 1
            text = "hello ""you"""
        intervals [2]:
            xmin = 1
            xmax = 2.3
            text = ""
    item [2]:
        class = "TextTier"
        name = "bell"
        xmin = 0
        xmax = 2.3
        points: size = 1
        points [1]:
            number = 1.5
            mark = "ding"
'''
SHORT = '''File type = "ooTextFile"
Object class = "TextGrid"

0
2.3
<exists>
2
"IntervalTier"
"Mary"
0
2.3
2
0
1
"hello ""you"""
1
2.3
""
"TextTier"
"bell"
0
2.3
1
1.5
"ding"
'''
FREE = '''"ooTextFile"
"TextGrid"
0 2.3 seconds ! the time domain
<exists> 2 tiers
"IntervalTier" named "Mary" ! hers
from 0 to 2.3 with 2 intervals
from 0 to 1 "hello ""you"""
from 1 to 2.3 ""
"TextTier" "bell" 0 2.3 1 at 1.5 "ding"
'''


def binary() -> bytes:
    """Return the same in the binary form: a tier of Mary, whose label is in UTF-16, and one of points."""

    def text(value: str) -> bytes:
        if value.isascii():
            return struct.pack(">h", len(value)) + value.encode()
        return struct.pack(">hH", -1, len(value)) + value.encode("utf-16-be")

    parts = [b"ooBinaryFile\x08TextGrid", struct.pack(">dd?i", 0, 2.3, True, 2)]
    parts += [b"\x0cIntervalTier", text("Mary"), struct.pack(">ddi", 0, 2.3, 2)]
    parts += [struct.pack(">dd", 0, 1), text('hello "you"'), struct.pack(">dd", 1, 2.3), text("")]
    parts += [b"\x08TextTier", text("béll"), struct.pack(">ddi", 0, 2.3, 1), struct.pack(">d", 1.5), text("ding")]
    return b"".join(parts)


@pytest.mark.parametrize("written", [LONG, SHORT, FREE, LONG.replace("\n", "\r\n"), LONG.encode("utf-16"), binary()])
def test_read_textgrid_in_each_form_is_the_same(written: str | bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Text or binary, long or short; a tier of points has no words, and one warning names it."""
    with caplog.at_level(logging.WARNING):
        back = textgrid.read(content(written))
    assert [(w.text, w.start, w.end, w.speaker) for w in back.words] == [
        ("hello", 0.0, 0.5, "Mary"),
        ('"you"', 0.5, 1.0, "Mary"),
    ]
    (message,) = caplog.messages
    assert "ll have no words" in message


@pytest.mark.parametrize("form", ["short_textgrid", "long_textgrid"])
def test_read_textgrid_of_praatio_has_its_labels(form: Literal["short_textgrid", "long_textgrid"]) -> None:
    """What another library makes."""
    entries = [(1.0, 2.0, 'said "yes"')]
    tier = {"class": "IntervalTier", "name": "Ana", "xmin": 0.0, "xmax": 3.0, "entries": entries}
    written = textgrid_io.getTextgridAsStr({"xmin": 0.0, "xmax": 3.0, "tiers": [tier]}, form, includeBlankSpaces=True)
    assert [(w.text, w.speaker) for w in textgrid.read(content(written)).words] == [("said", "Ana"), ('"yes"', "Ana")]


def tiers(*named: tuple[str, list[tuple[float, float, str]]]) -> str:
    """Return a short file with these tiers of intervals."""
    lines = ['"ooTextFile"', '"TextGrid"', "0", "9", "<exists>", str(len(named))]
    for name, intervals in named:
        lines += ['"IntervalTier"', f'"{name}"', "0", "9", str(len(intervals))]
        lines += [f'{start} {end} "{text}"' for start, end, text in intervals]
    return "\n".join(lines)


def test_read_textgrid_of_an_aligner_has_its_words_without_silences_and_phones(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As the Montreal Forced Aligner names its tiers, of several speakers and of one."""
    written = tiers(
        ("Ana - words", [(0, 1, ""), (1, 2, "hello"), (2, 3, "<eps>")]),
        ("Ana - phones", [(1, 1.5, "HH"), (1.5, 2, "AH0")]),
        ("words", [(3, 4, "sp"), (4, 5, "you")]),
    )
    with caplog.at_level(logging.WARNING):
        back = textgrid.read(content(written))
    assert [(w.text, w.start, w.end, w.speaker) for w in back.words] == [
        ("hello", 1.0, 2.0, "Ana"),
        ("you", 4.0, 5.0, None),
    ]
    assert "Ana - phones" in caplog.text


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (LONG[: LONG.index('class = "TextTier"')], "a text in quotes is missing"),
        (SHORT.replace("<exists>", "exists"), "<exists> is missing"),
        (SHORT.replace("1.5", "soon"), "a number is missing"),
        (tiers(("Ana - phones", [(0, 1, "HH")])), "none of its tiers has words"),
        (tiers(("Ana", [(0, 9e9, "hi")])), "is in no recording"),
        (binary()[:60], "it ends too early"),
        (binary()[:22] + b"\xff" * 60, "-1 tiers or intervals"),
        (SHORT.replace("<exists>\n2", "<exists>\n-2"), "-2 tiers or intervals"),
        (SHORT.replace("<exists>\n2", "<exists>\n0"), "more tiers or intervals than it says"),
        (LONG.replace("intervals: size = 2", "intervals: size = 1"), "a text in quotes is missing"),
    ],
)
def test_load_textgrid_damaged_is_refused_in_a_sentence(tmp_path: Path, written: str | bytes, why: str) -> None:
    """It never becomes an empty transcript."""
    path = tmp_path / "talk.TextGrid"
    path.write_bytes(written if isinstance(written, bytes) else written.encode())
    with pytest.raises(MediaError, match=why) as error:
        speakerplug.load(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["talk.TextGrid", "talk.textgrid"])
def test_save_and_load_textgrid_by_its_suffix_keeps_the_words(tmp_path: Path, name: str) -> None:
    """In upper or lower case, through the registered formats."""
    assert speakerplug.load(TALK.save(tmp_path / name)).text == TALK.text
