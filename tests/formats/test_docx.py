"""DOCX: a paragraph per turn, which a word processor opens; without python-docx it is refused before any work."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import docx as python_docx
import pytest
from hypothesis import given

from speakerplug.errors import UsageError
from speakerplug.formats import docx
from speakerplug.transcript import Media, Speaker, Transcript, Word
from tests.strategies import transcripts

TALK = Transcript(
    (Word("Who", 0.5, 0.9, "A"), Word("is", 1.0, 1.5, "A"), Word("Me.", 61.0, 62.0, "B"), Word("Hm.", 70, 71, None)),
    speakers=(Speaker("A", "Ana"), Speaker("B", "Ben & <Jerry>")),
    media=Media("talk.mp4", 80.0),
    language="en",
)


def paragraphs(written: bytes) -> list[str]:
    return [paragraph.text for paragraph in python_docx.Document(BytesIO(written)).paragraphs]


def test_write_docx_has_a_paragraph_per_turn() -> None:
    """The title is the recording's; each turn follows its speaker, in bold, and its start."""
    written = docx.write(TALK)
    assert paragraphs(written) == [
        "talk.mp4",
        "Ana  00:00:00",
        "Who is",
        "Ben & <Jerry>  00:01:01",
        "Me.",
        "00:01:10",
        "Hm.",
    ]
    document = python_docx.Document(BytesIO(written))
    assert document.paragraphs[1].runs[0].bold
    assert (document.core_properties.author, document.core_properties.language) == ("SpeakerPlug", "en")


@given(transcripts(max_runs=2))
def test_write_docx_of_any_transcript_can_be_opened(transcript: Transcript) -> None:
    """Whatever names and texts are, no text is lost, and the file is one that opens."""
    shown = "".join(paragraphs(docx.write(transcript)))
    assert all(text in shown for word in transcript.words for text in word.text.split() if text.isalnum())


def without_python_docx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docx, "find_spec", lambda name: None)


def test_save_docx_without_its_library_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence says what to type; no file is written."""
    without_python_docx(monkeypatch)
    with pytest.raises(UsageError, match=r'pip install "python-docx'):
        TALK.save(tmp_path / "talk.docx")
    assert not list(tmp_path.iterdir())
