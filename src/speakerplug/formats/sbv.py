"""SBV: the captions that YouTube exports, cues with start and end on one line."""

from __future__ import annotations

import re

from ..plugin.formats import FileContent, FormatRegistration
from ..subtitles.parsed import ParsedCue
from .markup import SRT_TAG, marked
from .timed_blocks import blocks_of

_TIME = r"\d{1,9}:\d\d?:\d\d?(?:\.\d{1,3})?"
_TIMES = re.compile(rf"\s*{_TIME},{_TIME}[^\S\n]*(?:\n|\r|$)")


def matches(file: FileContent) -> bool:
    """Return whether it begins with the times of a cue."""
    return _TIMES.match(file.head) is not None


def read_cues(file: FileContent) -> list[ParsedCue]:
    """Return the cues of an SBV file; `[br]` stands for a line break."""
    texts = [(each, "\n".join(filter(str.strip, each.lines)).replace("[br]", "\n")) for each in blocks_of(file)]
    return [marked(text, SRT_TAG).cue(block.start_ms, block.end_ms) for block, text in texts]


FORMAT = FormatRegistration("sbv", "captions of YouTube", ".sbv", matches=matches, read_cues=read_cues)
