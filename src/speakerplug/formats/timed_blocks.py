"""Blocks of a subtitle file, each below its line of times, found as leniently as by players.

Damage stays there to be measured (`speakerplug check`) or repaired. The libraries for SRT and VTT stop at, drop or
repair exactly what a check must find (empty cues, cues that end before they begin, times inside the text).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import MediaError
from ..plugin.formats import FileContent
from .cue_times import TimesLine, is_damaged, is_decimal, milliseconds, times_line

log = logging.getLogger(__name__)

MOST = 5
"""Cues that a message names, at most."""
# Some programs write coordinates or settings after the times; other words there are text whose line break is missing.
_SETTINGS = re.compile(r"(?:\S{1,80}[:=]\S{0,80}\s*)*$")


@dataclass(frozen=True, slots=True)
class Block:
    """The times of a cue in milliseconds, and the `lines` up to the next times, or to the number before these.

    `number` is that of its line of times in the file, from 1; `settings` are what follows the times on it.
    """

    number: int
    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    settings: str = ""


def has_times(head: str) -> bool:
    """Return whether a line of times is in the beginning of a file."""
    return any(times_line(line) is not None for line in head.splitlines())


def blocks_of(file: FileContent, warns: bool = True) -> list[Block]:
    """Return the blocks of a file in its order; those that cannot be read are named in one warning, if it `warns`.

    Raises MediaError for a file without any that is neither empty nor only a header.
    """
    lines = lines_of(file)
    found = [(index, _times_at(lines, index)) for index in range(len(lines))]
    marks = [(index, times) for index, times in found if times is not None or _stands_for_times(lines, index)]
    marks = sorted([*marks, *((index, None) for index in _without_times(lines, [index for index, _ in marks]))])
    readable = [times for _, times in marks if times is not None]
    lost = [(index + 1, lines[index]) for index, times in marks if times is None]
    is_empty = file.text.strip() == "" or file.text.lstrip().startswith("WEBVTT")
    if lost and not readable:
        raise MediaError(
            f"{file.path} has no times that can be read ({_shown(lost)}); correct them, or export it again."
        )
    if not readable and not is_empty:
        raise MediaError(f"{file.path} has no cues; name a file of subtitles, such as SRT, VTT or ASS.")
    if warns:
        warn_lost(file.path, lost)
    return _placed(file.path, list(_cut(lines, marks, is_decimal(readable))), warns)


def lines_of(file: FileContent) -> list[str]:
    """Return the lines of a file, whatever ends them."""
    return re.split(r"\r\n|\r|\n", file.text)


def _times_at(lines: Sequence[str], index: int) -> TimesLine | None:
    return times_line(lines[index], _begins_block(lines, index))


def _begins_block(lines: Sequence[str], index: int) -> bool:
    return index == 0 or not lines[index - 1].strip() or lines[index - 1].strip().isdigit()


def _stands_for_times(lines: Sequence[str], index: int) -> bool:
    """Return whether a line is one of times that cannot be read: what follows is no text of the cue before."""
    line = lines[index]
    if _begins_block(lines, index) and "-->" in line:
        return True
    follows_number = index > 0 and lines[index - 1].strip().isdigit()
    return is_damaged(line) and ("-->" in line or follows_number)


def _next_number(lines: Sequence[str], index: int) -> str | None:
    """Return the number of the cue after the one with this line of times; None where it has none."""
    own = lines[index - 1].strip() if index else ""
    return str(int(own) + 1) if own.isdecimal() and len(own) < 10 else None


def _without_times(lines: Sequence[str], marks: Sequence[int]) -> Iterator[int]:
    """Yield the lines with the number of the next cue and its text below, but no times."""
    for index, following in zip(marks, [*marks[1:], len(lines)], strict=False):
        expected = int(_next_number(lines, index) or -1)
        for at in range(index + 2, min(following, len(lines)) - 1):
            if lines[at].strip() == str(expected) and not lines[at - 1].strip() and lines[at + 1].strip():
                if at + 1 == following:
                    break
                yield at
                expected += 1


def _cut(lines: Sequence[str], marks: Sequence[tuple[int, TimesLine | None]], decimal: bool) -> Iterator[Block]:
    for (index, times), following in zip(marks, [*(index for index, _ in marks[1:]), None], strict=False):
        if times is None:
            continue
        text = list(lines[index + 1 : following])
        if following is not None or _next_number(lines, index) in text[-3:]:
            text = _unnumbered(text)
        has_settings = _SETTINGS.match(times.rest) is not None
        if not has_settings:
            text.insert(0, times.rest)
        start = milliseconds(times.start, decimal)
        end = start if times.end[1] is None else milliseconds(times.end, decimal)
        yield Block(index + 1, start, end, tuple(text), times.rest if has_settings else "")


def _unnumbered(block: list[str]) -> list[str]:
    """Return the lines without the next cue's number, which is right before its times or alone between blank lines."""
    last = max((place for place, line in enumerate(block) if line.strip()), default=-1)
    alone = last == len(block) - 1 or (last > 0 and not block[last - 1].strip())
    return block[:last] if last >= 0 and block[last].strip().isdigit() and alone else block


def _placed(path: Path, blocks: Sequence[Block], warns: bool) -> list[Block]:
    """Return the blocks from zero on: what begins before it begins there, and what ends before it is left out."""
    early = [block for block in blocks if block.start_ms < 0]
    gone = [block for block in early if block.end_ms <= 0]
    if early and warns:
        fate = f"; {len(gone)} that end before it are left out" if gone else ""
        cues = "cue begins" if len(early) == 1 else "cues begin"
        log.warning(
            "%s: %d %s before zero (%s), and now at zero%s; check the offset of the times.",
            path,
            len(early),
            cues,
            listed(f"line {block.number}" for block in early),
            fate,
        )
    kept = [block for block in blocks if block.start_ms >= 0 or block.end_ms > 0]
    return [replace(each, start_ms=max(0, each.start_ms)) for each in kept]


def warn_lost(path: Path, lost: Sequence[tuple[int, str]]) -> None:
    """Log one warning about the lines, by number, whose cues cannot be read and are left out."""
    if lost:
        cues = "1 cue is" if len(lost) == 1 else f"{len(lost)} cues are"
        log.warning("%s: %s left out, as the times cannot be read (%s); correct them.", path, cues, _shown(lost))


def _shown(lost: Iterable[tuple[int, str]]) -> str:
    return listed(f"line {number}: {text.strip()[:60]!r}" for number, text in lost)


def listed(names: Iterable[str]) -> str:
    """Return the first names of several, and how many more there are."""
    known = list(names)
    return ", ".join(known[:MOST]) + (f" and {len(known) - MOST} more" if len(known) > MOST else "")
