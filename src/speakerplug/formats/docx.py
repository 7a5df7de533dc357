"""DOCX: a transcript to read and edit in a word processor, a paragraph per turn after its speaker and start."""

from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO
from itertools import groupby
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ..errors import UsageError
from ..plugin.formats import FormatRegistration
from ..transcript import Transcript, plain, text_of
from .fields import speaker_names, timecode
from .segments import shown_words
from .xml import escaped

MISSING = 'DOCX is written with python-docx, which is not installed; type: pip install "python-docx>=1.1,<2".'
LONGEST_TITLE = 255


def check() -> str | None:
    """Return why no DOCX can be written here, or None."""
    return MISSING if find_spec("docx") is None else None


def write(transcript: Transcript) -> bytes:
    """Return the transcript as a Word document; raises UsageError where python-docx is missing."""
    if check() is not None:
        raise UsageError(MISSING)
    from docx import Document
    from docx.shared import RGBColor

    name_of = speaker_names(transcript)
    document = Document()
    title = escaped(plain(transcript.media.file))
    properties = document.core_properties
    properties.title, properties.author, properties.comments = title[:LONGEST_TITLE], "SpeakerPlug", ""
    properties.language = transcript.language or ""
    if title:
        document.add_heading(title, level=1)
    for speaker, group in groupby(shown_words(transcript), key=lambda word: word.speaker):
        words = list(group)
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        if name := name_of(speaker):
            paragraph.add_run(escaped(name)).bold = True
            paragraph.add_run("  ")
        time = paragraph.add_run(timecode(words[0].start or 0.0, ".").partition(".")[0])
        time.font.color.rgb = RGBColor(0x59, 0x59, 0x59)
        document.add_paragraph(escaped(text_of(words)))
    content = BytesIO()
    document.save(content)
    return _undated(content)


def _undated(archive: BytesIO) -> bytes:
    """Return the archive without the time at which its parts were packed: the same transcript gives the same file."""
    content = BytesIO()
    with ZipFile(archive) as dated, ZipFile(content, "w", ZIP_DEFLATED) as undated:
        for name in dated.namelist():
            undated.writestr(ZipInfo(name), dated.read(name), ZIP_DEFLATED)
    return content.getvalue()


FORMAT = FormatRegistration("docx", "a Word document with a paragraph per speaker turn", ".docx", write, check=check)
