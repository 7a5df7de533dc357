"""SCC, the captions of North American television (CEA-608, in the form of Scenarist), decoded by ttconv."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ..plugin.formats import FileContent, FormatRegistration
from ..subtitles.parsed import ParsedCue
from ..transcript import Transcript
from .subtitles import transcript_from_cues

log = logging.getLogger(__name__)

_LINE = re.compile(r"\s*(\d\d:\d\d:\d\d[:;.,]\d\d)\s+(\S.*)")
_EMPTY = re.compile(r"\s*(Scenarist_SCC V1\.0\s*)?")
_CODE = re.compile(r"[0-9A-Fa-f]{4}")
_NEW_SPEAKER = re.compile(r"^\s*>>+\s*")
"""The mark that someone else speaks, which does not say who."""
ROLL_UP = "rollup"
"""What ttconv calls the region of captions whose lines stay while new ones roll in below."""


def matches(file: FileContent) -> bool:
    """Return whether it begins with the name of the form."""
    return file.head.lstrip().startswith("Scenarist_SCC")


def read(file: FileContent) -> Transcript:
    """Return the transcript in an SCC file; of captions that roll up, each line once, when it first appears."""
    shown = _captions(file)
    once: list[_Caption] = []
    for before, caption in zip([None, *shown], shown, strict=False):
        stayed = 0 if before is None else _stayed(before, caption)
        if lines := caption.lines[stayed:]:
            once.append(replace(caption, lines=lines))
    return transcript_from_cues([caption.as_cue() for caption in once], file.path)


def read_cues(file: FileContent) -> list[ParsedCue]:
    """Return the captions as they are shown. Raises ValueError for codes that cannot be decoded."""
    return [caption.as_cue() for caption in _captions(file)]


@dataclass(frozen=True, slots=True)
class _Caption:
    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    rolls_up: bool

    def as_cue(self) -> ParsedCue:
        """Return the caption without the marks of new speakers."""
        text = "\n".join(_NEW_SPEAKER.sub("", line) for line in self.lines)
        return ParsedCue(self.start_ms, self.end_ms, ((None, text),))


def _stayed(before: _Caption, caption: _Caption) -> int:
    """Return how many lines of a caption are still those of the one before."""
    if not caption.rolls_up or not before.rolls_up or caption.start_ms > before.end_ms:
        return 0
    most = min(len(before.lines), len(caption.lines))
    return next((count for count in range(most, 0, -1) if before.lines[-count:] == caption.lines[:count]), 0)


def _captions(file: FileContent) -> list[_Caption]:
    from ttconv.scc import reader

    with _quiet():
        body = reader.to_model(_cleaned(file)).get_body()
    captions = [caption for each in body.dfs_iterator() if (caption := _caption(each)) is not None] if body else []
    if not captions and not _EMPTY.fullmatch(file.text):
        raise ValueError("it has no captions that can be decoded")
    return captions


def _cleaned(file: FileContent) -> str:
    """Return the lines of codes, without what is no code; a warning counts that."""
    lines, damaged = [], 0
    for line in file.text.splitlines():
        if found := _LINE.match(line):
            codes = found[2].split()
            valid = [code for code in codes if _CODE.fullmatch(code)]
            damaged += len(codes) - len(valid)
            lines.append(f"{found[1]}\t{' '.join(valid)}")
    if damaged:
        log.warning("%s: %d codes are damaged and are left out; export it again.", file.path, damaged)
    return "\n".join(lines)


def _caption(element: Any) -> _Caption | None:
    from ttconv.model import Br, P, Text

    if not isinstance(element, P):
        return None
    parts = [each for each in element.dfs_iterator() if isinstance(each, (Br, Text))]
    text = "".join("\n" if isinstance(each, Br) else each.get_text() for each in parts)
    lines = tuple(line.strip() for line in text.split("\n") if line.strip())
    start, end = element.get_begin() or 0, element.get_end()
    region = element.get_region()
    rolls_up = region is not None and str(region.get_id()).startswith(ROLL_UP)
    if not lines:
        return None
    return _Caption(round(start * 1000), round((start if end is None else end) * 1000), lines, rolls_up)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep ttconv from logging each unusual code."""
    theirs = logging.getLogger("ttconv")
    level = theirs.level
    theirs.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        theirs.setLevel(level)


FORMAT = FormatRegistration("scc", "SCC captions (CEA-608)", ".scc", matches=matches, read=read, read_cues=read_cues)
