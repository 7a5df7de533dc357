"""From the bytes of a foreign file to a transcript."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from ...attribution import timed_words
from ...errors import MediaError, UsageError
from ...plugin.validation import admitted_words
from ...transcript import Media, Speaker, Transcript, Turn, Word
from .ctm import read_ctm
from .detect import FORMS, form_of, unwrapped
from .words import Heard

PAUSE_S = 1.0
"""A speaker who pauses for longer has two turns."""


def load_foreign(data: bytes, path: Path) -> Transcript:
    """The transcript in the JSON of another program; its speakers' runs of words are the turns.

    Raises UsageError for JSON of no known form, MediaError for one that is damaged.
    """
    document = unwrapped(lenient_json(data))
    if document is None:
        raise MediaError(f"{path} is damaged JSON, or nested too deep; check the file, or save it again.")
    form = form_of(document)
    if form is not None:
        return _explained(lambda: form.read(document), form.NAME, path)
    if isinstance(document, list) and len(document) > 1 and all(map(form_of, document)):
        raise UsageError(f"{path} holds {len(document)} transcripts; save each in a file of its own.")
    known = ", ".join(form.NAME for form in FORMS)
    raise UsageError(f"{path} is JSON but not a SpeakerPlug transcript, nor any of {known}; name a file with words.")


def load_ctm(data: bytes, path: Path) -> Transcript:
    """The transcript in a CTM file; of several recordings, the one that is called as the file is.

    Raises MediaError for a file that is damaged.
    """
    return _explained(lambda: read_ctm(data.decode("utf-8"), path.stem), "CTM", path)


def lenient_json(data: bytes) -> Any:
    """JSON as Python writes it, in which NaN is a number, or with a document on each line; None for what is neither."""
    try:
        text = data.decode("utf-8")
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            return [json.loads(line) for line in text.splitlines() if line.strip()] or None
    except (ValueError, RecursionError):
        return None


def _explained(read: Callable[[], Heard], form: str, path: Path) -> Transcript:
    try:
        heard = read()
        words = tuple(timed_words(admitted_words(heard.words, str(path))))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise MediaError(f"{path} cannot be read as {form} ({error}); check the file, or save it again.") from error
    turns = _turns(words)
    speakers = tuple(Speaker(who, who) for who in dict.fromkeys(turn.speaker for turn in turns))
    duration = max((word.end or 0.0 for word in words), default=0.0)
    return Transcript(words, turns, (), speakers, heard.language, Media(path.name, duration))


def _turns(words: Iterable[Word]) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    for who, run in groupby(words, key=lambda word: word.speaker):
        for word in run if who is not None else ():
            start, end = word.start or 0.0, word.end or 0.0
            if who is not None and turns and turns[-1].speaker == who and _goes_on(turns[-1].end, start):
                turns[-1] = Turn(turns[-1].start, max(turns[-1].end, end), who)
            elif who is not None:
                turns.append(Turn(start, end, who))
    return tuple(turns)


def _goes_on(end: float, start: float) -> bool:
    return end - PAUSE_S <= start <= end + PAUSE_S
