"""The formats that come with SpeakerPlug, a file each: how it is recognized, read and written.

A writer turns a transcript into text and opens no file; a reader is given what a file holds.
"""

from __future__ import annotations

from ..plugin.hooks import RegisterFormat, hookimpl
from . import ass, ctm, html, json, md, openai, podcast, rttm, srt, stm, tsv, txt, vtt, whisper
from .importers import assemblyai, aws, deepgram, nemo, transformers

# What is registered last is asked first whether a file is its own. So JSON of others comes first, and the form that is
# told by the least before all: words beside the text go before segments, for OpenAI's answer can have both, and only
# its words have times of their own.
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
FOR_PEOPLE = (tsv.FORMAT, html.FORMAT, md.FORMAT, txt.FORMAT, ass.FORMAT, srt.FORMAT, vtt.FORMAT)


@hookimpl
def register_formats(register: RegisterFormat) -> None:
    """Offer every format; JSON forms of others have two suffixes, so that they lie beside our own."""
    for format in (*JSON_OF_OTHERS, *FOR_PROGRAMS, *FOR_PEOPLE):
        register(format)
