"""CTM: a line a word, of `recording channel start length word [confidence]`; NeMo's has more after that."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...transcript import Word
from .fields import probability, seconds
from .words import Heard

_NUMBER = r"-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
_LINE = re.compile(rf"\S+\s+\S+\s+{_NUMBER}\s+{_NUMBER}\s+\S+(?:\s+(?:{_NUMBER}|NA)(?:\s.*)?)?\s*")


def is_ctm(text: str) -> bool:
    """Whether the first line that is no comment is one of CTM."""
    first = next(_lines(text), "")
    return _LINE.fullmatch(first) is not None


def read_ctm(text: str, stem: str) -> Heard:
    """The words of a CTM file: of its one recording, or of the one that is called `stem`.

    Those of several channels are merged by time. Raises ValueError for a line that is none, and where it cannot be
    told which recording is meant.
    """
    fields = [line.split() for line in _lines(text)]
    if any(len(line) < 5 for line in fields):
        raise ValueError("a line has fewer than five fields")
    recordings = list(dict.fromkeys(line[0] for line in fields))
    if len(recordings) > 1 and stem not in recordings:
        some = ", ".join(name[:80] for name in recordings[:3])
        raise ValueError(f"it holds {len(recordings)} recordings ({some}, ...): call it as one")
    own = [line for line in fields if len(recordings) == 1 or line[0] == stem]
    words = [_word(line) for line in own]
    if len({line[1] for line in own}) > 1:
        words.sort(key=lambda word: word.start or 0.0)
    return Heard(tuple(words))


def _word(fields: list[str]) -> Word:
    start, length = seconds(fields[2]), seconds(fields[3])
    end = None if start is None or length is None else round(start + length, 6)
    confidence = probability(fields[5]) if len(fields) > 5 and fields[5] != "NA" else None
    return Word(fields[4], start, end, confidence=confidence)


def _lines(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(";;"))
