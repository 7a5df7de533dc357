"""Files that may hold several recordings, of which one is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Part = TypeVar("Part")


def of_one_recording(parts: Sequence[Part], recording: Callable[[Part], str], stem: str) -> Sequence[Part]:
    """Return the parts of the one recording, or of the one with the file's name, `stem`; else raises ValueError."""
    names = list(dict.fromkeys(map(recording, parts)))
    if len(names) <= 1:
        return parts
    if stem not in names:
        some = ", ".join(name[:80] for name in names[:3])
        raise ValueError(f"it holds {len(names)} recordings ({some}, ...): name the file after one of them")
    return [part for part in parts if recording(part) == stem]
