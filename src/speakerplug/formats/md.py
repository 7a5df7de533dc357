"""Markdown: a transcript to read, a paragraph per turn under the speaker and the start."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from ..plugin.formats import FileContent, FormatRegistration
from ..transcript import Transcript, plain, text_of
from .fields import speaker_names, timecode
from .importers.fields import seconds, short_name
from .importers.utterances import Utterance, words_of
from .importers.words import ParsedWords, transcript_from
from .segments import shown_words

_ANYWHERE = re.compile(r"[\\`*_\[\]<&~|$]")
_AT_START = re.compile(r"^(\d{1,9}(?=[.)])|(?=[#+=>-]))")

_TURN = re.compile(r"^(?:\*\*(.+)\*\* )?\*(\d{2,9}):(\d\d):(\d\d)\*[ \t]*$", re.MULTILINE)


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


def matches(file: FileContent) -> bool:
    """Return whether a turn is near its beginning: a speaker, if known, and a start."""
    return _TURN.search(file.head) is not None


def read(file: FileContent) -> Transcript:
    """Return the transcript in Markdown of ours; a turn starts at a whole second, and ends where its text takes it.

    Raises MediaError for a damaged file.
    """
    return transcript_from(lambda: ParsedWords(words_of(_turns(file.text))), "Markdown", file.path)


def _turns(text: str) -> Iterator[Utterance]:
    lines = text.replace("\r\n", "\n")
    found = list(_TURN.finditer(lines))
    if not found:
        raise ValueError("it has no turns with a start, as *00:00:03*")
    for turn, following in zip(found, [*found[1:], None], strict=True):
        said = lines[turn.end() : following.start() if following is not None else None]
        start = (seconds(turn[2]) or 0.0) * 3600 + (seconds(turn[3]) or 0.0) * 60 + (seconds(turn[4]) or 0.0)
        name = short_name(_unescaped(turn[1] or "")) or None
        yield Utterance(_unescaped(said), start, None, name)


def _unescaped(text: str) -> str:
    return re.sub(r"\\([\\`*_\[\]<&~|$.)#+=>-])", r"\1", text).strip()


FORMAT = FormatRegistration(
    "md", "Markdown with a paragraph per speaker turn", ".md", write, matches=matches, read=read
)
