"""The built-in formats, a file each: how one is recognized, read and written.

A writer turns a transcript into text and opens no file; a reader gets the content of a file.
"""

from __future__ import annotations

from ..plugin.hooks import RegisterFormat, hookimpl
from . import (
    ass,
    ctm,
    docx,
    eaf,
    html,
    json,
    md,
    openai,
    podcast,
    rttm,
    sbv,
    scc,
    srt,
    stm,
    svg,
    textgrid,
    tsv,
    ttml,
    txt,
    vtt,
    whisper,
)
from .importers import youtube_xml
from .importers.services import SERVICES

# The format that is registered last is asked first whether a file is its own. Of ours, a file is of one at most.
OF_OTHERS = (
    whisper.FORMAT,
    openai.VERBOSE,
    youtube_xml.FORMAT,
    *(service.FORMAT for service in SERVICES.values()),
)
FOR_PROGRAMS = (openai.DIARIZED, podcast.FORMAT, ctm.FORMAT, stm.FORMAT, rttm.FORMAT, json.FORMAT)
FOR_LINGUISTS = (textgrid.FORMAT, eaf.FORMAT)
FOR_TELEVISION = (scc.FORMAT, ttml.FORMAT)
FOR_PEOPLE = (
    svg.FORMAT,
    tsv.FORMAT,
    html.FORMAT,
    md.FORMAT,
    docx.FORMAT,
    txt.FORMAT,
    ass.FORMAT,
    srt.FORMAT,
    sbv.FORMAT,
    vtt.FORMAT,
)


@hookimpl
def register_formats(register: RegisterFormat) -> None:
    """Register every format; JSON forms of other programs have two suffixes, so that they do not overwrite our own."""
    for format in (*OF_OTHERS, *FOR_PROGRAMS, *FOR_LINGUISTS, *FOR_TELEVISION, *FOR_PEOPLE):
        register(format)
