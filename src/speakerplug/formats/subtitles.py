"""Subtitle cues, made a transcript: in order, each word once, with the speakers and word times that they hold."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from ..attribution.word_times import interpolated
from ..errors import MediaError
from ..subtitles.parsed import ParsedCue
from ..transcript import LONGEST_NAME, Media, Speaker, Transcript, Turn, Word
from .rolling import each_word_once
from .spoken_labels import with_speakers
from .timed_blocks import listed

log = logging.getLogger(__name__)

READING_MS = 1000 / 15
"""Time of a character in a cue whose end is not known."""


def transcript_from_cues(cues: Iterable[ParsedCue], path: Path, ours: bool = False) -> Transcript:
    """Return the transcript in the cues of a file; the ids of speakers are their names.

    Words with a time in the cue begin there; others share the time between these by their length. A label that repeats
    the speaker is removed. `ours`: the file has the form of our own. Raises MediaError for a name that is too long.
    """
    ordered = sorted(cues, key=lambda cue: cue.start_ms)
    shown = with_speakers(each_word_once(ordered), ours)
    found = [_words_of(cue) for cue in _ended(shown, path)]
    words = tuple(word for cue in found for word in cue)
    names = dict.fromkeys(word.speaker for word in words if word.speaker)
    longest = max(map(len, names), default=0)
    if longest > LONGEST_NAME:
        raise MediaError(f"{path} has a speaker with a name of {longest} characters; check the file.")
    return Transcript(
        words=words,
        turns=tuple(turn for cue in found for turn in _turns(cue)),
        speakers=tuple(Speaker(name, name) for name in names),
        media=Media(path.name, max((word.end or 0.0 for word in words), default=0.0)),
    )


def _ended(cues: Sequence[ParsedCue], path: Path) -> list[ParsedCue]:
    """Return the sorted cues, with an estimated end where one does not end after its start; a warning says which."""
    ended: list[ParsedCue] = []
    wrong = [cue for cue in cues if cue.end_ms <= cue.start_ms and cue.text.strip()]
    following: int | None = None
    for cue in reversed(cues):
        if ended and ended[-1].start_ms > cue.start_ms:
            following = ended[-1].start_ms
        ended.append(_with_end(cue, following) if cue.end_ms <= cue.start_ms else cue)
    if wrong:
        shown = listed(f"at {cue.start_ms / 1000:g} s" for cue in wrong)
        which = "1 cue does" if len(wrong) == 1 else f"{len(wrong)} cues do"
        log.warning("%s: %s not end after the start (%s), so the end is estimated; correct it.", path, which, shown)
    return ended[::-1]


def _with_end(cue: ParsedCue, following: int | None) -> ParsedCue:
    end = cue.start_ms + round(READING_MS * max(len(cue.text.strip()), 10))
    return replace(cue, end_ms=end if following is None else min(end, following), times=())


def _words_of(cue: ParsedCue) -> list[Word]:
    times = [(position, time_ms / 1000) for position, time_ms in cue.times if cue.start_ms <= time_ms <= cue.end_ms]
    return interpolated(cue.parts, cue.start_ms / 1000, max(cue.start_ms, cue.end_ms) / 1000, times)


def _turns(words: list[Word]) -> Iterator[Turn]:
    for speaker, group in groupby(words, key=lambda word: word.speaker):
        run = list(group)
        if speaker is not None:
            yield Turn(run[0].start or 0.0, run[-1].end or 0.0, speaker)
