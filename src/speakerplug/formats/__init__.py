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
    scc,
    srt,
    stm,
    textgrid,
    tsv,
    ttml,
    txt,
    vtt,
    whisper,
)
from .importers import assemblyai, aws, deepgram, nemo, transformers

# The format that is registered last is asked first whether a file is its own. So JSON of other programs comes first,
# the least specific forms before all. Whisper's segments come before `verbose_json`, as OpenAI's answer can have both,
# and only its words have times of their own.
JSON_OF_OTHERS = (
    whisper.FORMAT,
    openai.VERBOSE,
    nemo.FORMAT,
    transformers.FORMAT,
    assemblyai.FORMAT,
    deepgram.FORMAT,
    aws.FORMAT,
)
FOR_PROGRAMS = (openai.DIARIZED, podcast.FORMAT, ctm.FORMAT, stm.FORMAT, rttm.FORMAT, json.FORMAT)
FOR_LINGUISTS = (textgrid.FORMAT, eaf.FORMAT)
FOR_PEOPLE = (tsv.FORMAT, html.FORMAT, md.FORMAT, docx.FORMAT, txt.FORMAT, ass.FORMAT, srt.FORMAT, vtt.FORMAT)
FOR_TELEVISION = (scc.FORMAT, ttml.FORMAT)


@hookimpl
def register_formats(register: RegisterFormat) -> None:
    """Register every format; JSON forms of other programs have two suffixes, so that they do not overwrite our own."""
    for format in (*JSON_OF_OTHERS, *FOR_PROGRAMS, *FOR_LINGUISTS, *FOR_TELEVISION, *FOR_PEOPLE):
        register(format)
