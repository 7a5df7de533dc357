"""Find, check, load and run pipelines of pyannote.audio.

A plugin with its own pipeline may import the names in `__all__`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .diarizer import PyannoteDiarizer
    from .low_memory import ArrayArena, spare_memory

__all__ = ["ArrayArena", "PyannoteDiarizer", "spare_memory"]

_MODULES = {"ArrayArena": "low_memory", "PyannoteDiarizer": "diarizer", "spare_memory": "low_memory"}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_MODULES[name]}", __name__), name)
