"""Markdown: a transcript to read, a paragraph per turn under the speaker and the start."""

from __future__ import annotations

import re
from itertools import groupby

from ..plugin.formats import FormatRegistration
from ..transcript import Transcript, plain, text_of
from .fields import speaker_names, timecode
from .segments import shown_words

_ANYWHERE = re.compile(r"[\\`*_\[\]<&~|$]")
_AT_START = re.compile(r"^(\d{1,9}(?=[.)])|(?=[#+=>-]))")


def write(transcript: Transcript) -> str:
    """Return the transcript as Markdown: a paragraph for everything a speaker says until another one speaks."""
    name_of = speaker_names(transcript)
    blocks = [f"# {escape(title)}"] if (title := plain(transcript.media.file)) else []
    for speaker, group in groupby(shown_words(transcript), key=lambda word: word.speaker):
        words = list(group)
        time = f"*{timecode(words[0].start or 0.0, '.').partition('.')[0]}*"
        name = escape(name_of(speaker))
        blocks += [f"**{name}** {time}" if name else time, escape(text_of(words))]
    return "\n\n".join(blocks) + "\n" * bool(blocks)


def escape(text: str) -> str:
    """Return one line of text in which Markdown finds no markup."""
    return _AT_START.sub(r"\1\\", _ANYWHERE.sub(r"\\\g<0>", text))


FORMAT = FormatRegistration("md", "Markdown with a paragraph per speaker turn", ".md", write)
