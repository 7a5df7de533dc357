"""Subtitle cues: found in a file as leniently as by players, and made a transcript with estimated word times.

Damage stays there to be measured (`speakerplug check`) or repaired. The libraries for SRT and VTT stop at, drop or
repair exactly what a check must find (empty cues, cues that end before they begin, times inside the text).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from ..attribution.word_times import SpokenParts, interpolated
from ..errors import MediaError
from ..plugin.formats import FileContent
from ..subtitles.parsed import ParsedCue
from ..transcript import LONGEST_NAME, Media, Speaker, Transcript, Turn, Word

_STAMP = r"(?:(\d{1,9}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
TIMES = re.compile(rf"^\s*{_STAMP}\s*-+>\s*{_STAMP}(?:\s.*)?$", re.MULTILINE)

Block = tuple[int, int, list[str]]
"""Start and end in milliseconds, and the lines up to the next line of times, or to the number before it."""


def timed_blocks(file: FileContent) -> Iterator[Block]:
    """Yield every block that begins with a line of times, in the order of the file.

    Raises MediaError for a file without any that is neither empty nor only a header.
    """
    lines = re.split(r"\r\n|\r|\n", file.text)
    at = [index for index, line in enumerate(lines) if TIMES.match(line) or _is_damaged(line, lines[index - 1 : index])]
    is_empty = file.text.strip() == "" or file.text.lstrip().startswith("WEBVTT")
    if not is_empty and not any(TIMES.match(lines[index]) for index in at):
        raise MediaError(f"{file.path} has no cues; name a file of subtitles, such as SRT, VTT or ASS.")
    for index, following in zip(at, [*at[1:], None], strict=False):
        block = lines[index + 1 : following]
        if times := TIMES.match(lines[index]):
            groups = times.groups()
            yield _ms(groups[:4]), _ms(groups[4:]), block if following is None else _unnumbered(block)


def _is_damaged(line: str, before: list[str]) -> bool:
    """Return whether a line is one of times that cannot be read: what follows is no text of the cue before."""
    return "-->" in line and all(not other.strip() or other.strip().isdigit() for other in before)


def _unnumbered(block: list[str]) -> list[str]:
    """Return the lines without the next cue's number, which is right before its times or alone between blank lines."""
    last = max((place for place, line in enumerate(block) if line.strip()), default=-1)
    alone = last == len(block) - 1 or (last > 0 and not block[last - 1].strip())
    return block[:last] if last >= 0 and block[last].strip().isdigit() and alone else block


def _ms(parts: Sequence[str | None]) -> int:
    hours, minutes, seconds, fraction = parts
    whole_s = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    return whole_s * 1000 + int((fraction or "0").ljust(3, "0"))


def transcript_from_cues(cues: Iterable[ParsedCue], path: Path) -> Transcript:
    """Return the transcript in the cues of a file; the ids of speakers are their names.

    The words of a cue share its time by their length; a label that repeats the speaker is removed. Raises MediaError
    for a name that is too long.
    """
    found = [interpolated(_parts_of(cue), cue.start_ms / 1000, max(cue.start_ms, cue.end_ms) / 1000) for cue in cues]
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


def _parts_of(cue: ParsedCue) -> SpokenParts:
    return [(name, text if name is None else text.lstrip().removeprefix(f"{name}:")) for name, text in cue.parts]


def _turns(words: list[Word]) -> Iterator[Turn]:
    for speaker, group in groupby(words, key=lambda word: word.speaker):
        run = list(group)
        if speaker is not None:
            yield Turn(run[0].start or 0.0, run[-1].end or 0.0, speaker)
