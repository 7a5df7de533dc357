"""Distinct names for the results of recordings that would share one: a.mp3 and a.wav, or names equal but for case."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Sequence

from ..formats.targets import LONGEST_STEM, shortened
from ..system.fingerprint import digest_of
from .found import Found

DIGITS = 8
"""Digits of a hash that make a name distinct."""


def stems_of(found: Sequence[Found]) -> list[str]:
    """Return the path without suffix, relative to the folder of the results, for each recording.

    It is the name without its suffix; with it where several would have the same, and with a part of a hash where they
    still would. Names that differ only in case or in their Unicode form count as the same, as some file systems take
    them so. They depend on the names alone, not on their order.
    """
    levels = [0] * len(found)
    while True:
        stems = [_stem(each, level) for each, level in zip(found, levels, strict=True)]
        counts = Counter(map(_folded, stems))
        shared = [counts[_folded(stem)] > 1 for stem in stems]
        if not any(shared):
            return stems
        levels = [level + is_shared for level, is_shared in zip(levels, shared, strict=True)]


def _stem(found: Found, level: int) -> str:
    folder, name = os.path.split(found.name)
    stem = (os.path.splitext(name)[0] if level == 0 else name) + found.part
    digest = digest_of(f"{found.name}\n{found.key}")
    end = f"-{digest[: DIGITS * (level - 1)]}" if level > 1 else ""
    return os.path.join(folder, shortened(stem, LONGEST_STEM - len(end)) + end)


def _folded(stem: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", stem).casefold())
