"""EAF: what we write is read back by pympi and by us, and documents as ELAN makes them are read."""

from __future__ import annotations

import logging
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import speakerplug
from speakerplug.errors import MediaError
from speakerplug.formats import eaf
from speakerplug.formats.tiers import WORDS, tiers_of
from speakerplug.plugin.formats import FileContent
from speakerplug.transcript import Media, Speaker, Transcript, Word
from tests.strategies import HOSTILE_NAMES, transcripts

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pympi import Eaf

TALK = Transcript(
    (
        Word("Who", 0.5, 0.9, "A"),
        Word("is", 1.0, 1.5, "A"),
        Word("it?", 1.5, 2.0, "A"),
        Word("Stratford", 3.0, 3.5, "B"),
        Word("-upon", 3.5, 4.0, "B", joined=True),
        Word("我", 4.0, 4.2, "B"),
        Word("们", 4.2, 4.4, "B", joined=True),
        Word("Hm.", 6.0, 6.5, None),
    ),
    speakers=(Speaker("A", "Ana"), Speaker("B", "Ben & <Jerry>")),
)


def content(written: str) -> FileContent:
    return FileContent(Path("talk.eaf"), written.encode())


def by_pympi(written: str, folder: Path) -> dict[str, Any]:
    """Return the intervals of each tier, as another library reads them from a file."""
    path = folder / "by-pympi.eaf"
    path.write_text(written, encoding="utf-8")
    document = Eaf(str(path), suppress_version_warning=True)
    return {name: sorted(document.get_annotation_data_for_tier(name)) for name in document.get_tier_names()}


@given(transcripts())
def test_write_eaf_is_read_back_by_pympi(tmp_path_factory: pytest.TempPathFactory, transcript: Transcript) -> None:
    """Another library finds every tier, and every interval with its time and text, in the most hostile file."""
    found = by_pympi(eaf.write(transcript), tmp_path_factory.getbasetemp())
    wanted = {}
    for tier in tiers_of(transcript):
        name = tier.speaker or "default"
        wanted[name] = [(each.start, each.end, each.text) for each in tier.utterances]
        wanted[name + WORDS] = [(each.start, each.end, each.text) for each in tier.words[0]]
    assert found == wanted


def test_write_eaf_is_read_back_with_words_turns_and_speakers() -> None:
    """Texts, times, speakers and what is written without a space: all comes back."""
    back = eaf.read(content(eaf.write(TALK)))
    names = {"A": "Ana", "B": "Ben & <Jerry>", None: None}
    assert [(w.text, w.start, w.end, w.speaker, w.joined, w.estimated) for w in back.words] == [
        (w.text, w.start, w.end, names[w.speaker], w.joined, False) for w in TALK.words
    ]
    assert [(t.start, t.end, t.speaker) for t in back.turns] == [(0.5, 2.0, "Ana"), (3.0, 4.4, "Ben & <Jerry>")]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_write_eaf_hostile_name_is_read_back(name: str) -> None:
    """A name comes back on one line, with single spaces; a blank one becomes the speaker's id."""
    transcript = Transcript((Word("Hi", 0.0, 1.0, "A"),), speakers=(Speaker("A", name),))
    (word,) = eaf.read(content(eaf.write(transcript))).words
    assert word.speaker == (" ".join(name.split()) or "A")


def test_write_eaf_names_the_recording_beside_it(tmp_path: Path) -> None:
    """ELAN opens it with the document, if it lies in the same folder."""
    path = tmp_path / "talk.eaf"
    path.write_text(eaf.write(replace(TALK, media=Media("my talk.wav", 9.0))), encoding="utf-8")
    (media,) = Eaf(str(path), suppress_version_warning=True).get_linked_files()
    assert (media["RELATIVE_MEDIA_URL"], media["MIME_TYPE"].split("/")[0]) == ("./my%20talk.wav", "audio")


def test_read_eaf_of_pympi_has_its_annotations(tmp_path: Path) -> None:
    """What another library makes: a document of the older version 2.8, with a tier of translations."""
    made = Eaf()
    made.add_tier("Ana", part="Ana Silva")
    made.add_annotation("Ana", 1000, 2000, "olá você")
    made.add_linguistic_type("translation", "Symbolic_Association", timealignable=False)
    made.add_tier("english", "translation", "Ana")
    made.add_ref_annotation("english", "Ana", 1500, "hello you")
    made.to_file(str(tmp_path / "talk.eaf"))
    back = speakerplug.load(tmp_path / "talk.eaf")
    assert [(w.text, w.start, w.end, w.speaker) for w in back.words] == [
        ("olá", 1.0, pytest.approx(1.429, abs=0.001), "Ana Silva"),
        ("você", pytest.approx(1.429, abs=0.001), 2.0, "Ana Silva"),
    ]


def test_write_eaf_without_words_is_a_document_without_tiers() -> None:
    """It is read back as an empty transcript."""
    assert eaf.read(content(eaf.write(Transcript()))).words == ()


SLOTS = {1: 1000, 2: None, 3: 2000, 4: 3000, 5: 4000, 6: 1500, 7: 3500}


def document(*tiers: str) -> str:
    """Return a document as ELAN 6 writes it; of the time slots, the second has no time."""
    times = "".join(
        f'<TIME_SLOT TIME_SLOT_ID="ts{slot}"' + ("" if time is None else f' TIME_VALUE="{time}"') + "/>"
        for slot, time in SLOTS.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ANNOTATION_DOCUMENT AUTHOR="" DATE="2026-01-01T12:00:00+01:00" '
        'FORMAT="3.0" VERSION="3.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">'
        '<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"><PROPERTY NAME="lastUsedAnnotationId">9</PROPERTY></HEADER>'
        f"<TIME_ORDER>{times}</TIME_ORDER>{''.join(tiers)}"
        '<LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="default-lt" TIME_ALIGNABLE="true"/>'
        "</ANNOTATION_DOCUMENT>"
    )


def tier(attributes: str, *annotations: tuple[int, int, str]) -> str:
    inner = "".join(
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="x{start}{end}" TIME_SLOT_REF1="ts{start}" '
        f'TIME_SLOT_REF2="ts{end}"><ANNOTATION_VALUE>{text}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>'
        for start, end, text in annotations
    )
    return f'<TIER LINGUISTIC_TYPE_REF="default-lt" {attributes}>{inner}</TIER>'


REFERRING = (
    '<TIER LINGUISTIC_TYPE_REF="gloss" PARENT_REF="A" TIER_ID="gloss"><ANNOTATION><REF_ANNOTATION ANNOTATION_ID="r1" '
    'ANNOTATION_REF="x13"><ANNOTATION_VALUE>translated</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION></TIER>'
)


def test_read_eaf_tiers_are_speakers_and_annotations_that_refer_are_none() -> None:
    """A tier has the name of its participant, else its own; a translation below it is not said by anybody."""
    back = eaf.read(
        content(
            document(
                tier('TIER_ID="A"', (1, 3, "one two"), (4, 5, "")),
                tier('PARTICIPANT="Ben" TIER_ID="B"', (4, 5, "three")),
                REFERRING,
            )
        )
    )
    assert [(w.text, w.start, w.end, w.speaker) for w in back.words] == [
        ("one", 1.0, 1.5, "A"),
        ("two", 1.5, 2.0, "A"),
        ("three", 3.0, 4.0, "Ben"),
    ]


def test_read_eaf_time_subdivision_shares_the_time_between() -> None:
    """Annotations of a divided tier have times at its edges only; those between share it by their length."""
    divided = tier('PARENT_REF="A" TIER_ID="words"', (1, 2, "three"), (2, 3, "two12"))
    back = eaf.read(content(document(tier('TIER_ID="A"', (1, 3, "three two12")), divided)))
    assert [(w.text, w.start, w.end, w.estimated) for w in back.words] == [
        ("three", 1.0, 1.5, False),
        ("two12", 1.5, 2.0, False),
    ]


def test_read_eaf_gestures_of_a_participant_are_left_out_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """Of two tiers of a participant at the same time only one can be what they say."""
    written = document(
        tier('PARTICIPANT="Ana" TIER_ID="Ana gestures"', (6, 7, "nod")),
        tier('PARTICIPANT="Ana" TIER_ID="Ana"', (1, 3, "one two"), (4, 5, "three")),
    )
    with caplog.at_level(logging.WARNING):
        back = eaf.read(content(written))
    assert back.text == "one two three"
    assert "Ana gestures" in caplog.text


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (document(tier('TIER_ID="A"', (1, 2, "one"))), "has no end"),
        (document(tier('TIER_ID="A"', (2, 3, "one"))), "has no start"),
        (document(tier('TIER_ID="A"', (1, 9, "one"))), "ts9"),
        (document(REFERRING), "no tier without a parent"),
        (document()[:-30], "not XML"),
        (document(tier('TIER_ID="A"', (1, 3, "&unknown;"))), "not XML"),
    ],
)
def test_load_eaf_damaged_is_refused_in_a_sentence(tmp_path: Path, written: str, why: str) -> None:
    """It never becomes an empty transcript, and no time is made up."""
    path = tmp_path / "talk.eaf"
    path.write_text(written)
    with pytest.raises(MediaError, match=why) as error:
        speakerplug.load(path)
    assert "\n" not in str(error.value)


def test_save_and_load_eaf_by_its_suffix_keeps_the_words(tmp_path: Path) -> None:
    """Through the registered formats."""
    assert speakerplug.load(TALK.save(tmp_path / "talk.eaf")).text == TALK.text
